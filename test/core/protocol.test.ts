import { describe, expect, test } from 'vitest';
import { PROTOCOL } from '../../lambdas/core/protocol.ts';
import { type JobRecord, newRecord, type Status } from '../../lambdas/core/record.ts';
import { type Condition, type Given, holds, type Transition, written } from '../../lambdas/core/transition.ts';

const NOW = 1_000_000;

/** A record with every field that a transition can touch, so that whatever is set or removed shows. */
const whole: JobRecord = {
  ...newRecord('job-1', 'run-1', 'resize', {
    queue: 'default',
    input: { json: '{}' },
    max_attempts: 5,
    created_at: 1,
    scheduled_at: NOW,
  }),
  status: 'queued',
  attempt: 2,
  attempt_limit: 3,
  dispatch: 4,
  owner: 'me',
  lease_expires_at: NOW - 1,
  started_at: 2,
  completed_at: 3,
  expires_at: 4,
  ttl: 5,
  result: { json: '"old"' },
  error_message: 'old',
  attempts: [],
  progress: { fraction: 0.5 },
  due_at: 6,
  failed_at: 7,
};

const values: Given = {
  record: { ...whole, run: 'run-2' },
  after: whole,
  run: 'run-1',
  dispatch: 4,
  now: NOW,
  owner: 'me',
  lease_expires_at: NOW + 60_000,
  expires_at: NOW + 30,
  ttl: 40,
  scheduled_at: NOW + 5_000,
  due_at: 6,
  input: { json: '"other"' },
  result: { json: '"new"' },
  error: 'new',
  attempts: [{ attempt: 2, started_at: 2, ended_at: NOW, error: 'new' }],
  progress: { fraction: 0.7 },
};

type Fields = Partial<Record<keyof JobRecord, unknown>>;
/** What differs from `whole` and `values`. `record: null` is no record at all. */
type Example = readonly [record: Fields | null, given?: Partial<Given>];

interface Row {
  /** Examples that are written; the first shows what the write does. */
  readonly written: readonly Example[];
  /** Examples that are refused: each differs from one that is written in a single respect. */
  readonly refused: Readonly<Record<string, Example>>;
  /** What the first example's write changes. `undefined`: removed. */
  readonly changes: Fields;
}

const statuses: Status[] = ['queued', 'active', 'aborting', 'aborted', 'failed', 'complete'];
/** A refused example for each status but those. */
const notIn = (...allowed: Status[]): Record<string, Example> =>
  Object.fromEntries(
    statuses
      .filter((status) => !allowed.includes(status))
      .map((status) => [`the job is ${status}`, [{ status }] as const]),
  );
const anotherRun: Record<string, Example> = { 'another run': [{ run: 'run-2' }] };
const newerDispatch: Record<string, Example> = { 'the record is of a newer dispatch': [{ dispatch: 5 }] };
const anotherOwner: Record<string, Example> = {
  'another owner': [{ owner: 'other' }],
  'nobody owns it': [{ owner: undefined }],
};
const noneLeft: Record<string, Example> = { 'no attempt is left': [{ status: 'active', attempt: 3 }] };
/** The examples, with these fields in each. */
const withFields = (fields: Fields, examples: Record<string, Example>): Record<string, Example> =>
  Object.fromEntries(
    Object.entries(examples).map(([why, [record, given = {}]]) => [why, [{ ...fields, ...record }, given] as const]),
  );

const ended = { completed_at: NOW, expires_at: NOW + 30, ttl: 40, due_at: undefined };
const failed = { status: 'failed', error_message: 'new', failed_at: NOW, result: undefined, ...ended };
const begun = {
  status: 'active',
  attempt: 3,
  lease_expires_at: NOW + 60_000,
  started_at: NOW,
  due_at: undefined,
  progress: undefined,
};
const fresh = {
  completed_at: undefined,
  expires_at: undefined,
  ttl: undefined,
  failed_at: undefined,
  error_message: undefined,
  result: undefined,
};

