import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { fakeClock } from '../../lambdas/adapters/memory/clock.ts';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { writeCursor } from '../../lambdas/core/cursor.ts';
import { type JobFilter, listFailed, listJobs, matches } from '../../lambdas/core/list-jobs.ts';
import { type JobRecord, newRecord, STATUSES } from '../../lambdas/core/record.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { world } from '../world/world.ts';

const TASKS = ['alpha', 'beta'] as const;
const START = Date.UTC(2026, 0, 1);

const task = (name: string) => defineTask({ name, input: z.unknown(), output: z.unknown(), run: () => null });

function setup() {
  const { engine } = world();
  const store = memoryJobStore();
  const reads = { entries: 0, records: 0 };
  const counted = {
    ...store,
    entries: (...asked: Parameters<typeof store.entries>) => {
      reads.entries++;
      return store.entries(...asked);
    },
    getMany: (jobIds: readonly string[]) => {
      reads.records += jobIds.length;
      return store.getMany(jobIds);
    },
  };
  let count = 0;
  const add = ({ task_name = 'alpha', ...change }: Partial<JobRecord> = {}): JobRecord => {
    const job_id = `job-${++count}`;
    const { user_id, project_id, created_at = START } = change;
    const record = {
      ...newRecord(job_id, job_id, task_name, {
        queue: 'default',
        input: { json: '{}' },
        max_attempts: 3,
        scheduled_at: 0,
        created_at,
        ...(user_id === undefined ? {} : { user_id }),
        ...(project_id === undefined ? {} : { project_id }),
      }),
      ...change,
    };
    store.records.set(job_id, record);
    return record;
  };
  const clock = fakeClock(START);
  const tasks = createRegistry(TASKS.map(task));
  return { engine: { ...engine, store: counted, clock, tasks }, store, add, reads };
}

const ids = (jobs: readonly JobRecord[]): string[] => jobs.map(({ job_id }) => job_id);
const newestFirst = (jobs: readonly JobRecord[]) => jobs.toSorted((a, b) => b.created_at - a.created_at);

