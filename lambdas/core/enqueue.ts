import { delayUntil, dueForSweep, type Engine, MAX_DELAY_MS, queueFor, SEND_GRACE_MS } from './engine.ts';
import { checkOptions, type EnqueueOptions, scheduledTime } from './enqueue-options.ts';
import { type FieldError, levelOf, StintError, toError } from './errors.ts';
import { fieldErrors, fieldsInWords, jsonPath } from './fields.ts';
import { userFor } from './for-user.ts';
import { runHooks } from './hooks.ts';
import { derivedId, fingerprint } from './ids.ts';
import { messageOf, writeMessage } from './message.ts';
import { inputKey, inputTtl, storePayload, toJson } from './payload.ts';
import { create, reuseKey } from './protocol.ts';
import { isExpired, isFinished, type JobRecord, type NewJob, newRecord, type Status } from './record.ts';
import { redactionOf } from './redact.ts';
import type { AnyTask } from './task.ts';
import { traceparentOf } from './trace.ts';

export interface Enqueued {
  readonly jobId: string;
  readonly status: Status;
  /** The job was there already: by its `key` or its idempotency key. */
  readonly deduplicated: boolean;
}

/** Jobs that enqueue jobs may stand so deep. */
export const MAX_DEPTH = 100;

const REUSE_TRIES = 3;

/**
 * Accepts a job: rows 1 to 3c of the protocol. What this acknowledges is never lost.
 *
 * @throws StintError `unknown_task`, `forbidden` (for another user), `invalid_input` (with one entry per field), `too_large`, `conflict` (the idempotency
 * key was used for something else), `enqueue_failed` (nothing is promised; the job may run all the same, where a call took effect and its
 * reply was lost, so try again with the same idempotency key)
 */
export async function enqueue(
  engine: Engine,
  taskName: string,
  input: unknown,
  asked: EnqueueOptions = {},
  depth = 0,
): Promise<Enqueued> {
  const options = { ...asked, userId: userFor(engine, asked.userId) };
  const task = engine.tasks.find(taskName);
  if (task === undefined) throw unknownTask(engine, taskName);
  if (depth > MAX_DEPTH)
    throw new StintError(
      'invalid_input',
      `Jobs that enqueue jobs may stand ${MAX_DEPTH} deep; this one would stand ${depth}.`,
    );
  checkOptions(options, engine.clock.now());
  const redaction = redactionOf(task);
  redaction.learn('input', input);
  const log = redaction.log(engine.log);
  await runHooks({ ...engine, log }, 'beforeEnqueue', { taskName, input, options, log });
  const json = toJson(input ?? {}, 'input');
  await checkInput(task, JSON.parse(json));

  const now = engine.clock.now();
  const order = identify(engine, task, json, options, now);
  await admit(engine, order.jobId, { key: options.key, idempotency: order.idempotency }, now);
  const scheduledAt = scheduledTime(options, now);
  const ttl = inputTtl(Math.max(now, scheduledAt), task.retentionDays);
  const stored = storePayload(engine.payloads, inputKey(order.jobId, order.run), json, ttl);
  const job: NewJob = {
    queue: queueFor(engine, { task_name: task.name }),
    input: await stored.catch(refuseEnqueue),
    max_attempts: options.maxAttempts ?? task.maxAttempts,
    created_at: now,
    scheduled_at: scheduledAt,
    ...(options.userId === undefined ? {} : { user_id: options.userId }),
    ...(options.projectId === undefined ? {} : { project_id: options.projectId }),
    ...(options.tags === undefined || options.tags.length === 0 ? {} : { tags: options.tags }),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(order.idempotency === undefined ? {} : { idempotency: order.idempotency }),
    ...(engine.requestId === undefined ? {} : { request_id: engine.requestId }),
    ...(engine.traceparent === undefined ? {} : { traceparent: engine.traceparent }),
    ...(depth === 0 ? {} : { depth }),
  };
  const record = newRecord(order.jobId, order.run, task.name, job);

  const later = scheduledAt - now > MAX_DELAY_MS;
  if (later || options.key !== undefined) return putFirst(engine, record, now, later);
  return sendFirst(engine, record, job, now);
}

/**
 * A job enqueued by a running job: one deeper, bounded, and of the same trace. What is wrong with its input or options stands in the
 * error's message, for that is all that is kept of it.
 */
