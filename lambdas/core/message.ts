import * as z from 'zod';
import { MAX_DELAY_MS } from './engine.ts';
import { derivedId, ID } from './ids.ts';
import { inputKey, isTooDeep, MAX_PAYLOAD_BYTES } from './payload.ts';
import type { Delivery } from './ports.ts';
import { isExpired, isFinished, type JobRecord, MESSAGE_LIFE_MS, type NewJob, newRecord } from './record.ts';
import { TASK_NAME } from './task.ts';
import { readTraceparent } from './trace.ts';

/** A message says that a job may be ready. A doubled, late or stale one does no harm. */
export interface Message {
  readonly v: 1;
  readonly job_id: string;
  readonly run: string;
  readonly dispatch: number;
  readonly task_name: string;
  /** Only in the first message of a job that is sent before its record is put: all that is needed to make the record. */
  readonly create?: NewJob;
  /** Only in an envelope on `dead-letters`: why the job was buried. */
  readonly error?: string;
}

/** The length of a message, `create` of a large input included, is far below SQS's 1 MiB. */
const id = z.string().regex(ID, 'must be 1 to 128 letters, digits, _ or -'); // a key of the table is made of it
const wellFormed = z
  .string()
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode, or the table refuses it');
const json = wellFormed.refine(
  (text) => Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES,
  `must be ${MAX_PAYLOAD_BYTES} bytes at most`,
);
const payload = z.union([z.strictObject({ json }), z.strictObject({ at: z.string().max(400) })]);
const when = z.int().min(0).max(8.64e15);
/** Room for so many characters as enqueue counts them: one beyond U+FFFF is two here. */
const text = (characters: number) => wellFormed.max(2 * characters);

const newJob = z.object({
  queue: wellFormed.max(80),
  input: payload,
  max_attempts: z.int().min(1).max(50),
  created_at: when,
  scheduled_at: when,
  user_id: text(128).optional(),
  project_id: text(128).optional(),
  tags: z.array(text(64)).max(10).optional(),
  key: text(256).optional(),
  idempotency: z.strictObject({ key: wellFormed.max(64), payload: wellFormed.max(64) }).optional(),
  request_id: text(128).optional(),
  traceparent: wellFormed.max(512).optional(), // an invalid one is ignored where it is used
  depth: z.int().min(0).max(1_000_000).optional(),
});

const message = z
  .object({
    v: z.literal(1),
    job_id: id,
    run: id,
    dispatch: z
      .int()
      .min(1)
      .max(2 ** 31),
    task_name: z.string().regex(TASK_NAME),
    create: newJob.optional(),
    error: z.string().optional(),
  })
  .superRefine(({ job_id, run, dispatch, create }, problems) => {
    if (create === undefined) return;
    const refuse = (path: readonly string[], message: string) =>
      problems.addIssue({ code: 'custom', path: ['create', ...path], message });
    // Whoever may send a message must not thereby read what another job was given.
    if ('at' in create.input && create.input.at !== inputKey(job_id, run))
      refuse(['input', 'at'], "must be stored under the job's own key");
    if (create.scheduled_at > create.created_at + MAX_DELAY_MS)
      refuse(['scheduled_at'], 'must be within 15 minutes of created_at: a later job is not sent first');
    if (dispatch !== 1) refuse([], 'only a message of dispatch 1 makes a record');
  });

/** What any AWS service may put on a queue, without a job id. */
const foreign = z.strictObject({
  task_name: z.string().regex(TASK_NAME),
  input: z.unknown().optional(),
  user_id: wellFormed.min(1).max(128).optional(),
  project_id: wellFormed.min(1).max(128).optional(),
  tags: z.array(wellFormed.min(1).max(64)).max(10).optional(),
  max_attempts: z.int().min(1).max(50).optional(),
  traceparent: z.string().optional(),
});

/** A message that could be read, or the reason why it is not ours. */
export type Read = { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly reason: string };

/** What reading a foreign message needs to know of its task: an unknown one gets the defaults and fails when it runs. */
export type TaskDefaults = (taskName: string) => { readonly queue: string; readonly maxAttempts: number };

/**
 * Reads a delivery's body: a message of our own, or `{task_name, input, …}` from another AWS service.
 *
 * A foreign one becomes a message sent first, its id and run derived from its SQS message id, so each of its deliveries
 * is the same job. Never throws.
 */
