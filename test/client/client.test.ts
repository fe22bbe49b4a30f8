import { describe, expect, it } from 'vitest';
import {
  ApiError,
  ConflictError,
  EnqueueManyError,
  InvalidInputError,
  JobAbortedError,
  JobFailedError,
  JobHandle,
  NotAllowedError,
  NotFoundError,
} from '../../client/index.ts';
import { openGuard } from '../../lambdas/http/auth/guard.ts';
import { HttpProblem } from '../../lambdas/http/problem.ts';
import { setup } from './setup.ts';

const NO_JOB = '00000000-0000-7000-8000-ffffffffffff';
const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (value) => expect.fail(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

describe('enqueue', () => {
  it('enqueues a job and gives its result', async () => {
    const { client } = await setup();

    const job = await client.enqueue('double', { number: 21 });

    expect(job).toMatchObject({
      job_id: expect.any(String),
      task_name: 'double',
      status: 'queued',
      deduplicated: false,
    });
    expect(await job.result()).toEqual({ number: 42 });
  });

  it('passes every option on', async () => {
    const { client, worker } = await setup();
    worker.paused = true;
    const scheduledAt = new Date(Date.now() + 60_000);

    const job = await client.enqueue(
      'double',
      { number: 1 },
      {
        userId: 'ada',
        projectId: 'engine',
        maxAttempts: 7,
        key: 'k',
        tags: ['a', 'b'],
        scheduledAt,
        requestId: 'req-1',
      },
    );

    expect(await job.get()).toMatchObject({
      user_id: 'ada',
      project_id: 'engine',
      max_attempts: 7,
      key: 'k',
      tags: ['a', 'b'],
      scheduled_at: scheduledAt.toISOString(),
      request_id: 'req-1',
    });
  });

  it('is told of a misspelt option by the API', async () => {
    const { client } = await setup();

    const error = await thrownBy(client.enqueue('double', { number: 1 }, { delaySecond: 3 } as object));

    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).problem.errors?.[0]?.path).toBe('$.delay_second');
  });

  it('makes one job of an idempotency key, and says that it was there', async () => {
    const { client } = await setup();

    const first = await client.enqueue('double', { number: 1 }, { idempotencyKey: 'once' });
    const second = await client.enqueue('double', { number: 1 }, { idempotencyKey: 'once' });

    expect(second).toMatchObject({ job_id: first.job_id, deduplicated: true });
    expect(await thrownBy(client.enqueue('double', { number: 2 }, { idempotencyKey: 'once' }))).toBeInstanceOf(
      ConflictError,
    );
  });

  it('carries the problem document in its error', async () => {
    const { client } = await setup();

    const error = await thrownBy(client.enqueue('double', { number: 'one' } as never));

    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      name: 'InvalidInputError',
      status: 422,
      code: 'invalid_input',
      message: expect.stringMatching(/does not fit task 'double'.*\n\$\.input\.number: /),
      problem: {
        type: '/problems/invalid-input',
        request_id: expect.any(String),
        errors: [{ path: '$.input.number' }],
      },
    });
  });

  it('says that a task is not deployed', async () => {
    const { client } = await setup();

    expect(await thrownBy(client.enqueue('nobody' as 'double', { number: 1 }))).toMatchObject({
      name: 'NotFoundError',
      code: 'unknown_task',
    });
  });
});

describe('a handle', () => {
  it('throws what the job failed with', async () => {
    const { client } = await setup();

    const error = await thrownBy((await client.enqueue('hopeless', {})).result());

    expect(error).toBeInstanceOf(JobFailedError);
    expect(error).toMatchObject({ message: expect.stringContaining('no paper left'), job: { status: 'failed' } });
  });

  it('throws that the job was aborted', async () => {
    const { client, worker } = await setup();
    worker.paused = true;
    const job = await client.enqueue('double', { number: 1 });

    expect(await job.abort()).toEqual({ job_id: job.job_id, status: 'aborted' });

    const error = await thrownBy(job.result());
    expect(error).toBeInstanceOf(JobAbortedError);
    expect(error).toMatchObject({ job: { job_id: job.job_id, status: 'aborted' } });
  });

  it('waits for the record of a job that was failed, aborted or completed alike', async () => {
    const { client } = await setup();

    expect(await (await client.enqueue('hopeless', {})).wait()).toMatchObject({ status: 'failed' });
    expect(await (await client.enqueue('double', { number: 1 })).wait()).toMatchObject({ result: { number: 2 } });
  });

  it('is made again from a job id', async () => {
    const { client } = await setup();
    const { job_id } = await client.enqueue('double', { number: 4 });

    expect(await client.handle('double', job_id).result()).toEqual({ number: 8 });
  });

  it('is plain in JSON', async () => {
    const { client } = await setup();

    const job = await client.enqueue('double', { number: 1 });

    expect(JSON.parse(JSON.stringify(job))).toEqual({
      job_id: job.job_id,
      task_name: 'double',
      status: 'queued',
      deduplicated: false,
    });
  });

  it('reschedules, amends and retries', async () => {
    const { client } = await setup();
    const job = await client.enqueue('double', { number: 1 }, { delaySeconds: 3_600 });

    expect((await job.reschedule({ delaySeconds: 1_800 })).scheduled_at).not.toBeNull();
    expect((await job.amend({ input: { number: 5 } })).input).toEqual({ number: 5 });
    await job.reschedule({ now: true });
    expect(await job.result()).toEqual({ number: 10 });

    const failed = await client.enqueue('hopeless', {});
    await failed.wait();
    expect(await failed.retry()).toEqual({ job_id: failed.job_id, status: 'queued' });
    expect(await failed.wait()).toMatchObject({ status: 'failed', attempt: 2 });
  });
});