const rows: Record<keyof typeof PROTOCOL, Row> = {
  create: {
    written: [[null]],
    refused: { 'there is a record': [{}], 'there is one that has ended': [{ status: 'complete' }] },
    changes: { run: 'run-2' },
  },
  reuseKey: {
    written: [[{ status: 'complete' }], [{ status: 'failed' }], [{ status: 'aborted' }]],
    refused: {
      ...withFields({ status: 'complete' }, anotherRun),
      ...notIn('complete', 'failed', 'aborted'),
      'there is no record': [null],
    },
    changes: { run: 'run-2', status: 'queued' },
  },
  claim: {
    written: [
      [{}, { owner: 'me too' }],
      [{ dispatch: 3 }],
      [{ status: 'active', scheduled_at: NOW + 1 }],
      [{ scheduled_at: 0, lease_expires_at: undefined }],
    ],
    refused: {
      ...anotherRun,
      ...newerDispatch,
      ...notIn('queued', 'active'),
      'attempts are used up': [{ attempt: 3 }],
      'attempts were lowered below those begun': [{ attempt: 4 }],
      'it is queued and not yet due': [{ scheduled_at: NOW + 1 }],
      'it is active and its lease runs': [{ status: 'active', lease_expires_at: NOW }],
      'it is active without a lease': [{ status: 'active', lease_expires_at: undefined }],
      'there is no record': [null],
    },
    changes: { ...begun, owner: 'me too' },
  },
  claimRedriven: {
    written: [[{ status: 'failed', dispatch: 3, attempt: 3 }, { owner: 'me too' }]],
    refused: {
      ...withFields({ status: 'failed', dispatch: 3 }, anotherRun),
      ...withFields({ dispatch: 3 }, notIn('failed')),
      'the message is of the same dispatch': [{ status: 'failed' }],
      'the record is of a newer dispatch': [{ status: 'failed', dispatch: 5 }],
      'there is no record': [null],
    },
    changes: { ...begun, ...fresh, attempt: 4, attempt_limit: 8, dispatch: 4, scheduled_at: 0, owner: 'me too' },
  },
  abortAbandoned: {
    written: [[{ status: 'aborting' }], [{ status: 'aborting', dispatch: 3 }]],
    refused: {
      ...withFields({ status: 'aborting' }, anotherRun),
      ...withFields({ status: 'aborting' }, newerDispatch),
      ...notIn('aborting'),
      'its lease runs': [{ status: 'aborting', lease_expires_at: NOW }],
    },
    changes: { status: 'aborted', owner: undefined, ...ended },
  },
  failExhausted: {
    written: [
      [{ status: 'active', attempt: 3 }],
      [{ status: 'active', attempt: 4 }],
      [{ status: 'active', attempt: 3, dispatch: 3 }],
    ],
    refused: {
      ...withFields({ status: 'active', attempt: 3 }, anotherRun),
      ...withFields({ status: 'active', attempt: 3 }, newerDispatch),
      ...withFields({ attempt: 3 }, notIn('active')),
      'its lease runs': [{ status: 'active', attempt: 3, lease_expires_at: NOW }],
      'an attempt is left': [{ status: 'active', attempt: 2 }],
    },
    changes: { ...failed, owner: undefined },
  },
  heartbeat: {
    written: [[{ status: 'active' }], [{ status: 'aborting' }]],
    refused: { ...withFields({ status: 'active' }, anotherOwner), ...notIn('active', 'aborting') },
    changes: { progress: { fraction: 0.7 } },
  },
  complete: {
    written: [[{ status: 'active' }], [{ status: 'aborting' }]],
    refused: { ...withFields({ status: 'active' }, anotherOwner), ...notIn('active', 'aborting') },
    changes: {
      status: 'complete',
      result: { json: '"new"' },
      progress: { fraction: 0.7 },
      error_message: undefined,
      ...ended,
    },
  },
  fail: {
    written: [[{ status: 'active' }]],
    refused: { ...withFields({ status: 'active' }, anotherOwner), ...notIn('active') },
    changes: { ...failed, attempts: values.attempts },
  },
  retry: {
    written: [[{ status: 'active' }]],
    refused: { ...withFields({ status: 'active' }, anotherOwner), ...notIn('active'), ...noneLeft },
    changes: { status: 'queued', scheduled_at: NOW + 5_000, error_message: 'new', attempts: values.attempts },
  },
  retryBySweep: {
    written: [[{ status: 'active' }, { due_at: 88 }]],
    refused: { ...withFields({ status: 'active' }, anotherOwner), ...notIn('active'), ...noneLeft },
    changes: {
      status: 'queued',
      scheduled_at: NOW + 5_000,
      error_message: 'new',
      attempts: values.attempts,
      due_at: 88,
    },
  },
  abortOwn: {
    written: [[{ status: 'aborting' }]],
    refused: { ...withFields({ status: 'aborting' }, anotherOwner), ...notIn('aborting') },
    changes: { status: 'aborted', ...ended },
  },
  cancelOwn: {
    written: [[{ status: 'active' }], [{ status: 'aborting' }]],
    refused: { ...withFields({ status: 'active' }, anotherOwner), ...notIn('active', 'aborting') },
    changes: { status: 'aborted', error_message: 'new', ...ended },
  },
  abortQueued: {
    written: [[{}]],
    refused: notIn('queued'),
    changes: { status: 'aborted', ...ended },
  },
  abortActive: {
    written: [[{ status: 'active' }]],
    refused: notIn('active'),
    changes: { status: 'aborting' },
  },
  retryByHand: {
    written: [[{ status: 'failed' }, { due_at: 88 }], [{ status: 'aborted' }]],
    refused: {
      ...withFields({ status: 'failed' }, anotherRun),
      'somebody else was faster': [{ status: 'failed', dispatch: 5 }],
      'the record is older than was seen': [{ status: 'failed', dispatch: 3 }],
      ...notIn('failed', 'aborted'),
    },
    changes: { status: 'queued', dispatch: 5, attempt_limit: 7, scheduled_at: 0, due_at: 88, ...fresh },
  },
  reschedule: {
    written: [[{}, { due_at: 9 }], [{ attempt: 0 }]],
    refused: {
      ...anotherRun,
      ...newerDispatch,
      ...notIn('queued'),
      'the record is of an earlier dispatch': [{ dispatch: 3 }],
      'there is no record': [null],
    },
    changes: { dispatch: 5, scheduled_at: NOW + 5_000, due_at: 9 },
  },
  amendInput: {
    written: [[{ attempt: 0 }, { due_at: 9 }]],
    refused: {
      ...withFields({ attempt: 0 }, { ...anotherRun, ...newerDispatch, ...notIn('queued') }),
      'the record is of an earlier dispatch': [{ attempt: 0, dispatch: 3 }],
      'an attempt has begun': [{ attempt: 1 }],
      'there is no record': [null],
    },
    changes: { dispatch: 5, scheduled_at: NOW + 5_000, due_at: 9, input: { json: '"other"' } },
  },
  sweepDone: {
    written: [[{}]],
    refused: {
      ...anotherRun,
      'it was marked anew': [{ due_at: 7 }],
      'it was changed by hand, and marked the same': [{ dispatch: 5 }],
      'it is marked no more': [{ due_at: undefined }],
    },
    changes: { due_at: undefined },
  },
  failUndeliverable: {
    written: [[{}], [{ status: 'active' }], [{ dispatch: 3 }], [{ lease_expires_at: undefined }]],
    refused: {
      ...anotherRun,
      ...newerDispatch,
      ...notIn('queued', 'active'),
      'an attempt holds it': [{ status: 'active', lease_expires_at: NOW }],
      'there is no record': [null],
    },
    changes: { ...failed, owner: undefined },
  },
};

