import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClient, InvalidInputError, JobAbortedError, JobFailedError, TimeoutError } from '../../client/index.ts';
import { directEnqueue } from '../../lambdas/adapters/lambda/enqueue-direct.ts';
import type { pocTestTask } from '../../lambdas/tasks/poc-test-task.ts';
import { blocksOf } from '../docs/page.ts';
import { tasks } from './app/tasks.ts';
import { connection } from './aws.ts';
import { stack } from './stack.ts';

/** The tasks of app/tasks.ts that are called here, by hand: there they are a plain list. */
interface Tasks {
  echo: { input: { value: unknown }; output: { value: unknown; user_id: string | null } };
  hopeless: { input: object; output: object };
  sleeper: { input: { seconds: number }; output: object };
}

const client = () => createClient<Tasks>({ url: stack().api_url });

describe.concurrent('the client against a deployed stack', () => {
  it('enqueues, waits, and gives the result by its type', async () => {
    const typed = createClient<readonly [typeof pocTestTask]>({ url: stack().api_url });

    const job = await typed.enqueue('poc_test_task', { message: 'Hello' });
    const { processed_message } = await job.result();

    expect(processed_message).toBe('Processed: Hello');
  });

  it('enqueues many, lists them, and changes them all at once', async () => {
    const stint = client();
    const userId = `client-${crypto.randomUUID()}`;

    const jobs = await stint.enqueueMany(
      Array.from({ length: 30 }, (_, value) => ({
        taskName: 'echo' as const,
        input: { value },
        userId,
        delaySeconds: 600,
      })),
    );
    const listed = new Set<string>();
    await vi.waitFor(
      async () => {
        for await (const { job_id } of stint.list({ taskName: 'echo', userId }, { pageSize: 7 })) listed.add(job_id);
        expect(listed).toEqual(new Set(jobs.map(({ job_id }) => job_id)));
      },
      { timeout: 20_000, interval: 500 },
    );
    const aborted = await stint.abortMany({ jobIds: jobs.map(({ job_id }) => job_id) });

    expect(await aborted.result()).toMatchObject({ matched: 30, changed: 30 });
    await expect(jobs[0]!.result()).rejects.toBeInstanceOf(JobAbortedError);
  });

  it('reschedules, amends and runs a job that waits', async () => {
    const job = await client().enqueue('echo', { value: 1 }, { delaySeconds: 3_600 });

    await job.amend({ input: { value: 2 } });
    await job.reschedule({ now: true });

    expect(await job.result()).toMatchObject({ value: 2 });
  });

  it('throws what a job failed with, and finds it among the dead letters', async () => {
    const stint = client();
    const job = await stint.enqueue('hopeless', {});

    const error = await job.result().catch((thrown) => thrown);

    expect(error).toBeInstanceOf(JobFailedError);
    expect(error).toMatchObject({ job: { error_message: expect.stringContaining('another try cannot mend this') } });
    await vi.waitFor(
      async () => {
        const { jobs } = await stint.deadLetters({ taskName: 'hopeless' }, { pageSize: 100 }).page();
        expect(jobs.map(({ job_id }) => job_id)).toContain(job.job_id);
      },
      { timeout: 20_000, interval: 500 },
    );
    expect(await stint.redrive({ jobIds: [job.job_id] })).toMatchObject({ redriven: 1 });
  });

  it('aborts a running job, and gives up a wait without it', async () => {
    const job = await client().enqueue('sleeper', { seconds: 15 });

    await expect(job.result({ timeoutSeconds: 1 })).rejects.toBeInstanceOf(TimeoutError);
    await job.abort();

    await expect(job.result()).rejects.toBeInstanceOf(JobAbortedError);
  });

  it('carries the problem of a refused input', async () => {
    const error = await client()
      .enqueue('sleeper', { seconds: 'many' as never })
      .catch((thrown) => thrown);

    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ problem: { errors: [{ path: '$.input.seconds' }] } });
  });

  it('tells stats and tasks', async () => {
    expect(await client().stats()).toMatchObject({ queues: { default: { ready: expect.any(Number) } } });
    expect((await client().tasks()).map(({ name }) => name)).toContain('echo');
  });

  it('runs the Python of the docs', async () => {
    const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
    const { code } = blocksOf(page, 'python')[0]!;

    const env = { ...process.env, STINT_URL: stack().api_url };
    const { stdout } = await promisify(execFile)('python3', ['-c', code], { env });

    expect(JSON.parse(stdout)).toMatchObject({ processed_message: 'Processed: Hello' });
  });
});

describe('enqueueDirect', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('enqueues with the environment variables of the API, and no HTTP', async () => {
    const { endpoint, region, credentials } = connection();
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    vi.stubEnv('AWS_REGION', region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
    vi.stubEnv('STINT_TABLE_NAME', stack().table_name);
    vi.stubEnv('STINT_QUEUES', JSON.stringify(stack().queues));
    vi.stubEnv('STINT_DEAD_LETTERS_URL', stack().dead_letters_url);
    const enqueueDirect = directEnqueue({ tasks, hooks: {} });

    const { job_id } = await enqueueDirect(
      'echo',
      { value: 'direct' },
      { userId: 'ada', key: `direct-${crypto.randomUUID()}` },
    );

    expect(await client().handle('echo', job_id).result()).toMatchObject({ value: 'direct', user_id: 'ada' });
  });
});
