import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Journal } from './aws.ts';
import { ended, enqueue, job, requestJob } from './client.ts';

describe.concurrent('a key', () => {
  it('answers the unfinished job that holds it, and is free again after its end', async () => {
    const key = randomUUID();
    const journal = new Journal();
    const options = { key, tags: [journal.tag] };
    const job_id = await enqueue('sleeper', { seconds: 3 }, options);

    const again = await requestJob('sleeper', { seconds: 0 }, options);
    expect(again.body).toMatchObject({ job_id, deduplicated: true });
    const first = await ended(job_id);
    expect(first).toMatchObject({ status: 'complete', attempt: 1 });

    const anew = await requestJob('sleeper', { seconds: 0 }, options);
    expect(anew).toMatchObject({ status: 202, body: { status: 'queued', deduplicated: false } });
    const second = await ended((anew.body as { job_id: string }).job_id);
    expect(second).toMatchObject({ status: 'complete', attempt: 1 });
    expect(second.created_at > first.created_at).toBe(true);
    expect((await journal.names()).filter((name) => name === 'run')).toHaveLength(2);
  });

  it('makes one job of two requests at once', async () => {
    // Delayed: a job that ends between the two would rightly leave its key to the second.
    const options = { key: randomUUID(), delay_seconds: 3 };

    const answers = await Promise.all([1, 2].map((value) => requestJob('echo', { value }, options)));
    const bodies = answers.map(({ body }) => body as { job_id: string; deduplicated: boolean });

    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(bodies[0]!.job_id).toBe(bodies[1]!.job_id);
    expect(bodies.map(({ deduplicated }) => deduplicated).toSorted()).toEqual([false, true]);
    expect(await ended(bodies[0]!.job_id)).toMatchObject({ status: 'complete', attempt: 1 });
  });

  it('is each task’s own', async () => {
    const key = randomUUID();
    const options = { key, delay_seconds: 300 };

    expect(await enqueue('echo', { value: 1 }, options)).not.toBe(await enqueue('flaky', { failures: 0 }, options));
  });
});

describe.concurrent('an Idempotency-Key', () => {
  it('makes one job of two requests, even at once, which runs once', async () => {
    const journal = new Journal();
    const headers = { 'idempotency-key': randomUUID() };
    const options = { tags: [journal.tag] };
    const request = () => requestJob('echo', { value: 1 }, options, headers);

    const answers = await Promise.all([request(), request()]);
    const [job_id, other] = answers.map(({ body }) => (body as { job_id: string }).job_id);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(other).toBe(job_id);
    expect(await ended(job_id!)).toMatchObject({ status: 'complete', attempt: 1 });

    // After its end as well.
    expect((await request()).body).toMatchObject({ job_id, deduplicated: true });
    expect(await job(job_id!)).toMatchObject({ status: 'complete', attempt: 1 });
    expect((await journal.names()).filter((name) => name === 'run')).toHaveLength(1);
  });

  it('of another request is a conflict that says what to do', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    await requestJob('echo', { value: 1 }, {}, headers);

    const answer = await requestJob('echo', { value: 2 }, {}, headers);

    expect(answer).toMatchObject({
      status: 409,
      body: { status: 409, detail: expect.stringContaining('Idempotency-Key') },
    });
  });
});
