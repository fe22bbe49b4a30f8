import * as z from 'zod';
import type { JobPage } from '../../core/list-jobs.ts';
import type { Depth } from '../../core/ports.ts';
import { type JobRecord, type Payload, STATUSES } from '../../core/record.ts';
import { REDACTED, redacted } from '../../core/redact.ts';
import type { Registry } from '../../core/registry.ts';
import type { Stats } from '../../core/stats.ts';
import type { AnyTask } from '../../core/task.ts';
import { jsonSchemaOf } from '../openapi/json-schema.ts';
import { PROBLEMS, type ProblemCode } from '../problem.ts';

const time = z.iso.datetime();

/** What enqueueing answers. */
export const enqueued = z.strictObject({
  job_id: z.uuid(),
  status: z.enum(STATUSES),
  deduplicated: z.boolean().describe('The job was there already, by its `key` or by the Idempotency-Key.'),
});

/** What `POST /tasks/trigger-test` answers. */
export const enqueuedTest = z.strictObject({ message: z.string(), job_id: z.uuid(), status: z.enum(STATUSES) });

/** What a change of a job answers: the status that it led to. */
export const jobStatus = z.strictObject({ job_id: z.uuid(), status: z.enum(STATUSES) });

/** A problem document (RFC 9457). */
export const problem = z.strictObject({
  type: z.string().describe('A path that stands for the code.'),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('What is wrong, and what to do.'),
  code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]).describe('Stable: switch on it.'),
  errors: z
    .array(z.strictObject({ path: z.string(), message: z.string() }))
    .optional()
    .describe('For `invalid_input`: one entry a field.'),
  job_status: z.enum(STATUSES).optional().describe('The status of the job that forbids what was asked.'),
  request_id: z.string(),
});

/** What a batch answers: a row an entry, in order. */
export const enqueuedBatch = z.strictObject({
  jobs: z.array(z.union([enqueued, z.strictObject({ error: problem })])),
});

/** What a redrive answers. */
export const redriven = z.strictObject({
  redriven: z.int(),
  jobs: z.array(
    z.union([
      z.strictObject({ job_id: z.uuid(), status: z.literal('queued') }),
      z.strictObject({ job_id: z.uuid(), error: problem }),
    ]),
  ),
  left: z.int().describe('How many failed jobs are meant that this call had no time for.'),
  left_at_least: z.boolean().describe('There may be more than `left`.'),
});

/** What `GET /health` answers. */
export const healthAnswer = z.strictObject({ status: z.literal('ok') });

/** A job record, as every route that answers one does. All fields are always there. */
export const job = z.strictObject({
  /** The same as `job_id`. */
  id: z.uuid(),
  job_id: z.uuid(),
  task_name: z.string(),
  queue: z.string(),
  status: z.enum(STATUSES),
  user_id: z.string().nullable(),
  project_id: z.string().nullable(),
  key: z.string().nullable(),
  tags: z.array(z.string()),
  input: z.unknown(),
  result: z.unknown(),
  error_message: z.string().nullable(),
  created_at: time,
  /** When the next attempt is due; null: at once. */
  scheduled_at: time.nullable(),
  /** Of the newest attempt. */
  started_at: time.nullable(),
  completed_at: time.nullable(),
  /** From then on the job is unknown. */
  expires_at: time.nullable(),
  /** Attempts begun. */
  attempt: z.int(),
  /** Attempts in all, as enqueued. */
  max_attempts: z.int(),
  /** The attempt after which the job fails; a retry by hand grants `max_attempts` more. */
  attempt_limit: z.int(),
  /** The newest ten that failed. */
  attempts: z.array(z.strictObject({ attempt: z.int(), started_at: time, ended_at: time, error: z.string() })),
  progress: z.strictObject({ fraction: z.number(), note: z.string().nullable() }).nullable(),
  /** 1, and one more for each retry or redrive by hand, and each change of a job that waits. */
  dispatch: z.int(),
  /** `x-request-id` of the request that enqueued it, or enqueued the job that did. */
  request_id: z.string().nullable(),
});

