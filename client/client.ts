import type { EnqueueOptions } from '../lambdas/core/enqueue-options.ts';
import type { AnyTask, TypesByName } from '../lambdas/core/task.ts';
import { enqueueMany } from './enqueue-many.ts';
import { type Amendment, abort, amend, JobHandle, retry, type When } from './handle.ts';
import { type JobFilter, type JobList, jobList, type ListOptions } from './pages.ts';
import { encoded, idOf, type JobRef, jobPath } from './paths.ts';
import type { BulkResult, Job, JobStatus, Redrive, Stats, Status, TaskDescription } from './records.ts';
import { DEFAULT_RETRY_POLICY } from './retry-policy.ts';
import type { HandleIn, InputIn, NameOf, NewJob, OutputIn, TaskTypes } from './task-types.ts';
import { type CallOptions, type ClientOptions, type Send, transport } from './transport.ts';
import { knownAt, waitForEnd } from './wait.ts';
import { randomKey, toWire } from './wire.ts';

/** Which jobs are to be changed: these, or those that fit the filter; of those named only what fits. */
export interface BulkOrder extends JobFilter {
  readonly jobIds?: readonly string[];
  /** Count what would be changed, and change nothing. */
  readonly dryRun?: boolean;
}

/** Which buried jobs are to run again. */
export type RedriveOrder =
  | { readonly jobIds: readonly string[] }
  | { readonly taskName: string }
  | { readonly all: true };

/** A call that makes jobs: with the same key it makes them once, for as long as their records live. Default: a random key. */
type EnqueueCallOptions = CallOptions & Pick<EnqueueOptions, 'idempotencyKey'>;

/**
 * The API for callers in TypeScript.
 *
 * Calls that are safe to repeat are tried again, with jitter, on 429, 5xx and when there is no answer. Each rejects with an
 * ApiError (its `problem` is the API's document), a ConnectionError, a TimeoutError, or the reason of your own signal.
 */
export interface Client<T = TaskTypes> {
  /**
   * Enqueues a job. What this acknowledges is never lost; tried again, it makes no second job.
   * @throws InvalidInputError, with one entry a field; NotFoundError for a task that is not deployed; ConflictError for an
   * idempotency key used with another payload
   */
  enqueue<Name extends NameOf<T>>(
    taskName: Name,
    input: InputIn<T[Name]>,
    options?: EnqueueOptions & CallOptions,
  ): Promise<HandleIn<T[Name]>>;
  /**
   * Enqueues any number of jobs, each by itself, in requests of up to 1,000.
   * @returns their handles, in order
   * @throws EnqueueManyError when some were refused: it has what was enqueued
   */
  enqueueMany<Names extends readonly NameOf<T>[]>(
    jobs: readonly [...{ readonly [I in keyof Names]: NewJob<T, Names[I]> }],
    options?: EnqueueCallOptions,
  ): Promise<{ -readonly [I in keyof Names]: HandleIn<T[Names[I]]> }>;
  /** A handle of a job enqueued before. Asks nothing of the API. */
  handle<Name extends NameOf<T>>(taskName: Name, job: JobRef): HandleIn<T[Name]>;
  /** The record as it stands. `get<'my_task'>(…)` types its result. */
  get<Name extends NameOf<T> = never>(job: JobRef, options?: CallOptions): Promise<Job<OutputIn<T[Name]>>>;
  /** The record once the job has ended. @throws TimeoutError: the job goes on */
  wait<Name extends NameOf<T> = never>(job: JobRef, options?: CallOptions): Promise<Job<OutputIn<T[Name]>>>;
  /** Jobs, the newest first. Lags behind writes by moments. */
  list<Name extends NameOf<T> = never>(
    filter?: JobFilter & { readonly taskName?: Name | undefined },
    options?: ListOptions,
  ): JobList<OutputIn<T[Name]>>;
  /** `aborted` at once for a job that waits; `aborting` for one that runs. @throws ConflictError: it has ended otherwise */
  abort(job: JobRef, options?: CallOptions): Promise<JobStatus>;
  /** Runs a failed or aborted job again. @throws ConflictError: it is neither */
  retry(job: JobRef, options?: CallOptions): Promise<JobStatus>;
  /** Another time for a job that waits. @throws ConflictError: it does not */
  reschedule(job: JobRef, when: When, options?: CallOptions): Promise<Job>;
  /** Another input, before its first attempt, or another time, for a job that waits. @throws ConflictError, InvalidInputError */
  amend<Name extends NameOf<T> = never>(
    job: JobRef,
    changes: Amendment<InputIn<T[Name]>>,
    options?: CallOptions,
  ): Promise<Job<OutputIn<T[Name]>>>;
  /** Aborts many, by a job of the system's own: its `result()` counts them. */
  abortMany(order: BulkOrder, options?: EnqueueCallOptions): Promise<JobHandle<BulkResult>>;
  /** Retries many, by a job of the system's own: its `result()` counts them. */
  retryMany(order: BulkOrder, options?: EnqueueCallOptions): Promise<JobHandle<BulkResult>>;
  /** For admins: jobs that failed and were buried, those that failed last first. */
  deadLetters<Name extends NameOf<T> = never>(
    filter?: { readonly taskName?: Name | undefined },
    options?: ListOptions,
  ): JobList<OutputIn<T[Name]>>;
  /** For admins: runs buried jobs again, at most 500 a call. */
  redrive(order: RedriveOrder, options?: CallOptions): Promise<Redrive>;
  /** For admins: how deep the queues are, and how many jobs failed. */
  stats(options?: CallOptions): Promise<Stats>;
  /** What can be enqueued, with its schemas. */
  tasks(options?: CallOptions): Promise<TaskDescription[]>;
}

