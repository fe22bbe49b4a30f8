import { type Engine, SEND_GRACE_MS } from './engine.ts';
import { END_OF_TIME, listJobs } from './list-jobs.ts';
import type { Depths } from './ports.ts';
import { dueSince, type JobRecord, partitionsOf } from './record.ts';
import type { AnyTask } from './task.ts';

export interface Stats extends Depths {
  readonly failed: readonly FailedCount[];
  /** The job that has waited longest since its time came, of those looked at whose time is known. */
  readonly oldestWaiting: { readonly job: JobRecord; readonly since: number } | undefined;
  /** All that wait were looked at, and their times known: no job waits longer. */
  readonly oldestIsExact: boolean;
}

export interface FailedCount {
  readonly taskName: string;
  readonly count: number;
  /** There are more than were counted. */
  readonly more: boolean;
}

/** Most failed jobs of a task that are counted, in each of its partitions. */
export const MOST_FAILED_COUNTED = 1_000;
/** Most records that are looked at for the one that has waited longest: the newest. */
export const MOST_WAITING_LOOKED_AT = 300;
const DAY_MS = 86_400_000;

/** How things stand, at a bounded cost. SQS's counts are approximate, and the indexes lag by moments. */
export async function stats(engine: Engine & { readonly depths: () => Promise<Depths> }): Promise<Stats> {
  const [depths, failed, waiting] = await Promise.all([
    engine.depths(),
    Promise.all(engine.tasks.all.map((task) => countFailed(engine, task))),
    oldestWaiting(engine),
  ]);
  return { ...depths, failed, ...waiting };
}

async function countFailed({ store, clock }: Engine, task: AnyTask): Promise<FailedCount> {
  // Whatever failed before is hidden by now, though DynamoDB may not have deleted it yet.
  const from = Math.max(0, clock.now() - task.retentionDays * DAY_MS + 1);
  const range = { from, to: END_OF_TIME, limit: MOST_FAILED_COUNTED };
  const partitions = partitionsOf('task', task.name);
  const pages = await Promise.all(partitions.map((key) => store.entries('failed', key, range)));
  const count = pages.reduce((sum, { entries }) => sum + entries.length, 0);
  return { taskName: task.name, count, more: pages.some(({ more }) => more) };
}

async function oldestWaiting(engine: Engine): Promise<Pick<Stats, 'oldestWaiting' | 'oldestIsExact'>> {
  const budget = MOST_WAITING_LOOKED_AT;
  const { jobs, next } = await listJobs(engine, { status: 'queued' }, { limit: budget, budget });
  const now = engine.clock.now();
  let oldest: Stats['oldestWaiting'];
  let isExact = next === null;
  for (const job of jobs) {
    const since = dueSince(job) ?? markedSince(job);
    if (since === undefined) isExact = false;
    else if (since <= now && (oldest === undefined || since < oldest.since)) oldest = { job, since };
  }
  return { oldestWaiting: oldest, oldestIsExact: isExact };
}

/** When a job was told by hand to run at once: it was marked for the sweep then, which in a minute takes the mark away. */
const markedSince = ({ due_at }: JobRecord): number | undefined =>
  due_at === undefined ? undefined : due_at - SEND_GRACE_MS;
