import type { State } from './context.ts';
import type { Hooks } from './hooks.ts';
import type { Chance, Clock, Depths, JobStore, Log, Meter, PayloadStore, Queues, WaitSlots } from './ports.ts';
import { endOfLife, type JobRecord } from './record.ts';
import type { Registry } from './registry.ts';

/** All that the use cases are given: the project's tasks and hooks, and the ports to the world. */
export interface Engine {
  readonly tasks: Registry;
  readonly hooks: Hooks;
  readonly state: State;
  readonly store: JobStore;
  readonly payloads: PayloadStore;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** The one user whose jobs this engine makes and sees (for-user.ts). Default: everyone's. */
  readonly onlyUser?: string;
  /** Asked before each job that is made; it throws where there may be no more of them. */
  readonly admitJob?: () => Promise<void>;
  /** How many messages the queues hold. Only the API is told. */
  readonly depths?: () => Promise<Depths>;
  /** Bounds those who wait for a job's end. Default: no bound. */
  readonly waits?: WaitSlots;
  /** Counts what becomes of jobs, in the functions that end them. Default: nobody counts. */
  readonly meter?: Meter | undefined;
  /** The request on whose behalf this engine works: kept in the records that it makes. */
  readonly requestId?: string | undefined;
  /** The valid W3C trace context of what this engine works for: that of the jobs that it makes. Default: each begins a trace. */
  readonly traceparent?: string | undefined;
  /** Fires when the platform ends this process: running tasks are told by their own signal. */
  readonly shutdown?: AbortSignal;
}

/** The longest delay that SQS can give a message. */
export const MAX_DELAY_MS = 900_000;

/** How long before its time the sweep sends a job: one tick of slack within SQS's longest delay. */
export const SWEEP_AHEAD_MS = 14 * 60_000;

/** When the sweep must send a job that is due later than SQS can delay. */
export function dueForSweep(scheduledAt: number): number {
  return scheduledAt - SWEEP_AHEAD_MS;
}

/** For how long a message that was just promised may be missing before the sweep sends it. */
export const SEND_GRACE_MS = 60_000;

/** Whole seconds of SQS delay until `at`, never early, at most 900. */
export function delayUntil(at: number, now: number): number {
  return Math.min(900, Math.max(0, Math.ceil((at - now) / 1000)));
}

/**
 * The queue that runs a task today: the task's own; for one that this version does not know, the one its record names; for
 * a queue that is no longer deployed, any: its worker buries the job with a clear error.
 */
export function queueFor(engine: Pick<Engine, 'tasks' | 'queues'>, job: { task_name: string; queue?: string }): string {
  const wanted = [engine.tasks.find(job.task_name)?.queue, job.queue];
  const { names } = engine.queues;
  return wanted.find((name) => name !== undefined && names.includes(name)) ?? names[0] ?? 'default';
}

/** How long the finished record of a task can be read. */
export function retentionDays(engine: Pick<Engine, 'tasks'>, record: Pick<JobRecord, 'task_name'>): number {
  return engine.tasks.find(record.task_name)?.retentionDays ?? 30;
}

/** When the record of a job that ends now is hidden, and when it is deleted. */
export function endOfJob(
  engine: Pick<Engine, 'tasks'>,
  job: Pick<JobRecord, 'job_id' | 'task_name'>,
  now: number,
): ReturnType<typeof endOfLife> {
  return endOfLife(now, retentionDays(engine, job), job.job_id);
}
