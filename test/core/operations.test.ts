import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { redrive } from '../../lambdas/core/redrive.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { stats } from '../../lambdas/core/stats.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { world } from '../world/world.ts';

const broken = { now: true };
const task = (name: string) =>
  defineTask({
    name,
    input: z.unknown(),
    output: z.unknown(),
    maxAttempts: 1,
    run: () => {
      if (broken.now) throw new Error('no');
      return null;
    },
  });

function setup() {
  const w = world({ tasks: [task('one'), task('two')] });
  broken.now = true;
  const make = async (count: number, taskName = 'one') => {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push((await enqueue(w.engine, taskName, {})).jobId);
    return ids;
  };
  const buried = async (count: number, taskName = 'one') => {
    const ids = await make(count, taskName);
    await w.settle();
    return ids;
  };
  const change = (id: string, by: Partial<JobRecord>) => w.records.set(id, { ...w.records.get(id)!, ...by });
  const statuses = (ids: readonly string[]) => ids.map((id) => w.records.get(id)?.status);
  return { w, make, buried, change, statuses };
}

describe('a redrive', () => {
  test('runs all buried jobs again; stale envelopes are tidied away', async () => {
    const { w, buried, statuses } = setup();
    const ids = [...(await buried(3)), ...(await buried(2, 'two'))];
    expect(w.envelopes()).toHaveLength(5);
    broken.now = false;

    const done = await redrive(w.engine, { all: true });

    expect(done).toMatchObject({ left: 0, more: false });
    expect(done.jobs.map(({ jobId }) => jobId).toSorted()).toEqual(ids.toSorted());
    await w.settle();
    await w.tidy();
    expect(new Set(statuses(ids))).toEqual(new Set(['complete']));
    expect(w.envelopes()).toEqual([]);
  });

  test('of a task leaves the others buried', async () => {
    const { w, buried, statuses } = setup();
    const [one, two] = [await buried(2), await buried(2, 'two')];
    expect((await redrive(w.engine, { taskName: 'one' })).jobs).toHaveLength(2);
    expect(statuses(one)).toEqual(['queued', 'queued']);
    expect(statuses(two)).toEqual(['failed', 'failed']);
  });

  test('of named jobs says of each what became of it', async () => {
    const { w, buried, change } = setup();
    const [first, done, aborted] = await buried(3);
    change(done!, { status: 'complete' });
    change(aborted!, { status: 'aborted' });
    const { jobs, left } = await redrive(w.engine, { jobIds: [first!, done!, aborted!, 'nobody', first!] });
    expect(jobs).toEqual([
      { jobId: first },
      { jobId: done, error: expect.objectContaining({ code: 'conflict', jobStatus: 'complete' }) },
      { jobId: aborted, error: expect.objectContaining({ code: 'conflict', jobStatus: 'aborted' }) },
      { jobId: 'nobody', error: expect.objectContaining({ code: 'not_found' }) },
    ]);
    expect(left).toBe(0);
  });

  test('is bounded by number, and says how many are left', async () => {
    const { w, make, change } = setup();
    for (const id of await make(530)) change(id, { status: 'failed', failed_at: w.clock.now() });
    const done = await redrive(w.engine, { all: true });
    expect(done.jobs).toHaveLength(500);
    expect(done).toMatchObject({ left: 30, more: false });
    expect(await redrive(w.engine, { all: true })).toMatchObject({ left: 0 });
  });

  test('is bounded by time', async () => {
    const { w, buried } = setup();
    await buried(40);
    let time = 12_000;
    const done = await redrive(w.engine, { all: true }, () => {
      time -= 3_000;
      return time;
    });
    expect(done.jobs).toHaveLength(32);
    expect(done.left).toBe(8);
  });
});

describe('the stats', () => {
  const none = { ready: 0, inFlight: 0, delayed: 0 };
  const depths = async () => ({ queues: { default: none }, deadLetters: none, undeliverable: none });

  test('count failed jobs by task, without those that have expired', async () => {
    const { w, buried } = setup();
    await buried(2, 'two');
    await w.clock.advance(31 * 86_400_000);
    await buried(3, 'two');
    const { failed } = await stats({ ...w.engine, depths });
    expect(failed).toEqual([
      { taskName: 'one', count: 0, more: false },
      { taskName: 'two', count: 3, more: false },
    ]);
  });

  test('tell the job that has waited longest since its time came', async () => {
    const { w, make } = setup();
    expect((await stats({ ...w.engine, depths })).oldestWaiting).toBeUndefined();
    const { jobId } = await enqueue(w.engine, 'one', {}, { delaySeconds: 5 });
    await enqueue(w.engine, 'one', {}, { delaySeconds: 500 });
    await w.clock.advance(10_000);
    await make(2);
    await w.clock.advance(1_000);
    const { oldestWaiting, oldestIsExact } = await stats({ ...w.engine, depths });
    expect(oldestWaiting?.job.job_id).toBe(jobId);
    expect(w.clock.now() - oldestWaiting!.since).toBe(6_000);
    expect(oldestIsExact).toBe(true);
  });

  test('count the wait of a job that was run again by hand from then on, while that is known', async () => {
    const { w, buried } = setup();
    const [jobId] = await buried(1, 'one');
    await w.clock.advance(20 * 86_400_000);
    await retryJob(w.engine, jobId!);
    await w.clock.advance(30_000);
    const asked = await stats({ ...w.engine, depths });
    expect(asked.oldestWaiting?.job.job_id).toBe(jobId);
    expect(w.clock.now() - asked.oldestWaiting!.since).toBe(30_000);

    await w.clock.advance(30_000);
    await w.sweep();
    expect(await stats({ ...w.engine, depths })).toMatchObject({ oldestWaiting: undefined, oldestIsExact: false });
  });
});
