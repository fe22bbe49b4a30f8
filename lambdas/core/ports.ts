import type { JobRecord } from './record.ts';
import type { Given, Transition } from './transition.ts';

/** A transition was written, or refused with the record as it stands (none: there is no such record). */
export type Applied =
  | { readonly ok: true; readonly record: JobRecord }
  | { readonly ok: false; readonly record: JobRecord | undefined };

/** Where a page ended: only for the store that gave it. */
export type Page = Readonly<Record<string, unknown>>;

/** The indexes that lists are read from, newest first, and the fields of a record by which it stands there. */
export const LIST_KEYS = {
  'by-task': { partition: 'by_task', sort: 'created_at' },
  'by-user': { partition: 'by_user', sort: 'created_at' },
  'by-project': { partition: 'by_project', sort: 'created_at' },
  failed: { partition: 'by_task', sort: 'failed_at' },
} as const satisfies Record<string, { partition: keyof JobRecord; sort: keyof JobRecord }>;

export type ListIndex = keyof typeof LIST_KEYS;

/** A job in an index: its id, and the time that it stands at. */
export interface Entry {
  readonly jobId: string;
  readonly at: number;
}

/** Which entries of a partition are read. */
export interface EntryRange {
  /** Times from `from` to `to`, both included, in epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Only what stands after this entry, whose time is `to`. It need not exist any more. */
  readonly after?: Entry | undefined;
  /** Most entries, 1–1,000. */
  readonly limit: number;
}

/** Job records. One write, one item, one condition. */
export interface JobStore {
  /**
   * Applies a transition of protocol.ts if its condition holds, atomically.
   *
   * The underlying call may be retried after it took effect: a refusal that shows one's own token, run or dispatch is success.
   * @throws StintError `unavailable` when the store did not answer: the write may or may not have taken effect. `internal` when
   * it refused the call as such, and will again
   */
  apply<K extends keyof Given>(jobId: string, transition: Transition<K>, values: Pick<Given, K>): Promise<Applied>;
  /** The record as it stands after every acknowledged write. Also one that is expired: see `isExpired`. */
  get(jobId: string): Promise<JobRecord | undefined>;
  /**
   * A page of the job ids of a shard of `attention` whose `due_at` is at or before `until`, oldest first. May lag behind writes.
   * @param after the `next` of the page before
   */
  due(
    shard: number,
    until: number,
    after?: Page,
  ): Promise<{ readonly jobIds: readonly string[]; readonly next?: Page }>;
  /**
   * Entries of one partition of an index, the newest first; those of one time in an order that stays the same. May lag behind
   * writes, and holds keys only: the record decides.
   * @returns `more` false: the range ends here. True: it may go on
   */
  entries(
    index: ListIndex,
    key: string,
    range: EntryRange,
  ): Promise<{ readonly entries: readonly Entry[]; readonly more: boolean }>;
  /** The records of these jobs, in any order, without those that have none. May lag behind writes by a moment. */
  getMany(jobIds: readonly string[]): Promise<readonly JobRecord[]>;
}

/** Payloads too large for the hot item. Keys are never written twice with other content. */
export interface PayloadStore {
  /** @param ttl epoch seconds after which it may be deleted */
  put(key: string, json: string, ttl: number): Promise<void>;
  get(key: string): Promise<string | undefined>;
  /** Puts the deletion of a payload off to `ttl`, if that is later: it is never deleted sooner. A missing one is left missing. */
  keep(key: string, ttl: number): Promise<void>;
}

/** A message to be sent. `delaySeconds`: 0–900. */
export interface Outgoing {
  readonly body: string;
  readonly delaySeconds: number;
}

/** Sending. Each call resolves when the message is stored, and rejects when it may not be. */
export interface Queues {
  /** The names of the queues that are deployed. */
  readonly names: readonly string[];
  /** @param delaySeconds 0–900. @throws StintError `not_found` for a queue that is not deployed */
  send(queue: string, body: string, delaySeconds: number): Promise<void>;
  /**
   * Sends any number of messages in as few requests as they fit in.
   * @returns what became of each, in their order: undefined for one that is stored, else why it may not be. Never rejects
   */
  sendMany(queue: string, messages: readonly Outgoing[]): Promise<readonly (Error | undefined)[]>;
  /** To `dead-letters`. `reason` is shown to whoever reads the queue. */
  bury(body: string, reason: string): Promise<void>;
}

/** A message as it was handed to us, and the one thing besides acknowledging that can be done with it. */
export interface Delivery {
  readonly messageId: string;
  readonly body: string;
  /** How often it was received, this time included. */
  readonly receiveCount: number;
  /** When it was sent, epoch milliseconds. */
  readonly sentAt: number;
  /** Shows it again after `seconds` (1–43,200). Must be reported as failed, too. */
  handBack(seconds: number): Promise<void>;
}

/** A message of `dead-letters`, held for a few seconds. */
export interface Held {
  readonly body: string;
  remove(): Promise<void>;
}

export interface DeadLetters {
  /** Up to ten messages, in no order; those not removed are back within seconds. */
  receive(): Promise<readonly Held[]>;
}

/** About how many messages a queue holds. */
export interface Depth {
  readonly ready: number;
  /** Received, and neither acknowledged nor back yet. */
  readonly inFlight: number;
  readonly delayed: number;
}

export interface Depths {
  /** Of the job queues, by name. */
  readonly queues: Readonly<Record<string, Depth>>;
  readonly deadLetters: Depth;
  readonly undeliverable: Depth;
}

/** A bound on how many callers wait at once, over all processes. */
export interface WaitSlots {
  /**
   * @param until when the slot is free again at the latest, in epoch milliseconds
   * @returns undefined when none is free
   */
  take(now: number, until: number): Promise<{ release(): Promise<void> } | undefined>;
}

export interface Clock {
  /** Epoch milliseconds. Machines differ by some seconds. */
  now(): number;
  /** Calls `then` once after `ms`, unless the returned function is called first. */
  after(ms: number, then: () => void): () => void;
}

/** Randomness, for ids, tokens and jitter. */
export interface Chance {
  /** A UUIDv7: sortable by time. */
  id(now: number): string;
  /** An unguessable token, short. */
  token(): string;
  /** From 0 up to, not including, 1. */
  fraction(): number;
}

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line carries `fields`. */
  with(fields: LogFields): Log;
}

/** Counts what becomes of jobs. Never throws. */
export interface Meter {
  /**
   * An attempt was begun.
   * @param waitMs from when the job was due; undefined where nobody knows when that was
   */
  started(taskName: string, waitMs: number | undefined): void;
  /** An attempt was over, or a job ended without one. */
  ended(
    taskName: string,
    how: 'succeeded' | 'failed' | 'retried' | 'aborted',
    took?: { readonly durationMs?: number | undefined; readonly attempts?: number | undefined },
  ): void;
}

/** Cron patterns, as a library reads them. */
export interface Cron {
  /** The ticks after `from` up to and including `to`, in epoch milliseconds. @throws for a pattern or time zone that is none */
  ticks(schedule: { readonly cron: string; readonly timeZone?: string }, from: number, to: number): readonly number[];
  /** The first tick after `from`; undefined for a pattern that never comes due, such as the 30th of February. @throws as `ticks` */
  next(schedule: { readonly cron: string; readonly timeZone?: string }, from: number): number | undefined;
}
