import { expect, it } from 'vitest';
import { ended, enqueue, eventually, get, type Job, post } from './client.ts';

interface Stats {
  readonly queues: Record<string, { ready: number; in_flight: number; delayed: number }>;
  readonly dead_letters: { ready: number };
  readonly failed: Record<string, { count: number }>;
}

it('shows what failed, counts it, and runs it again', async () => {
  const before = (await get('/stats')).body as Stats;
  expect(Object.keys(before.queues).toSorted()).toEqual(['crowded', 'default', 'risky']);
  const job_id = await enqueue('flaky', { failures: 1 }, { max_attempts: 1 });
  expect(await ended(job_id)).toMatchObject({ status: 'failed' });

  const shown = await eventually(async () => {
    const { body } = await get('/dead-letters?task_name=flaky&limit=100');
    const value = (body as { jobs: Job[] }).jobs.find((job) => job.job_id === job_id);
    return { value, done: value !== undefined };
  }, 'dead letters');
  expect(shown).toMatchObject({ status: 'failed', error_message: expect.any(String) });
  const stats = (await get('/stats')).body as Stats;
  expect(stats.failed.flaky!.count).toBe(before.failed.flaky!.count + 1);
  expect(stats.dead_letters.ready).toBeGreaterThan(0);

  const redriven = await post('/dead-letters/redrive', { job_ids: [job_id] });
  expect(redriven).toMatchObject({ status: 202, body: { redriven: 1, left: 0 } });
  expect(await ended(job_id)).toMatchObject({ status: 'complete', attempt: 2 });
});
