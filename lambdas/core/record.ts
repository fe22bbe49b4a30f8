import { createHash } from 'node:crypto';
import { isDerived } from './ids.ts';

/** Where a job stands. The words are SAQ's. */
export type Status = 'queued' | 'active' | 'aborting' | 'aborted' | 'failed' | 'complete';

export const STATUSES = [
  'queued',
  'active',
  'aborting',
  'aborted',
  'failed',
  'complete',
] as const satisfies readonly Status[];

/** FIN of the protocol: a job that has ended, and goes back only by an explicit retry or redrive. */
export const FINISHED = ['complete', 'failed', 'aborted'] as const satisfies readonly Status[];

export function isFinished(status: Status): boolean {
  return (FINISHED as readonly Status[]).includes(status);
}

/** One failed attempt, kept in the record (the newest ten). */
export interface PastAttempt {
  readonly attempt: number;
  readonly started_at: number;
  readonly ended_at: number;
  readonly error: string;
}

export interface Progress {
  readonly fraction: number;
  readonly note?: string;
}

/** JSON text in the record itself, or the key of the item that holds it when it would make the hot item large. */
export type Payload = { readonly json: string } | { readonly at: string };

/** What a job is given when it is enqueued and keeps for ever. Travels as `create` in the first message of a job sent first. */
export interface NewJob {
  readonly queue: string;
  readonly input: Payload;
  readonly max_attempts: number;
  readonly created_at: number;
  /** 0 for a job to be run at once. */
  readonly scheduled_at: number;
  readonly user_id?: string;
  readonly project_id?: string;
  readonly tags?: readonly string[];
  /** The caller's reusable `key`. */
  readonly key?: string;
  /** Hash of the `Idempotency-Key` and of what was asked under it: the same key with another payload is a conflict. */
  readonly idempotency?: { readonly key: string; readonly payload: string };
  /** Of the request that enqueued it, or the job at the root of those that enqueued it. */
  readonly request_id?: string;
  /** W3C trace context of what enqueued it (trace.ts). Absent: it begins a trace of its own. */
  readonly traceparent?: string;
  /** How many jobs stand above this one: 0 for one enqueued from outside. */
  readonly depth?: number;
}

/**
 * The job's item in DynamoDB: the truth about the job. Times are epoch milliseconds, `ttl` epoch seconds.
 *
 * Shape version 1. Every field that a transition changes says in protocol.ts how.
 */
export interface JobRecord extends NewJob {
  readonly v: 1;
  readonly job_id: string;
  readonly task_name: string;
  /** Random, made at enqueue; the job id for a job without `key`. Tells the jobs that share a reused key apart. */
  readonly run: string;
  readonly status: Status;
  /** Attempts begun, never reset. */
  readonly attempt: number;
  /** The attempt after which the job is buried; a retry or redrive by hand moves it to `attempt + max_attempts`. */
  readonly attempt_limit: number;
  /** 1 at enqueue, + 1 on a retry or redrive by hand only. */
  readonly dispatch: number;
  /** The fence: the random token of the claim that holds, or last held, the job. */
  readonly owner?: string;
  readonly lease_expires_at?: number;
  readonly started_at?: number;
  readonly completed_at?: number;
  /** Readers hide the record from then on. */
  readonly expires_at?: number;
  /** DynamoDB deletes the record after it: later than any copy of its message can live. */
  readonly ttl?: number;
  readonly result?: Payload;
  readonly error_message?: string;
  readonly attempts: readonly PastAttempt[];
  readonly progress?: Progress | null;
  /** When the sweep must act; sort key of the index `attention`. */
  readonly due_at?: number;
  /** When it failed; sort key of the index `failed`. */
  readonly failed_at?: number;
  // Partition keys of the indexes, immutable:
  readonly shard: number;
  readonly by_task: string;
  readonly by_user?: string;
  readonly by_project?: string;
}

/**
 * Into how many partitions each index is spread. A partition takes 1,000 writes a second, and a hot index key throttles
 * the table's own writes, so what many jobs write to is sharded. Raise a number at will; lower it never: readers ask all.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html
 */
export const SHARDS = { task: 4, user: 2, project: 2, attention: 4 } as const;

/** A stable shard of a job, from 0 to `count - 1`. */
export function shardOf(jobId: string, count: number): number {
  return createHash('sha256').update(jobId).digest().readUInt32BE(0) % count;
}

/** The partitions over which the jobs of a task, user or project are spread in its index. */
export function partitionsOf(by: 'task' | 'user' | 'project', name: string): string[] {
  return Array.from({ length: SHARDS[by] }, (_each, shard) => `${name}#${shard}`);
}

/** The record of a job that was just enqueued: queued, no attempt begun, dispatch 1. */
export function newRecord(jobId: string, run: string, taskName: string, job: NewJob): JobRecord {
  return {
    ...job,
    v: 1,
    job_id: jobId,
    task_name: taskName,
    run,
    status: 'queued',
    attempt: 0,
    attempt_limit: job.max_attempts,
    dispatch: 1,
    attempts: [],
    shard: shardOf(jobId, SHARDS.attention),
    by_task: `${taskName}#${shardOf(jobId, SHARDS.task)}`,
    ...(job.user_id === undefined ? {} : { by_user: `${job.user_id}#${shardOf(jobId, SHARDS.user)}` }),
    ...(job.project_id === undefined ? {} : { by_project: `${job.project_id}#${shardOf(jobId, SHARDS.project)}` }),
  };
}

/**
 * From when a job has been due, in epoch milliseconds. Undefined for one that was told by hand to run at once, or redriven on AWS: nobody
 * wrote down when.
 */
export function dueSince({ dispatch, created_at, scheduled_at }: JobRecord): number | undefined {
  return dispatch > 1 && scheduled_at === 0 ? undefined : Math.max(created_at, scheduled_at);
}

const DAY_MS = 86_400_000;

/** W of the protocol: the retention of every queue. No copy of a message lives longer. */
export const MESSAGE_LIFE_MS = 14 * DAY_MS;

/**
 * The two clocks of a job that ends now: hidden after its retention, deleted no sooner than any copy of its message can live.
 *
 * A job with a derived id answers requests until it is hidden. Each of them sent a message before it knew, which would make
 * the job anew if there were no record: of such a job the last of these counts.
 */
export function endOfLife(now: number, retentionDays: number, jobId: string): { expires_at: number; ttl: number } {
  const expires = now + retentionDays * DAY_MS;
  const lastSent = isDerived(jobId) ? expires : now;
  return { expires_at: expires, ttl: Math.ceil(Math.max(expires, lastSent + MESSAGE_LIFE_MS + DAY_MS) / 1000) };
}

/** True for a record that readers no longer see, though DynamoDB has not deleted it yet. */
export function isExpired(record: JobRecord, now: number): boolean {
  return record.expires_at !== undefined && record.expires_at <= now;
}