export async function enqueueChild(
  engine: Engine,
  parent: JobRecord,
  taskName: string,
  input: unknown,
  options: EnqueueOptions = {},
): Promise<{ jobId: string }> {
  const inherited = { userId: parent.user_id, projectId: parent.project_id, ...options };
  const caused = { requestId: parent.request_id, traceparent: traceparentOf(parent) };
  try {
    return await enqueue({ ...engine, ...caused }, taskName, input, inherited, (parent.depth ?? 0) + 1);
  } catch (error) {
    if (!(error instanceof StintError) || error.fields.length === 0) throw error;
    const { code, message, fields } = error;
    throw new StintError(code, `${message} ${fieldsInWords(fields)}`, { cause: error, fields });
  }
}

/** Rows 1 and 3c: the message first, with all that is needed to make the record. A crash in between leaves no orphan. */
async function sendFirst(engine: Engine, record: JobRecord, job: NewJob, now: number): Promise<Enqueued> {
  const body = writeMessage({ ...messageOf(record), create: job });
  await engine.queues.send(job.queue, body, delayUntil(record.scheduled_at, now)).catch(refuseEnqueue);
  try {
    const put = await engine.store.apply(record.job_id, create, { record });
    if (put.ok) return accepted(record);
    const there = put.record;
    if (there === undefined || there.run === record.run) return accepted(there ?? record); // the claim was faster
    if (isExpired(there, now)) return await replaceFinished(engine, record, there, now, false);
    return existing(there, record); // the message just sent is of another run: it will be dropped
  } catch (error) {
    // A conflict, or the failure to replace an expired record: the table has answered.
    if (error instanceof StintError && (error.code === 'conflict' || error.code === 'enqueue_failed')) throw error;
    // Whether another payload holds this key is not known: no promise. To ask again is safe, and makes one job.
    if (record.idempotency !== undefined) return refuseEnqueue(error);
    engine.log[levelOf(error)]('record not put, its message will make it', {
      job_id: record.job_id,
      error: toError(error).message,
    });
    return accepted(record);
  }
}

/** Rows 2, 3 and 3b: the record first, marked for the sweep. */
async function putFirst(engine: Engine, record: JobRecord, now: number, later: boolean): Promise<Enqueued> {
  const marked = markedForSweep(record, now, later);
  const put = await engine.store.apply(record.job_id, create, { record: marked }).catch(refuseEnqueue);
  if (put.ok || put.record === undefined || put.record.run === record.run) {
    if (!later) await sendMarked(engine, marked, now);
    return accepted(put.record ?? record);
  }
  const there = put.record;
  if (isAnswer(there, record, now)) return existing(there, record);
  return replaceFinished(engine, record, there, now, later);
}

/** Row 3b: a whole new record over a finished one. */
async function replaceFinished(
  engine: Engine,
  record: JobRecord,
  finished: JobRecord,
  now: number,
  later: boolean,
): Promise<Enqueued> {
  const marked = markedForSweep(record, now, later);
  let seen = finished;
  for (let tries = 0; tries < REUSE_TRIES; tries++) {
    const put = await engine.store
      .apply(record.job_id, reuseKey, { record: marked, run: seen.run })
      .catch(refuseEnqueue);
    const there = put.record;
    if (put.ok || there?.run === record.run) {
      if (!later) await sendMarked(engine, marked, now);
      return accepted(there ?? record);
    }
    if (there === undefined) return putFirst(engine, record, now, later); // deleted meanwhile
    if (isAnswer(there, record, now)) return existing(there, record);
    seen = there;
  }
  throw new StintError('enqueue_failed', 'Failed to enqueue task: its key changed hands again and again; try again.');
}

function markedForSweep(record: JobRecord, now: number, later: boolean): JobRecord {
  const due_at = later ? dueForSweep(record.scheduled_at) : Math.max(now, record.scheduled_at) + SEND_GRACE_MS;
  return { ...record, due_at };
}

/** The message of a marked record. A send that fails costs a minute: the sweep sends. */
async function sendMarked(engine: Engine, record: JobRecord, now: number): Promise<void> {
  try {
    await engine.queues.send(record.queue, writeMessage(messageOf(record)), delayUntil(record.scheduled_at, now));
  } catch (error) {
    engine.log[levelOf(error)]('message not sent, the sweep will', {
      job_id: record.job_id,
      error: toError(error).message,
    });
  }
}