export type JobOnTheWire = z.output<typeof job>;

type Tasks = Pick<Registry, 'find'>;

/**
 * A record as callers see it: without what its task redacts.
 * @param payloads the values of its input and result, null where there is none
 */
export function jobOnTheWire(
  tasks: Tasks,
  record: JobRecord,
  payloads: { readonly input: unknown; readonly result: unknown },
): JobOnTheWire {
  const { progress } = record;
  return {
    id: record.job_id,
    job_id: record.job_id,
    task_name: record.task_name,
    queue: record.queue,
    status: record.status,
    user_id: record.user_id ?? null,
    project_id: record.project_id ?? null,
    key: record.key ?? null,
    tags: listOf(record.tags),
    ...shownPayloads(tasks, record, payloads),
    error_message: record.error_message ?? null,
    created_at: iso(record.created_at),
    scheduled_at: record.scheduled_at === 0 ? null : isoOrNull(record.scheduled_at),
    started_at: isoOrNull(record.started_at),
    completed_at: isoOrNull(record.completed_at),
    expires_at: isoOrNull(record.expires_at),
    attempt: record.attempt,
    max_attempts: record.max_attempts,
    attempt_limit: record.attempt_limit,
    attempts: listOf(record.attempts).map((past) => ({
      attempt: past.attempt,
      started_at: iso(past.started_at),
      ended_at: iso(past.ended_at),
      error: past.error,
    })),
    progress: progress ? { fraction: progress.fraction, note: progress.note ?? null } : null,
    dispatch: record.dispatch,
    request_id: record.request_id ?? null,
  };
}

/** Of a task that this version does not know, nobody knows what it redacts: nothing is shown. */
function shownPayloads(
  tasks: Tasks,
  { task_name }: JobRecord,
  { input, result }: { readonly input: unknown; readonly result: unknown },
) {
  const task = tasks.find(task_name);
  if (task === undefined) return { input: input === null ? null : REDACTED, result: result === null ? null : REDACTED };
  return { input: redacted(input, task.redact.input), result: redacted(result, task.redact.output) };
}

/** A job in a list: as everywhere, but for payloads that are stored apart from its record. */
export const listedJob = job.extend({
  /** Which of `input` and `result` are too large for a list, and null here: `GET /jobs/{job_id}` has them. */
  omitted: z.array(z.enum(['input', 'result'])),
});

/** A page of jobs. */
export const jobList = z.strictObject({
  jobs: z.array(listedJob),
  /** Pass it as `cursor` for what follows; null: the list ends here. */
  next_cursor: z.string().nullable(),
  /** The page ends before it is full, for so many records were passed over by its filters: `next_cursor` goes on. */
  partial: z.boolean(),
});

export function jobListOnTheWire(tasks: Tasks, { jobs, next, partial }: JobPage): z.output<typeof jobList> {
  return { jobs: jobs.map((record) => listedOnTheWire(tasks, record)), next_cursor: next, partial };
}

function listedOnTheWire(tasks: Tasks, record: JobRecord): z.output<typeof listedJob> {
  const omitted = (['input', 'result'] as const).filter(
    (name) => record[name] !== undefined && !isInline(record[name]),
  );
  const payloads = { input: inlineValue(record.input), result: inlineValue(record.result) };
  return { ...jobOnTheWire(tasks, record, payloads), omitted };
}

/** Records are changed by hand: a payload may be anything. */
const isInline = (payload: Payload | undefined): payload is { readonly json: string } =>
  typeof (payload as { json?: unknown } | undefined)?.json === 'string';

function inlineValue(payload: Payload | undefined): unknown {
  if (!isInline(payload)) return null;
  try {
    return JSON.parse(payload.json);
  } catch {
    return null; // not the JSON that we wrote: the record is worth an answer without
  }
}

