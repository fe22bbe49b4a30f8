import { JobAbortedError, JobFailedError } from './errors.ts';
import { jobPath } from './paths.ts';
import type { Job, JobStatus, Status } from './records.ts';
import type { CallOptions, Send } from './transport.ts';
import { waitForEnd } from './wait.ts';
import { toWire } from './wire.ts';

/** When a job that waits is to run. */
export type When =
  | { readonly delaySeconds: number }
  | { readonly scheduledAt: Date }
  | {
      /** At once. */
      readonly now: true;
    };

/** What is to change of a job that waits: its time, or, before its first attempt, its input; or both. */
export type Amendment<Input = unknown> = (When & { readonly input?: Input }) | { readonly input: Input };

/** What is known of a job when its handle is made. */
export interface HandleState {
  readonly job_id: string;
  readonly task_name: string;
  readonly status?: Status;
  readonly deduplicated?: boolean;
  /** Milliseconds of `performance.now()` until which the record of an acknowledged job may not be there yet. */
  readonly mayBeUnknownUntil?: number;
}

/** A job, to be waited for or changed. Plain enough to be logged, and to be put into JSON. */
export class JobHandle<Result = unknown, Input = unknown> {
  readonly job_id: string;
  readonly task_name: string;
  /** As the enqueue answered it. Undefined in a handle made from an id. `get` tells how the job stands now. */
  readonly status: Status | undefined;
  /** The job was there already, by its `key` or by an idempotency key that you gave. */
  readonly deduplicated: boolean;
  readonly #send: Send;
  readonly #mayBeUnknownUntil: number;

  constructor(send: Send, { job_id, task_name, status, deduplicated = false, mayBeUnknownUntil = 0 }: HandleState) {
    this.job_id = job_id;
    this.task_name = task_name;
    this.status = status;
    this.deduplicated = deduplicated;
    this.#send = send;
    this.#mayBeUnknownUntil = mayBeUnknownUntil;
  }

  /**
   * What the job returned, as soon as it has. Waits for days if need be: bound it by `timeoutSeconds` or `signal`.
   * @throws JobFailedError, JobAbortedError with the job; TimeoutError: the job goes on
   */
  async result(options?: CallOptions): Promise<Result> {
    const job = await this.wait(options);
    if (job.status === 'failed') throw new JobFailedError(job);
    if (job.status === 'aborted') throw new JobAbortedError(job);
    return job.result as Result; // of a complete job its output schema has made sure
  }

  /** The record once the job has ended, however that was. @throws TimeoutError: the job goes on */
  wait(options?: CallOptions): Promise<Job<Result>> {
    return waitForEnd<Result>(this.#send, this.job_id, options, this.#mayBeUnknownUntil);
  }

  /** The record as it stands. */
  async get(options?: CallOptions): Promise<Job<Result>> {
    return (await this.#send<Job<Result>>({ method: 'GET', path: jobPath(this) }, options)).body;
  }

  /**
   * `aborted` at once for a job that waits; `aborting` for one that runs: its task is told within seconds.
   * @throws ConflictError for a job that has ended otherwise
   */
  abort(options?: CallOptions): Promise<JobStatus> {
    return abort(this.#send, this, options);
  }

  /** Runs a failed or aborted job again, with as many attempts as at first. @throws ConflictError for any other */
  retry(options?: CallOptions): Promise<JobStatus> {
    return retry(this.#send, this, options);
  }

  /** Another time for a job that waits. @throws ConflictError for one that does not */
  reschedule(when: When, options?: CallOptions): Promise<Job<Result>> {
    return amend<Result>(this.#send, this, when, options);
  }

  /** Another input, for a job that has not begun; another time, too, if given. @throws ConflictError, InvalidInputError */
  amend(changes: Amendment<Input>, options?: CallOptions): Promise<Job<Result>> {
    return amend<Result>(this.#send, this, changes, options);
  }
}

export async function abort(send: Send, job: { readonly job_id: string }, options?: CallOptions): Promise<JobStatus> {
  return (await send<JobStatus>({ method: 'POST', path: `${jobPath(job)}/abort` }, options)).body;
}

/** Sent once: a job that was retried, and has failed again meanwhile, would run a third time. */
export async function retry(send: Send, job: { readonly job_id: string }, options?: CallOptions): Promise<JobStatus> {
  return (await send<JobStatus>({ method: 'POST', path: `${jobPath(job)}/retry`, once: true }, options)).body;
}

export async function amend<Result>(
  send: Send,
  job: { readonly job_id: string },
  changes: When | Amendment,
  options?: CallOptions,
): Promise<Job<Result>> {
  return (await send<Job<Result>>({ method: 'PATCH', path: jobPath(job), body: toWire(changes) }, options)).body;
}
