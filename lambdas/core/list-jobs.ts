import { readCursor, writeCursor } from './cursor.ts';
import type { Engine } from './engine.ts';
import { userFor } from './for-user.ts';
import { type Merged, newestFirst, type Position } from './newest-first.ts';
import type { ListIndex } from './ports.ts';
import { isExpired, type JobRecord, partitionsOf, type Status } from './record.ts';

/** Which jobs a list shows. What is given must all hold. */
export interface JobFilter {
  readonly taskName?: string | undefined;
  readonly userId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly status?: Status | undefined;
  readonly tag?: string | undefined;
  /** Epoch milliseconds, itself left out. */
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
}

export interface JobPage {
  readonly jobs: readonly JobRecord[];
  /** Where the list goes on; null: it ends here. */
  readonly next: string | null;
  /** The read budget was used up before the page was full. */
  readonly partial: boolean;
}

/** Most records that a page may look at, whatever its filters pass over. */
export const READ_BUDGET = 1_000;
const BATCH = 100;
/** The last time that there is: what a JavaScript `Date` can hold. */
export const END_OF_TIME = 8.64e15;

/**
 * A page of jobs, the newest first: of a user, a project or a task; without any of them, of all tasks that this version knows. Jobs of
 * the system itself only where their task is named.
 *
 * Reads index keys, then the records they name. A page is full unless the list ends, or {@link READ_BUDGET} records were
 * looked at. The indexes lag behind writes by moments.
 * @throws StintError `invalid_cursor`
 */
export async function listJobs(
  engine: Engine,
  asked: JobFilter,
  { limit, cursor, budget = READ_BUDGET }: { limit: number; cursor?: string | undefined; budget?: number },
): Promise<JobPage> {
  const filter = { ...asked, userId: userFor(engine, asked.userId) };
  const { index, keys, exact } = placeOf(engine, filter);
  const range = {
    from: filter.createdAfter === undefined ? 0 : Math.max(0, filter.createdAfter + 1),
    to: filter.createdBefore === undefined ? END_OF_TIME : filter.createdBefore - 1,
  };
  const query = ['jobs', filter];
  const after = cursor === undefined ? undefined : readCursor(cursor, query, range);
  const list = newestFirst(engine.store, index, keys, range, after);
  const standsAt = (record: JobRecord) => record.created_at;
  // The system's own jobs stand in the index of whoever ordered them, and are shown to who asks for them.
  const isMeant = ({ task_name }: JobRecord) => filter.taskName !== undefined || !engine.tasks.isSystem(task_name);
  const shows = (record: JobRecord) => matches(record, filter) && isMeant(record);
  return pageOf(engine, list, { limit, budget, exact, query, standsAt, shows });
}

/**
 * A page of the jobs that failed and were buried, those that failed last first: of a task, or of all that this version knows.
 * @throws StintError `invalid_cursor`
 */
export async function listFailed(
  engine: Engine,
  taskName: string | undefined,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<JobPage> {
  const query = ['failed', taskName];
  const range = { from: 0, to: END_OF_TIME };
  const after = cursor === undefined ? undefined : readCursor(cursor, query, range);
  const list = newestFirst(engine.store, 'failed', taskPartitions(engine, taskName), range, after);
  const standsAt = (record: JobRecord) => record.failed_at;
  const shows = (record: JobRecord) => record.status === 'failed';
  return pageOf(engine, list, { limit, budget: READ_BUDGET, exact: true, query, standsAt, shows });
}

/** Whether a record is one that the filter means. */
export function matches(record: JobRecord, filter: JobFilter): boolean {
  const { taskName, userId, projectId, status, tag, createdAfter, createdBefore } = filter;
  return (
    (taskName === undefined || record.task_name === taskName) &&
    (userId === undefined || record.user_id === userId) &&
    (projectId === undefined || record.project_id === projectId) &&
    (status === undefined || record.status === status) &&
    (tag === undefined || (record.tags ?? []).includes(tag)) &&
    (createdAfter === undefined || record.created_at > createdAfter) &&
    (createdBefore === undefined || record.created_at < createdBefore)
  );
}

/** The partitions of a task's jobs, or of those of all tasks. */
export function taskPartitions({ tasks }: Pick<Engine, 'tasks'>, taskName: string | undefined): string[] {
  const names = taskName === undefined ? tasks.all.map((task) => task.name) : [taskName];
  return names.flatMap((name) => partitionsOf('task', name));
}

/** The index that passes over the fewest jobs, and whether it passes over none. */
function placeOf(engine: Engine, filter: JobFilter): { index: ListIndex; keys: string[]; exact: boolean } {
  const { taskName, userId, projectId, status, tag } = filter;
  const plain = status === undefined && tag === undefined;
  if (userId !== undefined)
    return {
      index: 'by-user',
      keys: partitionsOf('user', userId),
      exact: plain && projectId === undefined && taskName === undefined,
    };
  if (projectId !== undefined)
    return { index: 'by-project', keys: partitionsOf('project', projectId), exact: plain && taskName === undefined };
  return { index: 'by-task', keys: taskPartitions(engine, taskName), exact: plain };
}

interface PageWanted {
  readonly limit: number;
  readonly budget: number;
  /** Nearly each entry of the list will be shown: none is read ahead. */
  readonly exact: boolean;
  readonly query: unknown;
  /** The time under which the index should have the record: one that has moved is met at its new place. */
  standsAt(record: JobRecord): number | undefined;
  shows(record: JobRecord): boolean;
}

async function pageOf({ store, clock }: Engine, list: Merged, wanted: PageWanted): Promise<JobPage> {
  const { limit, budget, exact, query } = wanted;
  const now = clock.now();
  const jobs: JobRecord[] = [];
  const goesOnAfter = (position: Position, partial: boolean): JobPage => ({
    jobs,
    next: writeCursor(position, query),
    partial,
  });
  for (let looked = 0; ; ) {
    const missing = limit - jobs.length;
    const ahead = looked > 0 ? BATCH : exact ? missing : 2 * missing;
    const chunk = await list.take(Math.min(ahead, BATCH, budget - looked));
    const last = chunk.at(-1);
    if (last === undefined) return { jobs, next: null, partial: false };
    looked += chunk.length;
    const records = await store.getMany(chunk.map(({ jobId }) => jobId));
    const byId = new Map(records.map((record) => [record.job_id, record]));
    for (const position of chunk) {
      const record = byId.get(position.jobId);
      if (record === undefined || wanted.standsAt(record) !== position.at) continue;
      if (isExpired(record, now) || !wanted.shows(record)) continue;
      jobs.push(record);
      if (jobs.length < limit) continue;
      const ends = position === last && (await list.peek()) === undefined;
      return ends ? { jobs, next: null, partial: false } : goesOnAfter(position, false);
    }
    if (looked < budget) continue;
    const ends = (await list.peek()) === undefined;
    return ends ? { jobs, next: null, partial: false } : goesOnAfter(last, true);
  }
}