/**
 * A client of the API at `url`, for Node, browsers and workers: it needs `fetch` and `crypto`, and nothing of the tasks' code.
 *
 * @example
 * import type { tasks } from './lambdas/tasks/index.ts';
 *
 * const stint = createClient<typeof tasks>({ url, auth: { apiKey } });
 * const job = await stint.enqueue('create_subtitles', { text: 'Hello there.' });
 * const { srt } = await job.result();
 */
export function createClient<Tasks extends readonly AnyTask[] = readonly AnyTask[]>(
  options: ClientOptions,
): Client<TypesByName<Tasks>>;
export function createClient<Types extends TaskTypes<Types>>(options: ClientOptions): Client<Types>;
export function createClient(options: ClientOptions): Client {
  const told = Object.entries(options.retry ?? {}).filter(([, value]) => value !== undefined);
  const policy = { ...DEFAULT_RETRY_POLICY, ...Object.fromEntries(told) };
  const send = transport(options, policy);
  const ask = async <R>(...call: Parameters<Send>): Promise<R> => (await send<R>(...call)).body;
  return {
    enqueue: (taskName, input, given) => enqueue(send, taskName, input, given),
    enqueueMany: (jobs, given) => enqueueMany(send, policy, jobs as readonly NewJob<TaskTypes>[], given) as never,
    handle: (task_name, job) => new JobHandle(send, { job_id: idOf(job), task_name }),
    get: (job, given) => ask({ method: 'GET', path: jobPath(job) }, given),
    wait: (job, given) => waitForEnd(send, idOf(job), given),
    list: (filter = {}, given = {}) => jobList(send, '/jobs', filter, given),
    abort: (job, given) => abort(send, { job_id: idOf(job) }, given),
    retry: (job, given) => retry(send, { job_id: idOf(job) }, given),
    reschedule: (job, when, given) => amend(send, { job_id: idOf(job) }, when, given),
    amend: (job, changes, given) => amend(send, { job_id: idOf(job) }, changes, given),
    abortMany: (order, given) => bulk(send, 'abort', order, given),
    retryMany: (order, given) => bulk(send, 'retry', order, given),
    deadLetters: (filter = {}, given = {}) => jobList(send, '/dead-letters', filter, given),
    // Once: what failed again meanwhile would be run again.
    redrive: (order, given) =>
      ask({ method: 'POST', path: '/dead-letters/redrive', body: toWire(order), once: true }, given),
    stats: (given) => ask({ method: 'GET', path: '/stats' }, given),
    tasks: async (given) => (await ask<{ tasks: TaskDescription[] }>({ method: 'GET', path: '/tasks' }, given)).tasks,
  };
}

interface Accepted {
  readonly job_id: string;
  readonly status: Status;
  readonly deduplicated: boolean;
}

async function enqueue<Result, Input>(
  send: Send,
  task_name: string,
  input: unknown,
  { signal, timeoutSeconds, requestId, idempotencyKey, ...options }: EnqueueOptions & CallOptions = {},
): Promise<JobHandle<Result, Input>> {
  const call = {
    method: 'POST',
    path: `/tasks/${encoded(task_name)}/jobs`,
    body: { input, ...toWire(options) },
    idempotencyKey: idempotencyKey ?? randomKey(),
  } as const;
  const { body } = await send<Accepted>(call, { signal, timeoutSeconds, requestId });
  return new JobHandle<Result, Input>(send, {
    ...body,
    task_name,
    // Under our own random key, only our own first try can have made the job.
    deduplicated: body.deduplicated && (idempotencyKey !== undefined || options.key !== undefined),
    mayBeUnknownUntil: knownAt(options),
  });
}

async function bulk(
  send: Send,
  action: 'abort' | 'retry',
  order: BulkOrder,
  { idempotencyKey, ...options }: EnqueueCallOptions = {},
): Promise<JobHandle<BulkResult>> {
  const key = idempotencyKey ?? randomKey();
  const call = { method: 'POST', path: `/jobs/${action}`, body: toWire(order), idempotencyKey: key } as const;
  const { body } = await send<JobStatus>(call, options);
  return new JobHandle<BulkResult>(send, {
    ...body,
    task_name: 'stint_bulk',
    mayBeUnknownUntil: knownAt(),
  });
}
