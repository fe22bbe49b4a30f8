import type { EnqueueOptions } from '../lambdas/core/enqueue-options.ts';
import { deadline, pause } from './deadline.ts';
import { ApiError, apiError, ClientError, ConnectionError } from './errors.ts';
import { JobHandle } from './handle.ts';
import type { Problem, Status } from './records.ts';
import { type RetryPolicy, secondsUntilRetry } from './retry-policy.ts';
import type { NewJob, TaskTypes } from './task-types.ts';
import type { CallOptions, Send } from './transport.ts';
import { knownAt } from './wait.ts';
import { randomKey, toWire } from './wire.ts';

/** Some of many jobs were refused; the others are enqueued. `outcomes` has a handle or an error for each, in order. */
export class EnqueueManyError extends ClientError {
  override readonly name = 'EnqueueManyError';
  readonly outcomes: readonly (JobHandle | ClientError)[];

  constructor(outcomes: readonly (JobHandle | ClientError)[]) {
    const errors = outcomes.filter((outcome) => outcome instanceof ClientError);
    super(`${errors.length} of ${outcomes.length} jobs were refused. The first: ${errors[0]?.message}`);
    this.outcomes = outcomes;
  }

  /** What was enqueued. */
  get handles(): JobHandle[] {
    return this.outcomes.filter((outcome) => outcome instanceof JobHandle);
  }
}

/** The API's bounds on a batch: 1,000 jobs, and an event of 6 MB in which the body stands as escaped text. */
const MOST_JOBS = 1_000;
const MOST_BYTES = 5_000_000;

type Accepted = { readonly job_id: string; readonly status: Status; readonly deduplicated: boolean };
type Row = Accepted | { readonly error: Problem };
type Outcome = JobHandle | ClientError;

type Batch = readonly NewJob<TaskTypes>[];
type HandleOf = (row: Accepted, job: NewJob<TaskTypes>) => JobHandle;
type Options = CallOptions & Pick<EnqueueOptions, 'idempotencyKey'>;

/**
 * Enqueues any number of jobs, in as few requests as they fit in, one after another under one idempotency key: whatever is
 * sent again makes no job twice. What is refused for the moment is sent again, too.
 * @throws EnqueueManyError when any was refused in the end
 */
export async function enqueueMany(
  send: Send,
  policy: RetryPolicy,
  jobs: Batch,
  { signal: outer, timeoutSeconds = Infinity, requestId, idempotencyKey }: Options = {},
): Promise<JobHandle[]> {
  const { signal, end } = deadline(outer, timeoutSeconds, `The batch took longer than ${timeoutSeconds} s.`);
  const firstKey = idempotencyKey ?? randomKey();
  const handleOf: HandleOf = (row, job) => {
    // Under our own random key, only our own first try can have made the job.
    const deduplicated = row.deduplicated && (idempotencyKey !== undefined || job.key !== undefined);
    return new JobHandle(send, { ...row, task_name: job.taskName, deduplicated, mayBeUnknownUntil: knownAt(job) });
  };
  const outcomes: Outcome[] = [];
  try {
    for (const batch of batches(jobs)) {
      const key = outcomes.length === 0 ? firstKey : `${firstKey}.${outcomes.length}`;
      const sent = sendBatch(send, policy, batch, key, handleOf, { signal, requestId });
      outcomes.push(...(await sent.catch((error: unknown) => failed(batch, error, outcomes.length > 0))));
    }
  } finally {
    end();
  }
  const handles = outcomes.filter((outcome) => outcome instanceof JobHandle);
  if (handles.length < outcomes.length) throw new EnqueueManyError(outcomes);
  return handles;
}

/** A request that fails as a whole, when others have enqueued jobs already, is told of together with these. */
function failed(batch: Batch, error: unknown, others: boolean): Outcome[] {
  if (!others || !(error instanceof ClientError)) throw error;
  return batch.map(() => error);
}

function batches(jobs: Batch): Batch[] {
  const all: NewJob<TaskTypes>[][] = [];
  const encoder = new TextEncoder();
  let bytes = 0;
  for (const job of jobs) {
    const size = encoder.encode(JSON.stringify(JSON.stringify(job))).length;
    const last = all.at(-1);
    const fits = last !== undefined && last.length < MOST_JOBS && bytes + size <= MOST_BYTES;
    if (fits) last.push(job);
    else all.push([job]);
    bytes = fits ? bytes + size : size;
  }
  return all;
}

async function sendBatch(
  send: Send,
  policy: RetryPolicy,
  jobs: Batch,
  idempotencyKey: string,
  handleOf: HandleOf,
  options: CallOptions & { readonly signal: AbortSignal },
): Promise<Outcome[]> {
  const call = { method: 'POST', path: '/jobs/batch', body: { jobs: jobs.map(toWire) }, idempotencyKey } as const;
  const sendOnce = async (before: readonly Outcome[]): Promise<Outcome[]> => {
    const { body } = await send<{ jobs: Row[] }>(call, options);
    // A job that was accepted before stays so: that this time it was there already is our own doing.
    return jobs.map((job, i): Outcome => {
      const row = body.jobs[i];
      if (before[i] instanceof JobHandle) return before[i];
      if (row === undefined) return new ConnectionError('The answer to a batch says nothing of this job.');
      return 'error' in row ? apiError(row.error) : handleOf(row, job);
    });
  };
  let outcomes = await sendOnce([]);
  for (let retries = 0; outcomes.some(isPassing); retries++) {
    const seconds = secondsUntilRetry(policy, retries);
    if (seconds === undefined) break;
    try {
      await pause(seconds, options.signal);
      // The whole batch, for the keys of its jobs are made of their places in it.
      outcomes = await sendOnce(outcomes);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return outcomes.map((outcome) => (isPassing(outcome) ? error : outcome));
    }
  }
  return outcomes;
}

const isPassing = (outcome: Outcome): boolean =>
  outcome instanceof ApiError && (outcome.status === 429 || outcome.status >= 500);
