import type { Engine } from '../../lambdas/core/engine.ts';
import { type JobRecord, SHARDS, shardOf } from '../../lambdas/core/record.ts';
import { sweep } from '../../lambdas/core/sweep.ts';

/** A scheduled job takes three calls: its record read, its message sent, its mark taken away. */
const CALLS = 3;
/** Of a call, waited for with nine others. */
const WAITED_MS = 8 / 10;
/** Of a call, of a whole core (bench:cpu); 256 MB have 256 of 1,769 parts of one. */
const CPU_MS = 0.15 / (256 / 1_769);

/** What a scheduled job takes of a pass: the slower of the two. */
export const MS_A_JOB = CALLS * Math.max(WAITED_MS, CPU_MS);
/** The function's timeout, less what it keeps back (`adapters/lambda/sweep.ts`). */
export const PASS_MS = 45_000;
const MINUTE_MS = 60_000;
const PAGE = 100;

export interface SweepLoad {
  /** Due when the first pass begins, beside what comes due later. */
  readonly atOnce: number;
  /** Jobs that come due a second. */
  readonly aSecond: number;
  /** Passes, one a minute. */
  readonly minutes: number;
  /** Chooses the shard of a job by its number. Default: as its record does, by its id. */
  readonly shardOf?: (job: number) => number;
}

export interface SweepResult {
  readonly sent: number;
  /** Still waiting after the last pass. */
  readonly left: number;
  /** The longest that a job of each shard waited until it was sent, in seconds; of those that still wait, until the end. */
  readonly longestWaits: readonly number[];
}

/** Runs the sweep itself, pass after pass, on a store and a clock that are numbers. */
export async function sweepUnder({ atOnce, aSecond, minutes, shardOf: chosen }: SweepLoad): Promise<SweepResult> {
  const shardFor = chosen ?? ((job: number) => shardOf(`job ${job}`, SHARDS.attention));
  const due: { id: number; at: number }[][] = Array.from({ length: SHARDS.attention }, () => []);
  const longest = Array.from({ length: SHARDS.attention }, () => 0);
  const times = new Map<string, { at: number; shard: number }>();
  const add = (id: number, at: number) => {
    const shard = shardFor(id);
    due[shard]?.push({ id, at });
    times.set(String(id), { at, shard });
  };
  let now = 0;
  let sent = 0;
  let count = 0;
  for (; count < atOnce; count++) add(count, 0);

  const waited = ({ at, shard }: { at: number; shard: number }) => {
    longest[shard] = Math.max(longest[shard] ?? 0, (now - at) / 1000);
  };
  const engine = {
    clock: { now: () => now },
    queues: { names: ['default'], send: async () => undefined },
    tasks: { find: () => undefined },
    log: { error: () => undefined, warn: () => undefined },
    store: {
      due: async (shard: number, until: number, after?: { at: number; id: number }) => {
        const jobs = due[shard] ?? [];
        const from = after === undefined ? 0 : firstAfter(jobs, after);
        const page = jobs.slice(from, from + PAGE).filter(({ at }) => at <= until);
        const last = page.at(-1);
        return { jobIds: page.map(({ id }) => String(id)), ...(page.length === PAGE && last && { next: last }) };
      },
      get: async (jobId: string) => recordOf(jobId, times.get(jobId)?.at),
      apply: async (jobId: string) => {
        now += MS_A_JOB;
        sent++;
        const time = times.get(jobId);
        times.delete(jobId);
        if (time !== undefined) waited(time);
        return { ok: true };
      },
    },
  } as unknown as Engine;

  for (let minute = 0; minute < minutes; minute++) {
    const began = minute * MINUTE_MS;
    for (let i = 0; i < (minute === 0 ? 0 : aSecond * 60); i++)
      add(count++, began - MINUTE_MS + (i * 1000) / Math.max(1, aSecond));
    now = Math.max(now, began);
    await sweep(engine, began + PASS_MS);
    for (const [shard, jobs] of due.entries()) due[shard] = jobs.filter(({ id }) => times.has(String(id)));
  }
  now = Math.max(now, minutes * MINUTE_MS);
  for (const left of times.values()) waited(left);
  return { sent, left: times.size, longestWaits: longest };
}

function firstAfter(jobs: readonly { id: number; at: number }[], { at, id }: { at: number; id: number }): number {
  let [low, high] = [0, jobs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const job = jobs[middle];
    if (job !== undefined && (job.at < at || (job.at === at && job.id <= id))) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** All that the sweep looks at. */
function recordOf(job_id: string, at: number | undefined): JobRecord | undefined {
  if (at === undefined) return undefined;
  return {
    v: 1,
    job_id,
    task_name: 'task',
    queue: 'default',
    run: job_id,
    status: 'queued',
    attempt: 0,
    attempt_limit: 3,
    max_attempts: 3,
    dispatch: 1,
    attempts: [],
    created_at: 0,
    scheduled_at: at,
    due_at: at,
    input: { json: '{}' },
    shard: 0,
    by_task: 'task#0',
  } as unknown as JobRecord;
}
