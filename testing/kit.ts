import type { LogLine } from '../lambdas/adapters/memory/log.ts';
import type { Enqueued } from '../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../lambdas/core/enqueue-options.ts';
import type { Hooks } from '../lambdas/core/hooks.ts';
import type { Message } from '../lambdas/core/message.ts';
import type { Status } from '../lambdas/core/record.ts';
import type { RedriveOrder } from '../lambdas/core/redrive.ts';
import type { AnyTask, InputOf, OutputOf } from '../lambdas/core/task.ts';
import type { JobOnTheWire } from '../lambdas/http/wire/answers.ts';
import type { Duration } from './duration.ts';
import type { PartOf } from './expect-enqueued.ts';
import type { FaultPlan } from './faults.ts';
import type { RunOptions, RunOutcome } from './run-alone.ts';

export interface KitOptions<Tasks extends readonly AnyTask[]> {
  readonly tasks: Tasks;
  readonly hooks?: Hooks;
  /** As in `lambdas/queues.ts`. Default: those that the tasks name, each with a timeout that leaves room for its tasks. */
  readonly queues?: Readonly<Record<string, { readonly timeoutSeconds: number }>>;
  /** What befalls the workers. Default: nothing. */
  readonly faults?: FaultPlan;
  /** The time at first. Default: 2026-01-01T00:00:00Z. */
  readonly now?: Date;
}

type NameOf<Tasks extends readonly AnyTask[]> = Tasks[number]['name'];
/** The task of that name. Of tasks whose names the compiler does not know, any. */
export type Named<Tasks extends readonly AnyTask[], Name> = TaskOfName<Tasks[number], Name>;
type TaskOfName<Task extends AnyTask, Name> = Task extends AnyTask ? (Name extends Task['name'] ? Task : never) : never;

/** The arguments after a task's name: an input whose fields are all optional may be left out. */
type WithInput<Task extends AnyTask, Options> =
  Record<never, never> extends InputOf<Task>
    ? [input?: InputOf<Task>, options?: Options]
    : [input: InputOf<Task>, options?: Options];

/** What befalls the workers while one call lasts. */
export interface Befalling {
  /** Beside those of the kit. Default: none more. */
  readonly faults?: FaultPlan;
}

/** A job system in memory: the real engine, on a clock that moves only when it is told to. */
export interface Kit<Tasks extends readonly AnyTask[]> {
  /** Enqueues a job, as the API does. Nothing runs before `drain` or `advance`. @throws StintError as the API */
  enqueue<Name extends NameOf<Tasks>>(
    taskName: Name,
    ...rest: WithInput<Named<Tasks, Name>, EnqueueOptions>
  ): Promise<Enqueued>;
  /**
   * Lets the workers go on until nothing is left to do, moving the clock past backoffs, leases and scheduled times. Cron
   * schedules fire while it passes them, but it does not wait for them.
   * @throws Error that names the jobs that are left after `within`, 30 days if not given; or a kill that never struck
   */
  drain(options?: { readonly within?: Duration } & Befalling): Promise<void>;
  /** Lets time pass: what comes due meanwhile runs at its own time. `advance(0)` begins what is due now. */
  advance(duration: Duration, options?: Befalling): Promise<void>;
  /**
   * Runs the handler of a task by itself, its input and result checked as a worker does. What it enqueues is enqueued.
   * @throws NonRetryableError when input or result do not fit; else what the task throws
   */
  run<Name extends NameOf<Tasks>>(
    taskName: Name,
    ...rest: WithInput<Named<Tasks, Name>, RunOptions>
  ): Promise<RunOutcome<OutputOf<Named<Tasks, Name>>>>;
  /** The job as `GET /jobs/{job_id}` answers it. @throws StintError `not_found` */
  job(jobId: string): JobOnTheWire;
  /** All jobs that can be read, the oldest first. */
  jobs(filter?: { readonly task?: NameOf<Tasks>; readonly status?: Status }): readonly JobOnTheWire[];
  /**
   * The first job of the task whose input, as it was given, has at least these fields.
   * @throws Error that lists what was enqueued
   */
  expectEnqueued<Name extends NameOf<Tasks>>(taskName: Name, input?: PartOf<InputOf<Named<Tasks, Name>>>): JobOnTheWire;
  /** Aborts a job: one that waits at once; one that runs is told at its next heartbeat, within 3 s. @throws StintError as the API */
  abort(jobId: string): Promise<void>;
  /** Runs a failed or aborted job again. @throws StintError as the API */
  retry(jobId: string): Promise<void>;
  /**
   * Runs dead letters again: jobs by their ids, those of a task, or all that there are, which is the default.
   * @returns the ids of the jobs that run again
   * @throws StintError of the first job, named by its id, that has not failed
   */
  redrive(order?: RedriveOrder): Promise<readonly string[]>;
  /** The jobs that failed, each once, as the newest of its envelopes on `dead-letters` has it, with its error. */
  deadLetters(): readonly Message[];
  /** The fake clock, in epoch milliseconds. */
  now(): number;
  /** All log lines so far, of tasks, hooks and the engine. */
  readonly logs: readonly LogLine[];
  /** What befell the workers so far, in words. */
  readonly struck: readonly string[];
  /** Ends the workers as Lambda does: signals fire, `shutdown` hooks run. Nothing runs afterwards. */
  close(): Promise<void>;
}
