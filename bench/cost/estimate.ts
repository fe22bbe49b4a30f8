import { PRICES } from '../prices.ts';
import { type Bill, NOTHING, parts, scale, sum } from './bill.ts';
import idle from './idle.json' with { type: 'json' };
import measured from './measured.json' with { type: 'json' };

export { measured };

/** A month of jobs of one task. */
export interface Workload {
  readonly jobs: number;
  /** That an attempt takes, beside what Stint does. In a batch they run side by side, and share the seconds: true of a task that waits, not of one that computes. */
  readonly seconds: number;
  /** Of the worker. */
  readonly memoryMb: number;
  /** Attempts that fail and are tried again, for each job: 0.05 is every twentieth job, once. */
  readonly retries: number;
  /** Times that each job is asked for. */
  readonly gets: number;
  /** How long its record is kept. */
  readonly retentionDays: number;
}

export const DEFAULT_WORKLOAD: Workload = {
  jobs: 1_000_000,
  seconds: 0.1,
  memoryMb: measured.memoryMb.worker,
  retries: 0,
  gets: 0,
  retentionDays: 30,
};

const { enqueue, enqueueOfHundred, run, runAlone, retry, get } = measured.operations;

/** How jobs come and go, the dearest way first. A queue with less than a job a second is of the first kind. */
export const WAYS = {
  alone: { what: 'enqueued one by one, each run alone', enqueue: enqueue.bill, run: runAlone.bill, together: 1 },
  inBatches: { what: 'enqueued one by one, run in full batches', enqueue: enqueue.bill, run: run.bill, together: 10 },
  byTheHundred: {
    what: 'enqueued by the hundred, run in full batches',
    enqueue: enqueueOfHundred.bill,
    run: run.bill,
    together: 10,
  },
} as const;

export type Way = keyof typeof WAYS;

/** Of a plain job, with its entry in one index: rounded up. */
const RECORD_GB = 1.2e-6;
const DAYS = 30;

/** Of a task that does not fail: started, succeeded, duration, wait_time, attempts; and succeeded of its queue. A retry uses one more. */
const METRICS_OF_A_TASK = 6;
/** The line that carries them, one a batch: `npm run bench:cost -- --metrics`. */
const METRICS_LINE_BYTES = 540;

/** A month's bill in dollars, by what it is for. */
export type Month = Readonly<Record<keyof ReturnType<typeof parts> | 'storage' | 'metrics' | 'idle' | 'total', number>>;

/** @returns what a month of the workload costs in the stage `prod`, that of an idle stack included */
export function monthOf(way: Way, workload: Workload): Month {
  const { jobs, retries, retentionDays } = workload;
  const metricsLine = { ...NOTHING, logBytes: METRICS_LINE_BYTES / WAYS[way].together };
  const ofJobs = parts(scale(jobs, sum(billOfJob(way, workload), metricsLine)));
  const storage = ((jobs * retentionDays) / DAYS) * RECORD_GB * PRICES.dynamoDbGbMonth;
  const partOfHours = Math.min(1, jobs / (DAYS * 24)); // a metric is billed by the hour in which it was used
  const metrics = (METRICS_OF_A_TASK + (retries > 0 ? 1 : 0)) * partOfHours * PRICES.metricMonth;
  const month = { ...ofJobs, storage, metrics, idle: idleLines().reduce((all, { dollars }) => all + dollars, 0) };
  return { ...month, total: Object.values(month).reduce((all, part) => all + part, 0) };
}

/** What one job takes, from its enqueue to its end. */
export function billOfJob(way: Way, { seconds, memoryMb, retries, gets }: Omit<Workload, 'jobs'>): Bill {
  const { enqueue, run: first, together } = WAYS[way];
  const inFunction = (bill: Bill): Bill => ({
    ...bill,
    gbSeconds: bill.gbSeconds * (memoryMb / measured.memoryMb.worker) + (seconds / together) * (memoryMb / 1024),
  });
  // Measured in a full batch; what an attempt alone takes more, a retry does too.
  const again = sum(retry.bill, first, scale(-1, run.bill));
  return sum(enqueue, inFunction(first), scale(retries, inFunction(again)), scale(gets, get.bill));
}

/** A month in which no job runs, line by line, in the stage `prod`. */
export function idleLines() {
  return idle.map((use) => ({ ...use, dollars: use.count * PRICES[use.price as keyof typeof PRICES] }));
}
