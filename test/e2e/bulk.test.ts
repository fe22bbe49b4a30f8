import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { call, ended, enqueue, eventually, get, job, post } from './client.ts';

const listed = (user_id: string, count: number) =>
  eventually(async () => {
    const { body } = await get(`/jobs?user_id=${user_id}&limit=100`);
    const value = (body as { jobs: unknown[] }).jobs.length;
    return { value, done: value === count };
  }, 'the index');

describe.concurrent('many jobs at once', () => {
  it('are counted, aborted and retried by a job of the system', async () => {
    const user_id = randomUUID();
    const entry = { task_name: 'echo', input: { value: 1 }, user_id, delay_seconds: 800 };
    const batch = await post('/jobs/batch', { jobs: Array.from({ length: 30 }, () => entry) });
    const ids = (batch.body as { jobs: { job_id: string }[] }).jobs.map(({ job_id }) => job_id);
    await listed(user_id, 30);
    const order = async (action: string, body: object) => {
      const answer = await post(`/jobs/${action}`, body);
      expect(answer.status).toBe(202);
      return (await ended((answer.body as { job_id: string }).job_id)).result;
    };

    expect(await order('abort', { user_id, dry_run: true })).toMatchObject({ matched: 30, changed: 0 });
    expect(await order('abort', { user_id })).toMatchObject({ matched: 30, changed: 30, failed: 0 });
    expect(await job(ids[29]!)).toMatchObject({ status: 'aborted' });
    expect(await order('retry', { job_ids: ids.slice(0, 3) })).toMatchObject({ matched: 3, changed: 3 });
    expect(await ended(ids[0]!)).toMatchObject({ status: 'complete' });
  });
});

describe.concurrent('a job that waits', () => {
  it('is given another input and run at once', async () => {
    const job_id = await enqueue('echo', { value: 'old' }, { delay_seconds: 800 });
    const patched = await call('PATCH', `/jobs/${job_id}`, { body: { input: { value: 'new' }, now: true } });
    expect(patched).toMatchObject({ status: 200, body: { status: 'queued', scheduled_at: null } });
    expect(await ended(job_id)).toMatchObject({ status: 'complete', attempt: 1, result: { value: 'new' } });
    const late = await call('PATCH', `/jobs/${job_id}`, { body: { now: true } });
    expect(late).toMatchObject({ status: 409, body: { job_status: 'complete' } });
  });
});