async function walk(engine: ReturnType<typeof setup>['engine'], filter: JobFilter, limit: number, budget?: number) {
  const pages: JobRecord[][] = [];
  let cursor: string | undefined;
  do {
    const page = await listJobs(engine, filter, { limit, cursor, ...(budget === undefined ? {} : { budget }) });
    pages.push([...page.jobs]);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

const someJob = fc.record({
  task_name: fc.constantFrom(...TASKS),
  created_at: fc.integer({ min: START, max: START + 3 }),
  status: fc.constantFrom(...STATUSES),
  user_id: fc.option(fc.constantFrom('ada', 'bob'), { nil: undefined }),
  project_id: fc.option(fc.constantFrom('p', 'q'), { nil: undefined }),
  tags: fc.constantFrom([], ['x'], ['x', 'y']),
  expires_at: fc.constantFrom(undefined, START, START + 1),
});
const someFilter = fc.record(
  {
    taskName: fc.constantFrom(...TASKS),
    userId: fc.constantFrom('ada', 'bob'),
    projectId: fc.constantFrom('p', 'q'),
    status: fc.constantFrom(...STATUSES),
    tag: fc.constantFrom('x', 'y', 'z'),
    createdAfter: fc.integer({ min: START - 1, max: START + 3 }),
    createdBefore: fc.integer({ min: START, max: START + 4 }),
  },
  { requiredKeys: [] },
);
const given = (job: object) =>
  Object.fromEntries(Object.entries(job).filter(([, value]) => value !== undefined)) as Partial<JobRecord>;

test('pages of any size unite to the whole, newest first, none twice, with jobs arriving and leaving meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(someJob, { maxLength: 60 }),
      fc.array(someJob, { minLength: 1, maxLength: 5 }),
      someFilter,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 30 }),
      async (jobs, arriving, filter, limit, budget) => {
        const { engine, store, add } = setup();
        for (const job of jobs) add(given(job));
        const steady = [...store.records.values()].filter((_job, i) => i % 7 !== 3);
        const leaving = [...store.records.keys()].filter((_job, i) => i % 7 === 3);

        const seen: JobRecord[] = [];
        let cursor: string | undefined;
        do {
          const page = await listJobs(engine, filter, { limit, cursor, budget });
          seen.push(...page.jobs);
          cursor = page.next ?? undefined;
          if (!page.partial && cursor !== undefined) expect(page.jobs).toHaveLength(limit);
          for (const job of arriving) if (store.records.size < 120) add(given(job));
          const gone = leaving.pop();
          if (gone !== undefined) store.records.delete(gone);
        } while (cursor !== undefined);

        expect(new Set(ids(seen)).size).toBe(seen.length);
        expect(seen.map((job) => job.created_at)).toEqual(newestFirst(seen).map((job) => job.created_at));
        const shown = (job: JobRecord) =>
          matches(job, filter) && (job.expires_at === undefined || job.expires_at > START);
        expect(seen.every(shown)).toBe(true);
        expect(ids(seen)).toEqual(expect.arrayContaining(ids(steady.filter(shown))));
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);

test('a list without task, user or project merges the jobs of all tasks', async () => {
  const { engine, add } = setup();
  const jobs = Array.from({ length: 45 }, (_each, i) => add({ task_name: TASKS[i % 2]!, created_at: START + i }));

  const pages = await walk(engine, {}, 20);

  expect(pages.map((page) => page.length)).toEqual([20, 20, 5]);
  expect(ids(pages.flat())).toEqual(ids(newestFirst(jobs)));
});

test('a page that ends exactly with the list has no cursor', async () => {
  const { engine, add } = setup();
  for (let i = 0; i < 4; i++) add({ created_at: START + i });
  expect(await walk(engine, { taskName: 'alpha' }, 2)).toHaveLength(2);
});

test('looks at no more records than its budget, says so, and goes on from there', async () => {
  const { engine, add, reads } = setup();
  for (let i = 0; i < 250; i++) add({ created_at: START + i, status: i === 0 ? 'failed' : 'complete' });

  const first = await listJobs(engine, { status: 'failed' }, { limit: 5, budget: 100 });
  expect(first).toMatchObject({ jobs: [], partial: true, next: expect.any(String) });
  expect(reads.records).toBe(100);

  const second = await listJobs(engine, { status: 'failed' }, { limit: 5, budget: 200, cursor: first.next! });
  expect(second).toMatchObject({ jobs: [{ job_id: 'job-1' }], partial: false, next: null });
});

test('reads no record more than it shows when nothing is passed over', async () => {
  const { engine, add, reads } = setup();
  for (let i = 0; i < 50; i++) add({ created_at: START + i });
  await listJobs(engine, { taskName: 'alpha' }, { limit: 20 });
  expect(reads).toEqual({ entries: 4, records: 20 });
});

test('shows a job whose reused key gave it a new time at its new place only', async () => {
  const { engine, store, add } = setup();
  const moved = add({ created_at: START + 9 });
  const stale = { ...engine.store };
  stale.entries = async (index, key, range) => {
    const page = await store.entries(index, key, range);
    const old = { jobId: moved.job_id, at: START + 1 };
    const isOurs = key === moved.by_task && range.to >= old.at && range.after === undefined;
    return isOurs ? { ...page, entries: [...page.entries, old] } : page;
  };
  const page = await listJobs({ ...engine, store: stale }, { taskName: 'alpha' }, { limit: 10 });
  expect(ids(page.jobs)).toEqual([moved.job_id]);
});

test('a cursor that was changed, cut or meant for another query is refused', async () => {
  const { engine, add } = setup();
  for (let i = 0; i < 9; i++) add({ created_at: START + i, user_id: 'ada' });
  const filter = { userId: 'ada' };
  const { next } = await listJobs(engine, filter, { limit: 2 });
  const cursor = next!;
  const refused = (given: string, of: JobFilter = filter) =>
    expect(listJobs(engine, of, { limit: 2, cursor: given }), given).rejects.toMatchObject({ code: 'invalid_cursor' });

  await refused(cursor, {});
  await refused(cursor, { userId: 'bob' });
  await refused(cursor, { ...filter, status: 'failed' });
  await expect(listFailed(engine, undefined, { limit: 2, cursor })).rejects.toMatchObject({ code: 'invalid_cursor' });
  for (const forged of ['', '.', 'x', `${cursor}x`, `x${cursor}`, `${cursor}.x`, cursor.slice(1), cursor.slice(0, -1)])
    await refused(forged);
  for (const [i, letter] of [...cursor].entries())
    await refused(`${cursor.slice(0, i)}${letter === 'A' ? 'B' : 'A'}${cursor.slice(i + 1)}`);
  for (const place of ['null', '{}', '[1,2,3]', '[1]', '"x"', '[1e999,"a#0","b"]'])
    await refused(`${Buffer.from(place).toString('base64url')}.${cursor.split('.')[1]}`);
  // Another page size is the same query.
  expect((await listJobs(engine, filter, { limit: 5, cursor })).jobs).toHaveLength(5);
});

test('a cursor that somebody made up is refused where it names no place that the list can have', async () => {
  const { engine, add } = setup();
  const jobs = Array.from({ length: 3 }, (_each, i) => add({ created_at: START + i, user_id: 'ada' }));
  const filter = { userId: 'ada', createdAfter: START - 1_000, createdBefore: START + 1_000 };
  const [, second] = jobs;
  const place = { at: START + 1, key: second!.by_user!, jobId: second!.job_id };
  const ask = (changed: Partial<typeof place>) =>
    listJobs(engine, filter, { limit: 5, cursor: writeCursor({ ...place, ...changed }, ['jobs', filter]) });

  for (const at of [-1, 0.5, START + 0.5, 1e300, START - 1_000, START + 1_000])
    await expect(ask({ at }), String(at)).rejects.toMatchObject({ code: 'invalid_cursor' });
  for (const jobId of ['', 'a b', '\ud800', 'x'.repeat(129)])
    await expect(ask({ jobId }), jobId).rejects.toMatchObject({ code: 'invalid_cursor' });

  expect(ids((await ask({})).jobs)).toEqual([jobs[0]!.job_id]);
});

test('failed jobs are listed by when they failed, those that were retried since are not', async () => {
  const { engine, add } = setup();
  add({ status: 'failed', failed_at: START + 1, created_at: START + 9 });
  const last = add({ status: 'failed', failed_at: START + 2, task_name: 'beta' });
  add({ status: 'queued', failed_at: START + 3 });
  add({ status: 'failed', failed_at: START + 3, expires_at: START });

  expect(ids((await listFailed(engine, undefined, { limit: 9 })).jobs)).toEqual([last.job_id, 'job-1']);
  expect(ids((await listFailed(engine, 'alpha', { limit: 9 })).jobs)).toEqual(['job-1']);
});