const recordOf = (fields: Fields | null): JobRecord | undefined => {
  if (fields === null) return undefined;
  const record = Object.entries({ ...whole, ...fields }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(record) as unknown as JobRecord;
};
const isWritten = (when: Condition, [fields, given]: Example) => holds(when, recordOf(fields), { ...values, ...given });

describe.each(Object.entries(rows) as [keyof typeof PROTOCOL, Row][])('%s', (name, row) => {
  const transition = PROTOCOL[name] as Transition;

  test('is written where its condition holds, and changes this and nothing else', () => {
    for (const example of row.written) expect(isWritten(transition.when, example), JSON.stringify(example)).toBe(true);

    const [fields, given] = row.written[0]!;
    const before = recordOf(fields) ?? whole;
    const after = written(recordOf(fields), transition, { ...values, ...given });
    const changes = Object.fromEntries(
      [...new Set([...Object.keys(before), ...Object.keys(after)])]
        .filter((key) => before[key as keyof JobRecord] !== after[key as keyof JobRecord])
        .map((key) => [key, after[key as keyof JobRecord]]),
    );
    expect(changes).toEqual(row.changes);
  });

  test.each(Object.entries(row.refused))('is refused when %s', (_why, example) => {
    expect(isWritten(transition.when, example)).toBe(false);
  });

  test('would be noticed by these examples if any part of its condition were dropped or shifted', () => {
    const unnoticed = [...mutants(transition.when)].filter(
      ({ when }) =>
        row.written.every((example) => isWritten(when, example)) &&
        Object.values(row.refused).every((example) => !isWritten(when, example)),
    );
    expect(unnoticed.map(({ change }) => change)).toEqual([]);
  });
});

const YES: Condition = { is: 'all', of: [] };
const NO: Condition = { is: 'either', of: [] };

/** The condition with one part dropped, by what was done to it. */
function* mutants(when: Condition): Generator<{ change: string; when: Condition }> {
  const text = JSON.stringify(when);
  yield { change: `always: ${text}`, when: YES };
  yield { change: `never: ${text}`, when: NO };
  switch (when.is) {
    case 'compare': {
      const shifted = { '<': '<=', '<=': '<', '>=': '=', '=': '>=' } as const;
      const mutant = { ...when, by: shifted[when.by] };
      // Attempts and dispatches only grow, texts have no order: where only one side can be met, `=` and `>=` are the same.
      if (when.by !== '=') yield { change: `${mutant.by}: ${text}`, when: mutant };
      break;
    }
    case 'one of':
      for (const value of when.values)
        yield { change: `without ${value}`, when: { ...when, values: when.values.filter((each) => each !== value) } };
      break;
    case 'all':
    case 'either':
      for (const [i, part] of when.of.entries())
        for (const mutant of mutants(part)) yield { ...mutant, when: { ...when, of: when.of.with(i, mutant.when) } };
      break;
    case 'no record':
  }
}

test('no transition sets and removes the same field, which DynamoDB refuses', () => {
  for (const transition of Object.values(PROTOCOL) as Transition[])
    if (transition.does === 'update')
      expect(
        transition.remove.filter((field) => field in transition.set),
        transition.name,
      ).toEqual([]);
});

test('every write that ends a job sets both of its clocks and takes it from the sweep', () => {
  const ends = (Object.values(PROTOCOL) as Transition[]).filter(
    (transition) =>
      transition.does === 'update' &&
      transition.set.status?.from === 'literal' &&
      ['complete', 'failed', 'aborted'].includes(String(transition.set.status.value)),
  );
  expect(ends.map(({ name }) => name)).toEqual([
    'abort abandoned',
    'fail exhausted',
    'complete',
    'fail',
    'abort own',
    'cancel own',
    'abort queued',
    'fail undeliverable',
  ]);
  for (const end of ends)
    expect(end).toMatchObject({
      set: { completed_at: { name: 'now' }, expires_at: { name: 'expires_at' }, ttl: { name: 'ttl' } },
      remove: expect.arrayContaining(['due_at']),
    });
});

test('only a claim begins an attempt, and only a retry or redrive by hand moves the dispatch and the limit', () => {
  const setting = (field: keyof JobRecord) =>
    (Object.values(PROTOCOL) as Transition[])
      .filter((transition) => transition.does === 'update' && field in transition.set)
      .map(({ name }) => name);

  expect(setting('attempt')).toEqual(['claim', 'claim redriven']);
  expect(setting('owner')).toEqual(['claim', 'claim redriven']);
  expect(setting('lease_expires_at')).toEqual(['claim', 'claim redriven']);
  expect(setting('dispatch')).toEqual(['claim redriven', 'retry by hand', 'reschedule', 'amend input']);
  expect(setting('attempt_limit')).toEqual(['claim redriven', 'retry by hand']);
  for (const identity of ['job_id', 'run', 'task_name', 'created_at', 'shard', 'by_task'] as const)
    expect(setting(identity)).toEqual([]);
  expect(setting('input')).toEqual(['amend input']);
});
