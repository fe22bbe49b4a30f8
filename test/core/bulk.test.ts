import { expect, test } from 'vitest';
import * as z from 'zod';
import { BULK_TASK, type BulkOrder, enqueueBulk } from '../../lambdas/core/bulk.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { forUser } from '../../lambdas/core/for-user.ts';
import { type JobFilter, listJobs } from '../../lambdas/core/list-jobs.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { on } from '../world/invocation.ts';
import { world } from '../world/world.ts';

const idle = defineTask({ name: 'idle', input: z.unknown(), output: z.unknown(), run: () => null });

function setup() {
  const w = world({ tasks: [idle] });
  const make = async (count: number, change: Partial<JobRecord> = {}) => {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const { jobId } = await enqueue(
        w.engine,
        'idle',
        {},
        {
          delaySeconds: 3_600,
          userId: change.user_id ?? 'ada',
        },
      );
      w.records.set(jobId, { ...w.records.get(jobId)!, ...change });
      ids.push(jobId);
    }
    return ids;
  };
  /** The result of an order, once its job has run. */
  const order = async (given: Partial<BulkOrder>, engine = w.engine, seconds = 60) => {
    const asked = { action: 'abort' as const, filter: {}, dryRun: false, ...given };
    const { jobId } = await enqueueBulk(engine, asked, undefined);
    while ((await w.work({ seconds })) !== 'nothing');
    return (await ended(jobId)).result;
  };
  const ended = async (jobId: string) => {
    const record = (await w.record(jobId))!;
    const { json, at } = (record.result ?? { json: 'null' }) as { json?: string; at?: string };
    return { record, result: JSON.parse(json ?? (await w.payloads.get(at!))!) };
  };
  const statuses = (ids: readonly string[]) => new Set(ids.map((id) => w.records.get(id)?.status));
  return { w, make, order, statuses, ended };
}

const NO_COUNTS = { matched: 0, changed: 0, skipped: 0, missing: 0, failed: 0, errors: [] };
const NOTHING = { ...NO_COUNTS, dry_run: false, next_job_id: null };

test('aborts the jobs that are named, and says what became of them', async () => {
  const { make, order, statuses } = setup();
  const [kept, ids] = [await make(2), await make(3)];
  const done = await make(1, { status: 'complete' });

  const result = await order({ jobIds: [...ids, ...done, 'nobody', ids[0]!] });

  expect(result).toEqual({ ...NOTHING, matched: 3, changed: 3, skipped: 1, missing: 1 });
  expect(statuses(ids)).toEqual(new Set(['aborted']));
  expect(statuses(kept)).toEqual(new Set(['queued']));
});

test('aborts what a filter shows, through all its pages, and shows how far it is', async () => {
  const { w, make, order, statuses } = setup();
  const [ada, bob] = [await make(230), await make(3, { user_id: 'bob' })];

  const result = await order({ filter: { userId: 'ada', status: 'queued' } });

  expect(result).toEqual({ ...NOTHING, matched: 230, changed: 230 });
  expect(statuses(ada)).toEqual(new Set(['aborted']));
  expect(statuses(bob)).toEqual(new Set(['queued']));
  const job = [...w.records.values()].find(({ task_name }) => task_name === BULK_TASK);
  expect(job).toMatchObject({ status: 'complete', progress: { fraction: 1, note: '230 matched, 230 changed' } });
});

test('retries failed and aborted jobs, and no other', async () => {
  const { make, order, statuses } = setup();
  const ids = [...(await make(2, { status: 'failed' })), ...(await make(2, { status: 'aborted' }))];
  const others = await make(2, { status: 'complete' });

  expect(await order({ action: 'retry', filter: { taskName: 'idle' } })).toMatchObject({
    matched: 4,
    changed: 4,
    skipped: 2,
  });

  expect(statuses(ids)).toEqual(new Set(['complete'])); // they have run meanwhile
  expect(statuses(others)).toEqual(new Set(['complete']));
});

test('a dry run counts and changes nothing', async () => {
  const { make, order, statuses } = setup();
  const ids = await make(5);
  const result = await order({ filter: { taskName: 'idle' }, dryRun: true });
  expect(result).toEqual({ ...NOTHING, matched: 5, dry_run: true });
  expect(statuses(ids)).toEqual(new Set(['queued']));
});

test('means no job that was enqueued after the order', async () => {
  const { w, make, statuses } = setup();
  await make(1);
  await enqueueBulk(w.engine, { action: 'abort', filter: { taskName: 'idle' }, dryRun: false }, undefined);
  await w.clock.advance(5);
  const later = await make(1);
  while ((await w.work()) !== 'nothing');
  expect(statuses(later)).toEqual(new Set(['queued']));
});

