import { type Attempt, retentionOf } from './attempt.ts';
import { delayUntil, dueForSweep, type Engine, endOfJob, MAX_DELAY_MS, queueFor } from './engine.ts';
import { cut, toError } from './errors.ts';
import { envelopeOf, messageOf, writeMessage } from './message.ts';
import type { Outcome } from './outcome.ts';
import { inputTtl, keepPayload, resultKey, storePayload } from './payload.ts';
import { abortOwn, cancelOwn, complete, fail, retry, retryBySweep } from './protocol.ts';
import type { JobRecord, PastAttempt } from './record.ts';
import { written } from './transition.ts';

/** What is done with the message: acknowledged, or left to come back when its visibility ends. */
export type Answer = 'ack' | 'leave';

/** The record as the attempt left it, if this attempt's write is the one that stands. */
export interface Settled {
  readonly answer: Answer;
  readonly record: JobRecord | undefined;
}

const MAX_ERROR_CHARS = 1_000;
const MAX_HISTORY = 10;

/**
 * Writes how an attempt ended, then sends what must follow: rows 7 to 10 of the protocol. Fenced by the attempt's owner, so
 * a zombie writes nothing.
 */
export async function settle(engine: Engine, attempt: Attempt, outcome: Outcome): Promise<Settled> {
  switch (outcome.is) {
    case 'complete':
      return settleComplete(engine, attempt, outcome.json);
    case 'retry':
      return settleRetry(engine, attempt, outcome.error, outcome.at);
    case 'fail':
      return settleFailed(engine, attempt, outcome.error);
    case 'abort':
      return settleAborted(engine, attempt);
    case 'cancel':
      return settleCancelled(engine, attempt, outcome.error);
    case 'lost':
      return { answer: 'leave', record: undefined };
  }
}

const ackedAs = (record: JobRecord | undefined): Settled => ({ answer: 'ack', record });
const left: Settled = { answer: 'leave', record: undefined };

/** The record stands as written; what must follow is sent by the next delivery when this one could not. */
async function ackedOnceSent(attempt: Attempt, record: JobRecord, sent: Promise<void>): Promise<Settled> {
  try {
    await sent;
    return ackedAs(record);
  } catch (error) {
    attempt.log.error('not sent, its next delivery will', { status: record.status, error: toError(error).message });
    return { answer: 'leave', record };
  }
}

/** Row 7. */
async function settleComplete(engine: Engine, attempt: Attempt, json: string): Promise<Settled> {
  const { record, owner, end } = mine(engine, attempt);
  const ttl = inputTtl(engine.clock.now(), retentionOf(engine, attempt));
  const result = await storePayload(engine.payloads, resultKey(record, owner), json, ttl);
  const given = { ...end, owner, result, progress: attempt.progress };
  const after = written(record, complete, given);
  const done = await engine.store.apply(record.job_id, complete, { ...given, after });
  if (done.ok) return ackedAs(done.record);
  const now = done.record;
  if (now === undefined || now.run !== record.run) return ackedAs(undefined); // gone
  if (now.status === 'complete') return ackedAs(now.owner === owner ? now : undefined);
  return now.status === 'aborted' ? ackedAs(undefined) : left;
}

/** Row 8. */
async function settleFailed(engine: Engine, attempt: Attempt, error: Error): Promise<Settled> {
  const { record, owner, end } = mine(engine, attempt);
  const given = { ...end, owner, error: messageOfError(attempt, error), attempts: history(engine, attempt, error) };
  const done = await engine.store.apply(record.job_id, fail, given);
  const now = done.record;
  if (done.ok || (now?.status === 'failed' && now.owner === owner)) {
    const failed = now as JobRecord;
    const envelope = writeMessage(envelopeOf(failed));
    return ackedOnceSent(attempt, failed, engine.queues.bury(envelope, failed.error_message ?? ''));
  }
  return now?.status === 'aborting' && now.owner === owner ? settleAborted(engine, attempt) : left;
}

/**
 * Row 9. The record first, then the new message, then the old one is acknowledged: a crash in between is healed by the old one.
 * For one that is due late an input that is stored apart is kept first: it may be years.
 */
async function settleRetry(engine: Engine, attempt: Attempt, error: Error, at: number): Promise<Settled> {
  const { record, owner, end } = mine(engine, attempt);
  const late = at - end.now > MAX_DELAY_MS;
  if (late) await keepPayload(engine.payloads, record.input, inputTtl(at, retentionOf(engine, attempt)));
  const given = {
    owner,
    scheduled_at: at,
    error: messageOfError(attempt, error),
    attempts: history(engine, attempt, error),
    due_at: dueForSweep(at),
  };
  const done = await engine.store.apply(record.job_id, late ? retryBySweep : retry, given);
  const now = done.record;
  if (done.ok || (now?.status === 'queued' && now.owner === owner)) {
    const queued = now as JobRecord;
    if (late) return ackedAs(queued);
    const delay = delayUntil(queued.scheduled_at, engine.clock.now());
    const sent = engine.queues.send(queueFor(engine, queued), writeMessage(messageOf(queued)), delay);
    return ackedOnceSent(attempt, queued, sent);
  }
  return now?.status === 'aborting' && now.owner === owner ? settleAborted(engine, attempt) : left;
}

/** Row 10. */
async function settleAborted(engine: Engine, attempt: Attempt): Promise<Settled> {
  const { record, owner, end } = mine(engine, attempt);
  const done = await engine.store.apply(record.job_id, abortOwn, { ...end, owner });
  if (done.ok) return ackedAs(done.record);
  return done.record?.status === 'aborted' && done.record.owner === owner ? ackedAs(done.record) : left;
}

/** As row 10, asked for by the task (docs/decisions/0002). */
async function settleCancelled(engine: Engine, attempt: Attempt, error: Error): Promise<Settled> {
  const { record, owner, end } = mine(engine, attempt);
  const done = await engine.store.apply(record.job_id, cancelOwn, {
    ...end,
    owner,
    error: messageOfError(attempt, error),
  });
  if (done.ok) return ackedAs(done.record);
  return done.record?.status === 'aborted' && done.record.owner === owner ? ackedAs(done.record) : left;
}

function mine(engine: Engine, attempt: Attempt) {
  const now = engine.clock.now();
  const { record } = attempt;
  return {
    record,
    owner: record.owner ?? '',
    end: { now, ...endOfJob(engine, record, now) },
  };
}

function messageOfError({ redaction }: Attempt, error: Error): string {
  const text = redaction.text(error.message || error.name);
  return text.length > MAX_ERROR_CHARS ? `${cut(text, MAX_ERROR_CHARS)}…` : text.toWellFormed();
}

/** The record's history with this attempt appended: the newest ten, their errors shortened, for each update bills the whole item. */
function history(engine: Engine, attempt: Attempt, error: Error): PastAttempt[] {
  const { record } = attempt;
  const ended_at = engine.clock.now();
  const past = { attempt: record.attempt, started_at: record.started_at ?? ended_at, ended_at };
  const before = Array.isArray(record.attempts) ? record.attempts : []; // changed by hand, it must not keep its job from ending
  return [...before, { ...past, error: cut(messageOfError(attempt, error), 200) }].slice(-MAX_HISTORY);
}