describe('enqueueMany', () => {
  it('enqueues jobs of several tasks and gives their handles in order', async () => {
    const { client } = await setup();

    const [a, b] = await client.enqueueMany([
      { taskName: 'double', input: { number: 3 }, tags: ['x'] },
      { taskName: 'poc_test_task', input: { message: 'hi' } },
    ]);

    expect(await a.result()).toEqual({ number: 6 });
    expect((await b.result()).processed_message).toBe('Processed: hi');
    expect((await a.get()).tags).toEqual(['x']);
  });

  it('splits what no single request takes', async () => {
    const { client, requests, worker } = await setup();
    worker.paused = true;

    const jobs = await client.enqueueMany(
      Array.from({ length: 2_001 }, (_, number) => ({ taskName: 'double' as const, input: { number } })),
    );

    expect(new Set(jobs.map(({ job_id }) => job_id)).size).toBe(2_001);
    expect(requests.map(({ path }) => path)).toEqual(['/jobs/batch', '/jobs/batch', '/jobs/batch']);
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(3);
  });

  it('splits by size, too', async () => {
    const { client, requests, worker } = await setup();
    worker.paused = true;
    const message = 'x'.repeat(200_000);

    await client.enqueueMany(
      Array.from({ length: 30 }, () => ({ taskName: 'poc_test_task' as const, input: { message } })),
    );

    expect(requests).toHaveLength(2);
  });

  it('asks nothing for no jobs', async () => {
    const { client, requests } = await setup();

    expect(await client.enqueueMany([])).toEqual([]);
    expect(requests).toEqual([]);
  });

  it('throws when some are refused, with what became of each', async () => {
    const { client } = await setup();

    const error = await thrownBy(
      client.enqueueMany([
        { taskName: 'double', input: { number: 1 } },
        { taskName: 'double', input: { number: 'two' } as never },
      ]),
    );

    expect(error).toBeInstanceOf(EnqueueManyError);
    const { outcomes, handles, message } = error as EnqueueManyError;
    expect(outcomes).toEqual([expect.any(JobHandle), expect.any(InvalidInputError)]);
    expect(message).toMatch(/^1 of 2 jobs were refused\. The first: /);
    expect(await handles[0]!.result()).toEqual({ number: 2 });
  });
});

