import { monthOf } from '../cost/estimate.ts';
import { PRICES } from '../prices.ts';
import { LIMITS } from './limits.ts';

const DAYS = 30;
const SECONDS_A_MONTH = DAYS * 86_400;
const BATCH = 10;
/** Of a plain job: put and index entry, claim, finish. */
const WRITES_A_JOB = 4;
/** Of the API's function; a batch of a hundred takes 250 ms. */
const SECONDS_A_CALL = 0.02;
const SECONDS_A_HUNDRED = 0.25;

export interface Need {
  readonly what: string;
  readonly value: number;
  /** What AWS allows by default; undefined: nothing limits it. */
  readonly limit?: number;
  /** The limit of a table that has not grown yet. */
  readonly limitAtFirst?: number;
}

/** What a steady rate of plain jobs takes: of the limits, and of money a month. Attempts of `seconds`, in full batches. */
export function needsOf(jobsASecond: number, seconds: number): readonly Need[] {
  const workload = {
    jobs: jobsASecond * SECONDS_A_MONTH,
    seconds,
    memoryMb: 512,
    retries: 0,
    gets: 0,
    retentionDays: DAYS,
  };
  const workers = Math.ceil((jobsASecond * seconds) / BATCH);
  const month = monthOf('byTheHundred', workload);
  return [
    { what: 'requests a second, one by one', value: jobsASecond, limit: LIMITS.apiRequests.value },
    { what: 'requests a second, by the hundred', value: jobsASecond / 100, limit: LIMITS.apiRequests.value },
    {
      what: 'API functions at once, one by one',
      value: Math.ceil(jobsASecond * SECONDS_A_CALL),
      limit: LIMITS.concurrency.value,
    },
    {
      what: 'API functions at once, by the hundred',
      value: Math.ceil((jobsASecond / 100) * SECONDS_A_HUNDRED),
      limit: LIMITS.concurrency.value,
    },
    { what: `workers at once, ${seconds} s a job`, value: workers, limit: LIMITS.queueConcurrency.value },
    { what: 'messages in flight', value: Math.ceil(jobsASecond * seconds), limit: LIMITS.inFlight.value },
    {
      what: 'write units a second, of the table',
      value: jobsASecond * WRITES_A_JOB,
      limit: LIMITS.tableWrites.value,
      limitAtFirst: LIMITS.newTableWrites.value,
    },
    { what: 'GB of logs a day', value: month.logs / PRICES.logsByte / DAYS / 1e9 },
    { what: 'GB of records, kept for 30 days', value: (workload.jobs * 1.2) / 1e6 },
    { what: 'dollars a month, by the hundred', value: month.total - month.idle },
  ];
}
