import type { EnqueueOptions } from './enqueue-options.ts';
import type { Log } from './ports.ts';
import type { InputOf, Task } from './task.ts';

/**
 * What `startup` hooks leave for tasks: one object per function instance, the same for all its jobs.
 *
 * Declare your fields by merging: `declare module '…/core/context.ts' { interface State { db: Pool } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: made to be merged into by users
export interface State {}

/** What a task's `run` and the hooks of a job are given beside the input. */
export interface TaskContext {
  readonly jobId: string;
  readonly taskName: string;
  /** This attempt, from 1. Never reset, not by a retry or redrive by hand either. */
  readonly attempt: number;
  /** Attempts the job gets in all before it is buried; a retry or redrive by hand grants as many anew. */
  readonly maxAttempts: number;
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly tags: readonly string[];
  /**
   * W3C trace context for calls that the task makes: sent as the header `traceparent`, it makes them part of the trace of what
   * enqueued the job, caused by this attempt.
   */
  readonly traceparent: string;
  /**
   * Fires on timeout, abort, shutdown, when the job was lost to another attempt, or when a promise fails that the task does not
   * await: pass it to whatever waits.
   */
  readonly signal: AbortSignal;
  /** JSON lines that carry `job_id`, `task_name`, `attempt` and `trace_id`. */
  readonly log: Log;
  /** What `startup` put there. */
  readonly state: State;
  /**
   * A folder of this attempt's own, under `/tmp`: made at the first call, the same at each, and removed with all that is in it when the
   * attempt is over, whatever its end. What a job writes elsewhere in `/tmp` is seen by the next jobs of the same function instance.
   */
  tempDir(): string;
  /**
   * Reports how far the job is, `fraction` from 0 to 1; shown in the record.
   *
   * Cheap to call often: at most one write a second reaches the table. Rejects with the signal's reason once it has fired, so a
   * loop that reports progress stops by itself when its job is aborted.
   */
  progress(fraction: number, note?: string): Promise<void>;
  /** Milliseconds until this attempt's deadline. */
  remainingMillis(): number;
  /**
   * Enqueues another job, as the API does. An attempt may run again, so give `idempotencyKey` where a second child would do harm.
   * @returns the child's job id
   */
  enqueue<T extends Task>(task: T, input: InputOf<T>, options?: EnqueueOptions): Promise<{ jobId: string }>;
}