describe('the other calls', () => {
  it('gets and waits by id, handle or record', async () => {
    const { client } = await setup();
    const job = await client.enqueue('double', { number: 1 });

    const ended = await client.wait<'double'>(job.job_id);

    expect(ended).toMatchObject({ status: 'complete', result: { number: 2 } });
    expect(await client.get(job)).toEqual(ended);
    expect(await client.get(ended)).toEqual(ended);
    expect(await thrownBy(client.get(NO_JOB))).toBeInstanceOf(NotFoundError);
    expect(await thrownBy(client.wait(NO_JOB))).toBeInstanceOf(NotFoundError);
  });

  it('lists all pages, or one', async () => {
    const { client, worker, requests } = await setup();
    worker.paused = true;
    await client.enqueueMany(
      Array.from({ length: 5 }, (_, number) => ({ taskName: 'double' as const, input: { number }, userId: 'a+b*c' })),
    );
    await client.enqueue('double', { number: 9 }, { userId: 'eve' });
    requests.length = 0;

    const filter = { taskName: 'double', userId: 'a+b*c', createdAfter: new Date(0), status: 'queued' } as const;
    const jobs = await all(client.list(filter, { pageSize: 2 }));

    expect(jobs.map(({ input }) => (input as { number: number }).number).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(requests).toHaveLength(3);
    const { jobs: page, next_cursor } = await client.list(filter, { pageSize: 4 }).page();
    expect(page).toHaveLength(4);
    expect((await client.list(filter, { pageSize: 4 }).page(next_cursor)).jobs).toHaveLength(1);
  });

  it('fetches no more pages than are looked at', async () => {
    const { client, worker, requests } = await setup();
    worker.paused = true;
    await client.enqueueMany([1, 2, 3].map((number) => ({ taskName: 'double' as const, input: { number } })));
    requests.length = 0;

    for await (const _job of client.list({}, { pageSize: 1 })) break;

    expect(requests).toHaveLength(1);
  });

  it('aborts and retries many', async () => {
    const { client } = await setup();
    const jobs = await client.enqueueMany(
      [1, 2, 3].map((number) => ({ taskName: 'double' as const, input: { number }, delaySeconds: 3_600 })),
    );

    const trial = await client.abortMany({ taskName: 'double', dryRun: true });
    expect(await trial.result()).toMatchObject({ matched: 3, changed: 0, dry_run: true });
    const aborted = await client.abortMany({ jobIds: jobs.map(({ job_id }) => job_id) });
    expect(await aborted.result()).toMatchObject({ matched: 3, changed: 3 });
    const retried = await client.retryMany({ status: 'aborted' });
    expect(await retried.result()).toMatchObject({ changed: 3, next_job_id: null });
    expect((await jobs[0]!.wait()).status).toBe('complete');
  });

  it('lists and redrives dead letters', async () => {
    const { client } = await setup();
    const job = await client.enqueue('hopeless', {});
    await job.wait();

    expect(await all(client.deadLetters({ taskName: 'hopeless' }))).toMatchObject([{ job_id: job.job_id }]);
    expect(await client.redrive({ all: true })).toMatchObject({
      redriven: 1,
      jobs: [{ job_id: job.job_id, status: 'queued' }],
      left: 0,
    });
    expect(await job.wait()).toMatchObject({ attempt: 2 });
  });

  it('tells stats and tasks', async () => {
    const { client } = await setup();

    expect(await client.stats()).toMatchObject({ queues: { default: { ready: 0 } }, failed: { double: { count: 0 } } });
    expect((await client.tasks()).map(({ name }) => name)).toEqual(['poc_test_task', 'double', 'hopeless']);
  });

  it('aborts, retries, reschedules and amends by id', async () => {
    const { client } = await setup();
    const { job_id } = await client.enqueue('double', { number: 1 }, { delaySeconds: 3_600 });

    await client.reschedule(job_id, { scheduledAt: new Date('2030-01-01T00:00:00Z') });
    expect(await client.amend<'double'>(job_id, { input: { number: 2 } })).toMatchObject({
      input: { number: 2 },
      scheduled_at: '2030-01-01T00:00:00.000Z',
    });
    expect(await client.abort(job_id)).toMatchObject({ status: 'aborted' });
    expect(await client.retry({ job_id })).toMatchObject({ status: 'queued' });
    expect(await thrownBy(client.retry(job_id))).toBeInstanceOf(ConflictError);
  });
});

describe('auth', () => {
  const seen = async (auth: Parameters<typeof setup>[0] & object) => {
    const { client, requests } = await setup(auth);
    await client.tasks();
    return requests[0]!.headers;
  };

  it('sends an API key or a bearer token, given or fetched', async () => {
    expect(await seen({ client: { auth: { apiKey: 'stint_1' } } })).toMatchObject({ 'x-api-key': 'stint_1' });
    expect(await seen({ client: { auth: { bearerToken: async () => 'jwt' } } })).toMatchObject({
      authorization: 'Bearer jwt',
    });
    expect(
      await seen({ client: { auth: async ({ method, url }) => ({ 'x-signed': `${method} ${url.slice(-6)}` }) } }),
    ).toMatchObject({
      'x-signed': 'GET /tasks',
    });
  });

  it('throws what a token function throws, at once', async () => {
    const { client, requests } = await setup({
      client: { auth: { bearerToken: () => Promise.reject(new Error('log in again')) } },
    });

    expect(await thrownBy(client.tasks())).toMatchObject({ message: 'log in again' });
    expect(requests).toEqual([]);
  });

  it('tells 401 and 403 as not allowed, and does not try again', async () => {
    const refuse = (code: 'unauthenticated' | 'forbidden') => ({
      ...openGuard,
      admit: () => Promise.reject(new HttpProblem(code, 'No.')),
    });
    for (const code of ['unauthenticated', 'forbidden'] as const) {
      const { client, requests } = await setup({ guard: refuse(code) });

      const error = await thrownBy(client.tasks());

      expect(error).toBeInstanceOf(NotAllowedError);
      expect(error).toMatchObject({ code });
      expect(requests).toHaveLength(1);
    }
  });
});

it('takes a URL with a slash or a path', async () => {
  const { url, client } = await setup({ client: {} });
  expect(await client.tasks()).toHaveLength(3);
  const { createClient } = await import('../../client/index.ts');
  expect(await createClient({ url: `${url}/` }).tasks()).toHaveLength(3);
  expect(() => createClient({ url: 'nowhere' })).toThrow();
});
