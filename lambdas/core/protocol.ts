import { FINISHED } from './record.ts';
import {
  all,
  type Condition,
  compare,
  either,
  field,
  type Given,
  given,
  literal,
  noRecord,
  type Put,
  status,
  statusIn,
  sum,
  type Term,
  type Update,
} from './transition.ts';

/**
 * The protocol of a job: every write to a job record there is, as data. `row` numbers are those of docs/protocol.md, which
 * tells what each condition protects from. One item, one condition, one call.
 */

const put = <K extends keyof Given = never>(name: string, when: Condition<K>): Put<K | 'record'> =>
  ({ does: 'put', name, when }) as Put<K | 'record'>;

const update = <K extends keyof Given>(
  name: string,
  row: { when: Condition<K>; set: Update<K>['set']; remove?: Update<K>['remove']; answer?: Term<K> },
): Update<K> => ({ does: 'update', name, remove: [], ...row });

// What conditions are made of -----------------------------------------------------------------------------------------

const sameRun = compare('run', '=', given('run'));
const sameDispatch = compare('dispatch', '=', given('dispatch'));
const notNewerThanMessage = compare('dispatch', '<=', given('dispatch'));
const olderThanMessage = compare('dispatch', '<', given('dispatch'));
const attemptsLeft = compare('attempt', '<', field('attempt_limit'));
const attemptsUsedUp = compare('attempt', '>=', field('attempt_limit'));
const due = compare('scheduled_at', '<=', given('now'));
const leaseOver = compare('lease_expires_at', '<', given('now'));
const mine = compare('owner', '=', given('owner'));

// What writes are made of ---------------------------------------------------------------------------------------------

const finished = {
  completed_at: given('now'),
  expires_at: given('expires_at'),
  ttl: given('ttl'),
} as const;
const failed = {
  status: literal('failed'),
  error_message: given('error'),
  failed_at: given('now'),
  ...finished,
} as const;
const aborted = { status: literal('aborted'), ...finished } as const;
const claimed = {
  status: literal('active'),
  attempt: sum(field('attempt'), literal(1)),
  owner: given('owner'),
  lease_expires_at: given('lease_expires_at'),
  started_at: given('now'),
} as const;
const grantedAnew = sum(field('attempt'), field('max_attempts'));
const endOfEarlierRun = ['completed_at', 'expires_at', 'ttl', 'failed_at', 'error_message', 'result'] as const;

// Enqueue: rows 1 to 3c ----------------------------------------------------------------------------------------------

/** Rows 1, 2, 3, 3c and 4a, and the failed record of row 15: the first record of a job. */
export const create = put('create', noRecord);

/** Row 3b: a reusable key whose last job has ended begins a new run. */
export const reuseKey = put('reuse key', all(sameRun, statusIn(...FINISHED)));

// Claim: rows 4 and 4b -------------------------------------------------------------------------------------------------

/** Row 4: an attempt begins. Of a queued job whose time has come, or of an active one whose lease has run out. */
export const claim = update('claim', {
  when: all(
    sameRun,
    notNewerThanMessage,
    attemptsLeft,
    either(all(status('queued'), due), all(status('active'), leaseOver)),
  ),
  set: claimed,
  remove: ['due_at', 'progress'],
});

/** Row 4b: an envelope that was redriven from `dead-letters` begins a failed job anew, whose time was of the dispatch before. */
export const claimRedriven = update('claim redriven', {
  when: all(sameRun, status('failed'), olderThanMessage),
  set: { ...claimed, attempt_limit: grantedAnew, dispatch: given('dispatch'), scheduled_at: literal(0) },
  remove: [...endOfEarlierRun, 'due_at', 'progress'],
});

// A lease that ran out: row 5 -------------------------------------------------------------------------------------------

/** Row 5: the attempt that was asked to abort is gone. */
export const abortAbandoned = update('abort abandoned', {
  when: all(sameRun, notNewerThanMessage, status('aborting'), leaseOver),
  set: aborted,
  remove: ['owner', 'due_at'],
});

/** Row 5: the last attempt is gone. */
export const failExhausted = update('fail exhausted', {
  when: all(sameRun, notNewerThanMessage, status('active'), leaseOver, attemptsUsedUp),
  set: failed,
  remove: ['owner', 'due_at', 'result'],
});

// What an attempt writes, fenced by its owner: rows 6 to 10 ---------------------------------------------------------------

/** Row 6: the heartbeat writes progress and reads back whether an abort was asked for. */
export const heartbeat = update('heartbeat', {
  when: all(mine, statusIn('active', 'aborting')),
  set: { progress: given('progress') },
});

