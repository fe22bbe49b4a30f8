import { describe, expect, it } from 'vitest';
import { Journal } from './aws.ts';
import { ended, enqueue, job, jobThatIs, post } from './client.ts';

const abort = (jobId: string) => post(`/jobs/${jobId}/abort`);
const retry = (jobId: string) => post(`/jobs/${jobId}/retry`);

describe.concurrent('abort', () => {
  it('ends a queued job at once, and no attempt of it ever starts', async () => {
    const journal = new Journal();
    const job_id = await enqueue('echo', { value: 1 }, { delay_seconds: 2, tags: [journal.tag] });

    const answer = await abort(job_id);
    expect(answer).toMatchObject({ status: 202, body: { status: 'aborted' } });
    expect(await job(job_id)).toMatchObject({ status: 'aborted', attempt: 0, completed_at: expect.any(String) });

    // Its message comes before this one's.
    await ended(await enqueue('echo', { value: 2 }, { delay_seconds: 3 }));
    expect(await job(job_id)).toMatchObject({ status: 'aborted', attempt: 0, started_at: null });
    expect(await journal.names()).not.toContain('run');
  });

  it('tells a running job, which ends aborted', async () => {
    const job_id = await enqueue('sleeper', { seconds: 12 });
    await jobThatIs(job_id, ({ status }) => status === 'active');

    const answer = await abort(job_id);
    expect(answer).toMatchObject({ status: 202, body: { status: 'aborting' } });
    expect(await abort(job_id)).toMatchObject({ status: 202 });

    expect(await ended(job_id)).toMatchObject({ status: 'aborted', attempt: 1, result: null });
  });

  it('of a job that has ended is a conflict that names its status', async () => {
    const job_id = await enqueue('echo', { value: 1 });
    await ended(job_id);

    const answer = await abort(job_id);

    expect(answer).toMatchObject({ status: 409, body: { status: 409, detail: expect.stringContaining('complete') } });
  });
});

describe.concurrent('retry by hand', () => {
  it('runs a failed job again, with fresh attempts', async () => {
    const job_id = await enqueue('flaky', { failures: 2 }, { max_attempts: 2 });
    expect(await ended(job_id)).toMatchObject({ status: 'failed', attempt: 2 });

    const answer = await retry(job_id);

    expect(answer).toMatchObject({ status: 202, body: { job_id, status: 'queued' } });
    expect(await ended(job_id)).toMatchObject({
      status: 'complete',
      attempt: 3,
      result: { attempt: 3 },
      error_message: null,
    });
  });

  it('runs an aborted job after all', async () => {
    const job_id = await enqueue('echo', { value: 'after all' }, { delay_seconds: 300 });
    await abort(job_id);

    expect(await retry(job_id)).toMatchObject({ status: 202 });
    expect(await ended(job_id)).toMatchObject({ status: 'complete', attempt: 1, result: { value: 'after all' } });
  });

  it('of a job that is complete, or still to run, is a conflict', async () => {
    const complete = await enqueue('echo', { value: 1 });
    const queued = await enqueue('echo', { value: 1 }, { delay_seconds: 300 });
    await ended(complete);

    expect(await retry(complete)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('complete') } });
    expect(await retry(queued)).toMatchObject({ status: 409, body: { detail: expect.stringContaining('queued') } });
  });
});