/**
 * Asks whether there may be one more job, unless the job is there already: who sends a batch again, for part of it was refused, must
 * not be refused for the part that was accepted. A read, for those alone whose jobs are limited and have a key.
 */
async function admit(engine: Engine, jobId: string, wanted: Keys, now: number): Promise<void> {
  if (engine.admitJob === undefined) return;
  const hasKey = wanted.key !== undefined || wanted.idempotency !== undefined;
  // A table that does not answer is no reason to refuse: the put will tell.
  const there = hasKey ? await engine.store.get(jobId).catch(() => undefined) : undefined;
  if (there === undefined || !isAnswer(there, wanted, now)) await engine.admitJob();
}

/** The job's id and run, and what its idempotency key binds. */
function identify(engine: Engine, task: AnyTask, json: string, options: EnqueueOptions, now: number) {
  const { key, idempotencyKey, ...rest } = options;
  const idempotency =
    idempotencyKey === undefined
      ? undefined
      : { key: fingerprint(idempotencyKey), payload: payloadHash([task.name, JSON.parse(json), rest, key ?? null]) };
  // A user's keys are apart from all others: nobody can occupy them, or find out by them what others do.
  const apart = engine.onlyUser === undefined ? [] : [engine.onlyUser];
  if (key !== undefined)
    return { jobId: derivedId('key', task.name, key, ...apart), run: engine.chance.id(now), idempotency };
  if (idempotencyKey !== undefined)
    return { jobId: derivedId('idempotency-key', idempotencyKey, ...apart), run: engine.chance.id(now), idempotency };
  const jobId = engine.chance.id(now);
  return { jobId, run: jobId, idempotency };
}

function payloadHash(asked: readonly unknown[]): string {
  try {
    return fingerprint(asked);
  } catch (error) {
    throw new StintError('invalid_input', 'The input is nested too deeply.', { cause: error });
  }
}

const accepted = (record: JobRecord): Enqueued => ({
  jobId: record.job_id,
  status: record.status,
  deduplicated: false,
});

type Keys = { readonly [Name in 'key' | 'idempotency']: JobRecord[Name] | undefined };

/** Whether the record that is there answers the request. If not, it has ended, and a new run may take its place. */
function isAnswer(there: JobRecord, wanted: Partial<Keys>, now: number): boolean {
  if (!isFinished(there.status)) return true;
  if (isExpired(there, now)) return false;
  return (
    wanted.key === undefined || (wanted.idempotency !== undefined && there.idempotency?.key === wanted.idempotency.key)
  );
}

function existing(there: JobRecord, wanted: JobRecord): Enqueued {
  const samePayload = there.idempotency?.payload === wanted.idempotency?.payload;
  const byIdempotencyKey = wanted.key === undefined || there.idempotency?.key === wanted.idempotency?.key;
  if (wanted.idempotency !== undefined && byIdempotencyKey && !samePayload)
    throw new StintError(
      'conflict',
      `This Idempotency-Key was used for another request: job ${there.job_id}. Send what it was first used with, or a fresh key.`,
    );
  return { jobId: there.job_id, status: there.status, deduplicated: true };
}

function unknownTask(engine: Engine, name: string): StintError {
  const known = engine.tasks.all.map((task) => task.name).join(', ');
  return new StintError('unknown_task', `There is no task '${name}'. There are: ${known}.`);
}

function refuseEnqueue(thrown: unknown): never {
  const error = toError(thrown);
  throw new StintError('enqueue_failed', `Failed to enqueue task: ${error.message}`, { cause: error });
}

/** @throws StintError `invalid_input` with one entry per field */
export async function checkInput(task: AnyTask, input: unknown): Promise<void> {
  let fields: FieldError[];
  try {
    const parsed = await task.input.safeParseAsync(input);
    if (parsed.success) return;
    fields = fieldErrors(parsed.error, jsonPath);
  } catch (thrown) {
    fields = [{ path: '$', message: toError(thrown).message }];
  }
  const redaction = redactionOf(task);
  redaction.learn('input', input);
  fields = fields.map(({ path, message }) => ({ path, message: redaction.text(message) }));
  throw new StintError('invalid_input', `The input does not fit task '${task.name}'. GET /tasks shows its schema.`, {
    fields,
  });
}
