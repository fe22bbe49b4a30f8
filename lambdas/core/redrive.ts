import type { Engine } from './engine.ts';
import { StintError, toError } from './errors.ts';
import { END_OF_TIME, taskPartitions } from './list-jobs.ts';
import { newestFirst } from './newest-first.ts';
import { retryJob } from './retry-job.ts';

/** Which buried jobs: those named, those of a task, or all. */
export type RedriveOrder =
  | { readonly jobIds: readonly string[] }
  | { readonly taskName: string }
  | { readonly all: true };

/** What became of one job: `queued`, or why it is not. */
export interface Redriven {
  readonly jobId: string;
  readonly error?: Error;
}

export interface Redrive {
  readonly jobs: readonly Redriven[];
  /** Of those that were meant: still buried, or not looked at yet. */
  readonly left: number;
  /** There may be more left than were counted. */
  readonly more: boolean;
}

/** Most jobs that one call redrives, and that one request may name. */
export const MOST_REDRIVEN = 500;
const MOST_COUNTED = 1_000;
const AT_ONCE = 16;
/** What the jobs under way and the answer may take. */
const SPARE_MS = 5_000;

/**
 * Runs buried jobs again, each as a retry by hand (row 12): its record decides, so a job that moved on is left alone, and one whose
 * envelope was lost is run all the same. Its envelope is of no use then, and the sweep removes it.
 *
 * Bounded: by {@link MOST_REDRIVEN}, and by time. Call again for what is left.
 */
export async function redrive(
  engine: Engine,
  order: RedriveOrder,
  remainingMillis: () => number = () => Number.POSITIVE_INFINITY,
): Promise<Redrive> {
  const list =
    'jobIds' in order ? named(order.jobIds) : buried(engine, 'taskName' in order ? order.taskName : undefined);
  const jobs: Redriven[] = [];
  for (let looked = 0; looked < MOST_REDRIVEN && remainingMillis() > SPARE_MS; ) {
    const jobIds = await list.take(Math.min(AT_ONCE, MOST_REDRIVEN - looked));
    if (jobIds.length === 0) break;
    looked += jobIds.length;
    const outcomes = await Promise.all(jobIds.map((jobId) => redriveJob(engine, jobId)));
    // Of an index that lags: a job that nobody named, and that is no longer buried.
    jobs.push(...outcomes.filter(({ error }) => 'jobIds' in order || !movedOn(error)));
  }
  const failed = 'jobIds' in order ? 0 : jobs.filter(({ error }) => error !== undefined).length;
  const rest = (await list.take(MOST_COUNTED + 1)).length;
  return { jobs, left: Math.min(rest, MOST_COUNTED) + failed, more: rest > MOST_COUNTED };
}

async function redriveJob(engine: Engine, jobId: string): Promise<Redriven> {
  try {
    await retryJob(engine, jobId, ['failed']);
    return { jobId };
  } catch (error) {
    return { jobId, error: toError(error) };
  }
}

const movedOn = (error: Error | undefined): boolean =>
  error instanceof StintError && (error.code === 'conflict' || error.code === 'not_found');

interface Ids {
  take(count: number): Promise<string[]>;
}

function named(jobIds: readonly string[]): Ids {
  const left = [...new Set(jobIds)];
  return { take: async (count) => left.splice(0, count) };
}

function buried(engine: Engine, taskName: string | undefined): Ids {
  const partitions = taskPartitions(engine, taskName);
  const list = newestFirst(engine.store, 'failed', partitions, { from: 0, to: END_OF_TIME });
  return { take: async (count) => (await list.take(count)).map(({ jobId }) => jobId) };
}
