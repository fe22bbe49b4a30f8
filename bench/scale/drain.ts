import { LIMITS } from './limits.ts';

export interface Burst {
  /** Messages that wait. */
  readonly jobs: number;
  /** Of one attempt. */
  readonly seconds: number;
  readonly batchSize: number;
  /** As in lambdas/queues.ts. */
  readonly maxConcurrency: number;
}

export interface Drain {
  /** Until the last job has ended. */
  readonly seconds: number;
  /** The most workers at once. */
  readonly workers: number;
}

/** Of a batch, beside the task's own time. */
const OVERHEAD_SECONDS = 0.04;

/** How a burst drains: Lambda begins with a few batches at once, and takes more each minute, up to the queue's own maximum. Second by second. */
export function drain({ jobs, seconds, batchSize, maxConcurrency }: Burst): Drain {
  const most = Math.min(maxConcurrency, LIMITS.queueConcurrency.value);
  let left = jobs;
  let elapsed = 0;
  let workers = 0;
  while (left > 0) {
    const begun = LIMITS.firstBatches.value + (LIMITS.moreBatchesAMinute.value / 60) * elapsed;
    workers = Math.min(most, Math.floor(begun));
    left -= (workers * batchSize) / (seconds + OVERHEAD_SECONDS);
    elapsed++;
  }
  return { seconds: elapsed, workers };
}