test('goes on in a job of its own when its time runs out, and counts on', async () => {
  const { w, make, ended } = setup();
  const ids = await make(250);
  const { jobId } = await enqueueBulk(
    w.engine,
    { action: 'abort', filter: { taskName: 'idle' }, dryRun: false },
    undefined,
  );
  await w.work({ seconds: 9 }); // less than a page's time is left after the first

  const first = (await ended(jobId)).result;
  expect(first).toMatchObject({ matched: 100, changed: 100, next_job_id: expect.any(String) });
  await w.work({ seconds: 9 });
  await w.work({ seconds: 9 });
  const second = (await ended(first.next_job_id)).result;
  const last = (await ended(second.next_job_id)).result;
  expect(last).toEqual({ ...NOTHING, matched: 250, changed: 250 });
  expect(new Set(ids.map((id) => w.records.get(id)?.status))).toEqual(new Set(['aborted']));
});

test.each([9, 60])(
  'run again after it went on, says what it had done and where it goes on: with %d s, too',
  async (seconds) => {
    const { w, make, ended } = setup();
    await make(250);
    const { jobId } = await enqueueBulk(
      w.engine,
      { action: 'abort', filter: { taskName: 'idle' }, dryRun: false },
      undefined,
    );
    expect(await w.work({ seconds: 9, faults: on('complete', 'crash before') })).toBe('crashed');
    await w.clock.advance(15_000);
    while ((await w.work({ seconds })) !== 'nothing');

    const first = await ended(jobId);
    expect(first.record).toMatchObject({ status: 'complete', attempt: 2 });
    expect(first.result).toMatchObject({ matched: 100, changed: 100, skipped: 0, next_job_id: expect.any(String) });
    const orders = [...w.records.values()].filter(({ task_name }) => task_name === BULK_TASK);
    expect(new Set(orders.map(({ status }) => status))).toEqual(new Set(['complete']));
    const last = await ended(orders.at(-1)!.job_id);
    expect(last.result).toEqual({ ...NOTHING, matched: 250, changed: 250 });
  },
);

test('for a user, touches that user’s jobs only', async () => {
  const { w, make, order, statuses } = setup();
  const [ada, bob] = [await make(2), await make(2, { user_id: 'bob' })];
  const engine = forUser(w.engine, 'ada');
  expect(await order({ jobIds: [...ada, ...bob] }, engine)).toEqual({ ...NOTHING, matched: 2, changed: 2, missing: 2 });
  expect(await order({ filter: { taskName: 'idle' } }, engine)).toMatchObject({ matched: 0, skipped: 2 });
  expect(statuses(bob)).toEqual(new Set(['queued']));
});

test('for a user, refuses at once to mean another’s jobs', async () => {
  const { w } = setup();
  const order = { action: 'abort' as const, filter: { userId: 'bob' }, dryRun: false };
  await expect(enqueueBulk(forUser(w.engine, 'ada'), order, undefined)).rejects.toMatchObject({ code: 'forbidden' });
  expect(w.messages()).toEqual([]);
});

test.each([
  ['another’s jobs', { filter: { userId: 'bob' } }],
  ['a place that no list has', { filter: {}, after: { place: 'x', counts: NO_COUNTS } }],
])('fails at once for %s, which no other attempt would mend', async (_what, asked) => {
  const { w, ended } = setup();
  const input = { action: 'abort', dry_run: false, ...asked };
  const { jobId } = await enqueue(w.engine, BULK_TASK, input, { userId: 'ada' });
  await w.work();
  expect((await ended(jobId)).record).toMatchObject({ status: 'failed', attempt: 1 });
});

test('is in no list of its user’s jobs but one that asks for it', async () => {
  const { w, make } = setup();
  const ids = await make(2);
  const engine = forUser(w.engine, 'ada');
  const { jobId } = await enqueueBulk(engine, { action: 'abort', jobIds: ids, filter: {}, dryRun: true }, undefined);
  const listed = async (filter: JobFilter) =>
    (await listJobs(engine, filter, { limit: 10 })).jobs.map(({ job_id }) => job_id).toSorted();
  expect(await listed({})).toEqual(ids.toSorted());
  expect(await listed({ status: 'queued' })).toEqual(ids.toSorted());
  expect(await listed({ taskName: BULK_TASK })).toEqual([jobId]);
});

test('is found, but not listed', () => {
  const { w } = setup();
  expect(w.engine.tasks.all.map(({ name }) => name)).toEqual(['idle']);
  expect(w.engine.tasks.find(BULK_TASK)?.name).toBe(BULK_TASK);
  expect(w.engine.tasks.isSystem(BULK_TASK)).toBe(true);
});