/** A time on the wire. One that is none, for a record can be changed by hand, reads as the epoch rather than as an error. */
const iso = (millis: number): string => new Date(isTime(millis) ? millis : 0).toISOString();
const isoOrNull = (millis: number | undefined): string | null => (isTime(millis) ? iso(millis) : null);

/** The times that a `Date` can hold. https://tc39.es/ecma262/#sec-time-values-and-time-range */
const isTime = (millis: unknown): millis is number => typeof millis === 'number' && Math.abs(millis) <= 8.64e15;

const listOf = <T>(list: readonly T[] | undefined): T[] => (Array.isArray(list) ? [...list] : []);

const depth = z.strictObject({ ready: z.int(), in_flight: z.int(), delayed: z.int() });

/** How things stand, as `GET /stats` answers it. SQS's counts are approximate. */
export const statsAnswer = z.strictObject({
  queues: z.record(z.string(), depth),
  dead_letters: depth,
  undeliverable: depth,
  /** Failed jobs that can still be read, by task. */
  failed: z.record(z.string(), z.strictObject({ count: z.int(), at_least: z.boolean() })),
  /** The job that has waited longest since its time came, among the newest records. */
  oldest_waiting: z
    .strictObject({ job_id: z.uuid(), task_name: z.string(), since: time, seconds: z.number(), exact: z.boolean() })
    .nullable(),
});

export function statsOnTheWire(stats: Stats, now: number): z.output<typeof statsAnswer> {
  const { oldestWaiting: oldest, oldestIsExact: exact } = stats;
  const failed = stats.failed.map(({ taskName, count, more }) => [taskName, { count, at_least: more }] as const);
  return {
    queues: Object.fromEntries(Object.entries(stats.queues).map(([name, each]) => [name, depthOnTheWire(each)])),
    dead_letters: depthOnTheWire(stats.deadLetters),
    undeliverable: depthOnTheWire(stats.undeliverable),
    failed: Object.fromEntries(failed),
    oldest_waiting: oldest
      ? {
          job_id: oldest.job.job_id,
          task_name: oldest.job.task_name,
          since: iso(oldest.since),
          seconds: Math.round((now - oldest.since) / 100) / 10,
          exact,
        }
      : null,
  };
}

const depthOnTheWire = ({ ready, inFlight, delayed }: Depth) => ({ ready, in_flight: inFlight, delayed });

const anyJsonSchema = z.record(z.string(), z.unknown());

/** What `GET /tasks` answers. */
export const taskList = z.strictObject({
  tasks: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string().optional(),
      queue: z.string(),
      max_attempts: z.int(),
      timeout_seconds: z.number(),
      backoff: z.strictObject({ initial_seconds: z.number(), max_seconds: z.number() }),
      retention_days: z.number(),
      schedules: z
        .array(z.strictObject({ cron: z.string(), time_zone: z.string() }))
        .describe('When it runs by itself.'),
      input: anyJsonSchema.describe('JSON Schema (draft 2020-12).'),
      output: anyJsonSchema.describe('JSON Schema (draft 2020-12).'),
    }),
  ),
});

/** A task as `GET /tasks` shows it, its schemas as JSON Schema (draft 2020-12). */
export function taskOnTheWire(task: AnyTask): z.input<typeof taskList>['tasks'][number] {
  return {
    name: task.name,
    ...(task.description !== undefined && { description: task.description }),
    queue: task.queue,
    max_attempts: task.maxAttempts,
    timeout_seconds: task.timeoutSeconds,
    backoff: { initial_seconds: task.backoff.initialSeconds, max_seconds: task.backoff.maxSeconds },
    retention_days: task.retentionDays,
    schedules: task.schedules.map(({ cron, timeZone = 'UTC' }) => ({ cron, time_zone: timeZone })),
    input: jsonSchemaOf(task.input, 'input'),
    output: jsonSchemaOf(task.output, 'output'),
  };
}