export function readMessage(delivery: Pick<Delivery, 'body' | 'messageId' | 'sentAt'>, defaults: TaskDefaults): Read {
  let body: unknown;
  try {
    body = JSON.parse(delivery.body);
  } catch {
    return { ok: false, reason: 'The body is not JSON.' };
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { ok: false, reason: 'The body is not a JSON object.' };
  if ('v' in body || 'job_id' in body) {
    const read = message.safeParse(body);
    return read.success ? { ok: true, message: read.data as Message } : refused('message', read.error);
  }
  const read = foreign.safeParse(body);
  if (!read.success) return refused('message without a job_id', read.error);
  const { task_name, input, max_attempts, traceparent: given, ...options } = read.data;
  const traceparent = readTraceparent(given);
  const task = defaults(task_name);
  const jobId = derivedId('sqs-message', delivery.messageId);
  let json: string;
  try {
    json = JSON.stringify(input ?? {});
  } catch {
    return { ok: false, reason: 'The input is nested too deeply.' };
  }
  if (isTooDeep(json)) return { ok: false, reason: 'The input is nested too deeply.' };
  if (Buffer.byteLength(json) > MAX_PAYLOAD_BYTES)
    return { ok: false, reason: `The input is over ${MAX_PAYLOAD_BYTES} bytes of JSON.` };
  const create = {
    ...options,
    ...(traceparent === undefined ? {} : { traceparent }),
    queue: task.queue,
    input: { json },
    max_attempts: max_attempts ?? task.maxAttempts,
    created_at: delivery.sentAt,
    scheduled_at: 0,
  } as NewJob;
  return { ok: true, message: { v: 1, job_id: jobId, run: jobId, dispatch: 1, task_name, create } };
}

function refused(what: string, error: z.ZodError): Read {
  const problems = error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
  return { ok: false, reason: `Not a valid ${what}: ${problems.join('; ')}`.slice(0, 1000) };
}

/**
 * The body of a message. U+FFFE and U+FFFF, which SQS refuses and JSON leaves raw, are escaped.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function writeMessage(value: Message): string {
  return JSON.stringify(value).replace(/[\uFFFE\uFFFF]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
}

/** The message that says a record is ready, of the record's own run and dispatch. */
export function messageOf(record: JobRecord): Message {
  const { job_id, run, dispatch, task_name } = record;
  return { v: 1, job_id, run, dispatch, task_name };
}

/** The envelope that buries a record: of the next dispatch, so that a redrive by any way begins the job anew. */
export function envelopeOf(record: JobRecord, messageDispatch = 0): Message {
  return {
    ...messageOf(record),
    dispatch: Math.max(record.dispatch + 1, messageDispatch),
    error: reasonOf(record),
  };
}

/** Why a record failed, in words for `dead-letters`. Changed by hand, it may say anything. */
export function reasonOf({ error_message }: Pick<JobRecord, 'error_message'>): string {
  return typeof error_message === 'string' && error_message !== '' ? error_message : 'failed';
}

/** The record that a message sent first makes. */
export function recordOf(created: Message & { create: NewJob }): JobRecord {
  return { ...newRecord(created.job_id, created.run, created.task_name, created.create), dispatch: created.dispatch };
}

/** Clocks differ by seconds; no job is made later than its message is read. */
const FUTURE_MS = 3_600_000;

/** A message that can make its job's record, where there is none; or the reason why not. */
export type Creation =
  | { readonly can: true; readonly message: Message & { readonly create: NewJob } }
  | { readonly can: false; readonly reason: string };

/** Whether a message can make the record of its job: rows 4a and 15. A record that it made too late would be a second one. */
export function creationBy(message: Message, now: number): Creation {
  const { create } = message;
  if (create === undefined || create.created_at <= now - MESSAGE_LIFE_MS)
    return { can: false, reason: 'It has no job record, and nothing to make one from.' };
  if (create.created_at > now + FUTURE_MS)
    return { can: false, reason: 'It has no job record, and its created_at is in the future.' };
  return { can: true, message: { ...message, create } };
}

/**
 * Whether a record of another run had expired before this message was made: for it there is no record, as for the caller who asked.
 * DynamoDB deletes the old one in its own time; until then the message would be taken for stale, and be lost.
 */
export function isMadeAfter(record: JobRecord, message: Message): boolean {
  const { create } = message;
  if (create === undefined || record.run === message.run || !isFinished(record.status)) return false;
  return isExpired(record, create.created_at);
}