/** Row 7. It sets or removes all that can have changed since its owner saw the record, who so knows what it leaves. */
export const complete = update('complete', {
  when: all(mine, statusIn('active', 'aborting')),
  set: { status: literal('complete'), result: given('result'), progress: given('progress'), ...finished },
  remove: ['error_message', 'due_at'],
  answer: given('after'),
});

/** Row 8: attempts used up, a non-retryable error, an input or output that does not fit. */
export const fail = update('fail', {
  when: all(mine, status('active')),
  set: { ...failed, attempts: given('attempts') },
  remove: ['result', 'due_at'],
});

const retryLater = {
  status: literal('queued'),
  scheduled_at: given('scheduled_at'),
  error_message: given('error'),
  attempts: given('attempts'),
} as const;

/**
 * Row 9: an attempt failed and another is left, due within the 15 minutes that SQS can delay. That one is left is asked of the
 * record, too: a claim that was sent twice can land again after a retry, and count an attempt that its caller does not know.
 */
export const retry = update('retry', { when: all(mine, status('active'), attemptsLeft), set: retryLater });

/** Row 9, due later than SQS can delay: marked for the sweep, as row 2. */
export const retryBySweep = update('retry by sweep', {
  when: all(mine, status('active'), attemptsLeft),
  set: { ...retryLater, due_at: given('due_at') },
});

/** Row 10: the attempt saw that an abort was asked for. */
export const abortOwn = update('abort own', {
  when: all(mine, status('aborting')),
  set: aborted,
  remove: ['due_at'],
});

/** The task itself cancelled its job (docs/decisions/0002): as row 10, asked for by the attempt. */
export const cancelOwn = update('cancel own', {
  when: all(mine, statusIn('active', 'aborting')),
  set: { ...aborted, error_message: given('error') },
  remove: ['due_at'],
});

// What people ask for: rows 11 and 12 --------------------------------------------------------------------------------------

/** Row 11, of a job that waits: no attempt starts. */
export const abortQueued = update('abort queued', { when: status('queued'), set: aborted, remove: ['due_at'] });

/** Row 11, of a job that runs: the attempt is told by its next heartbeat. */
export const abortActive = update('abort active', { when: status('active'), set: { status: literal('aborting') } });

/** Row 12: a retry by hand. */
export const retryByHand = update('retry by hand', {
  when: all(sameRun, sameDispatch, statusIn('failed', 'aborted')),
  set: {
    status: literal('queued'),
    dispatch: sum(field('dispatch'), literal(1)),
    attempt_limit: grantedAnew,
    scheduled_at: literal(0),
    due_at: given('due_at'),
  },
  remove: endOfEarlierRun,
});

const nextDispatch = {
  dispatch: sum(field('dispatch'), literal(1)),
  scheduled_at: given('scheduled_at'),
  due_at: given('due_at'),
} as const;

/** Row 12b: another time for a job that waits. What was sent for it before is of an earlier dispatch, and does nothing. */
export const reschedule = update('reschedule', {
  when: all(sameRun, sameDispatch, status('queued')),
  set: nextDispatch,
});

/** Row 12c: another input for a job that no attempt has begun, and another time if need be. */
export const amendInput = update('amend input', {
  when: all(sameRun, sameDispatch, status('queued'), compare('attempt', '=', literal(0))),
  set: { ...nextDispatch, input: given('input') },
});

// The sweep: row 13 ---------------------------------------------------------------------------------------------------------

/**
 * Row 13: the message that `due_at` asked for has been sent. Of that dispatch: a change by hand marks the job for a message of
 * its own, and its mark may be the one that was there before.
 */
export const sweepDone = update('sweep done', {
  when: all(compare('due_at', '=', given('due_at')), sameRun, sameDispatch),
  set: {},
  remove: ['due_at'],
});

// Undeliverable: row 15 -----------------------------------------------------------------------------------------------------

/** Row 15: what no worker could claim in `maxReceiveCount` deliveries. */
export const failUndeliverable = update('fail undeliverable', {
  when: all(sameRun, notNewerThanMessage, either(status('queued'), all(status('active'), leaseOver))),
  set: failed,
  remove: ['owner', 'due_at', 'result'],
});

/** Every transition, by name: what the DynamoDB adapter compiles at load and the mutation run takes apart. */
export const PROTOCOL = {
  create,
  reuseKey,
  claim,
  claimRedriven,
  abortAbandoned,
  failExhausted,
  heartbeat,
  complete,
  fail,
  retry,
  retryBySweep,
  abortOwn,
  cancelOwn,
  abortQueued,
  abortActive,
  retryByHand,
  reschedule,
  amendInput,
  sweepDone,
  failUndeliverable,
};
