import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { storedRecord } from './aws.ts';
import { call, ended, enqueue, get, type Job, job, jobThatIs, millis, post } from './client.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

describe.concurrent('the whole flow', () => {
  it('accepts the test task with exactly the promised answer', async () => {
    const answer = await post('/tasks/trigger-test', { message: 'Hello' });

    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      message: 'Task accepted and queued for processing',
      job_id: expect.stringMatching(UUID),
      status: 'queued',
    });
  });

  it('runs the test task from queued to complete, its result and its record field for field', async () => {
    const user_id = randomUUID();
    const project_id = randomUUID();

    const { body } = await post('/tasks/trigger-test', { message: 'Hello', user_id, project_id });
    const { job_id } = body as { job_id: string };
    const done = await ended(job_id);

    expect(done).toEqual({
      id: job_id,
      job_id,
      task_name: 'poc_test_task',
      queue: 'default',
      status: 'complete',
      user_id,
      project_id,
      key: null,
      tags: [],
      input: { message: 'Hello', user_id, project_id },
      result: {
        status: 'success',
        job_id,
        processed_message: 'Processed: Hello',
        metadata: { user_id, project_id },
      },
      error_message: null,
      created_at: expect.stringMatching(TIME),
      scheduled_at: null,
      started_at: expect.stringMatching(TIME),
      completed_at: expect.stringMatching(TIME),
      expires_at: expect.stringMatching(TIME),
      attempt: 1,
      max_attempts: 3,
      attempt_limit: 3,
      attempts: [],
      progress: null,
      dispatch: 1,
      request_id: expect.any(String),
    });
    expect(millis(done.created_at)).toBeLessThanOrEqual(millis(done.started_at));
    expect(millis(done.started_at)).toBeLessThanOrEqual(millis(done.completed_at));
  });

  it('fills in what the test task was not given', async () => {
    const { body } = await post('/tasks/trigger-test', {});
    const { result } = await ended((body as { job_id: string }).job_id);

    expect(result).toMatchObject({
      processed_message: 'Processed: Default message',
      metadata: { user_id: null, project_id: null },
    });
  });

  it('shows a job queued, then active, then complete', async () => {
    const job_id = await enqueue('sleeper', { seconds: 3 }, { delay_seconds: 2 });

    const queued = await job(job_id);
    expect(queued).toMatchObject({ status: 'queued', attempt: 0, started_at: null, completed_at: null, result: null });

    const active = await jobThatIs(job_id, ({ status }) => status !== 'queued');
    expect(active).toMatchObject({ status: 'active', attempt: 1, completed_at: null, result: null });
    expect(active.started_at).toMatch(TIME);

    expect(await ended(job_id)).toMatchObject({ status: 'complete', result: { attempt: 1 } });
  });

  it('turns a transcript into subtitles', async () => {
    const job_id = await enqueue('create_subtitles', {
      segments: [
        { start_seconds: 0, end_seconds: 2, text: 'Hello there.' },
        { start_seconds: 3, end_seconds: 5.5, text: 'General Kenobi, you are a bold one.' },
      ],
      language: 'en',
    });

    const { status, result } = await ended(job_id);

    expect(status).toBe('complete');
    expect(result).toMatchObject({ cue_count: 2, duration_seconds: 5.5, language: 'en' });
    const { srt, vtt } = result as { srt: string; vtt: string };
    expect(srt).toMatch(/^1\r?\n00:00:00,000 --> 00:00:02,000\r?\nHello there\./);
    expect(vtt).toMatch(/^WEBVTT/);
  });

  it('fails a transcript without words at its first attempt', async () => {
    const job_id = await enqueue('create_subtitles', { text: ' … ' });

    expect(await ended(job_id)).toMatchObject({
      status: 'failed',
      attempt: 1,
      result: null,
      error_message: expect.stringContaining('no words'),
    });
  });

  it('answers where the job is to be found', async () => {
    const answer = await post('/tasks/echo/jobs', { input: { value: 1 } });
    const { job_id } = answer.body as { job_id: string };

    expect(answer).toMatchObject({ status: 202, body: { job_id: expect.stringMatching(UUID), status: 'queued' } });
    expect(answer.headers.get('location')).toBe(`/jobs/${job_id}`);
    expect((await get(answer.headers.get('location') ?? '')).status).toBe(200);
  });

  it('keeps what a job was given beside its input, and tells its task', async () => {
    const user_id = `user-${randomUUID()}`;
    const project_id = `project-${randomUUID()}`;
    const options = { user_id, project_id, tags: ['nightly', 'é'], max_attempts: 7 };

    const done = await ended(await enqueue('echo', { value: { deep: [null, 'ü', 1.5] } }, options));

    expect(done).toMatchObject({ status: 'complete', ...options });
    expect(done.result).toMatchObject({
      value: { deep: [null, 'ü', 1.5] },
      user_id,
      project_id,
      max_attempts: 7,
      queue: 'default',
    });
  });

  it('runs a task on its own queue', async () => {
    const done = await ended(await enqueue('risky_echo', { value: 1 }));

    expect(done).toMatchObject({ queue: 'risky', result: { queue: 'risky' } });
  });

  it('takes a body that the gateway hands on base64-encoded', async () => {
    // As `curl -d` sends it.
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await call('POST', '/tasks/trigger-test', { body: '{"message":"from cürl"}', headers });
    const untyped = await call('POST', '/tasks/trigger-test', { body: new TextEncoder().encode('{"message":"raw"}') });

    for (const [{ status, body }, message] of [
      [answer, 'from cürl'],
      [untyped, 'raw'],
    ] as const) {
      expect(status).toBe(202);
      const done = await ended((body as { job_id: string }).job_id);
      expect(done.result).toMatchObject({ processed_message: `Processed: ${message}` });
    }
  });

  it('carries an input and a result of 100 KB, and keeps the record small', async () => {
    const value = 'ä'.repeat(50_000);

    const job_id = await enqueue('echo', { value });
    const { status, result } = await ended(job_id);

    expect(status).toBe('complete');
    expect((result as { value: string }).value === value).toBe(true);
    expect(JSON.stringify(await storedRecord(job_id)).length).toBeLessThan(1024);
  });

  it('fails a job whose result is over 256 KB, and says what to do', async () => {
    const done = await ended(await enqueue('talkative', { bytes: 300_000 }));

    expect(done).toMatchObject({ status: 'failed', attempt: 1, result: null });
    expect(done.error_message).toMatch(/256|262144/);
  });

  it('shows the progress that a running task reports', async () => {
    const job_id = await enqueue('reporter', {});

    const half = await jobThatIs(job_id, ({ progress }) => progress !== null);
    expect(half).toMatchObject({ status: 'active', progress: { fraction: 0.5, note: 'half way' } });

    expect(await ended(job_id)).toMatchObject({ status: 'complete', progress: { fraction: 1, note: 'done' } });
  });

  it('runs the child that a job enqueues, for the same user', async () => {
    const user_id = randomUUID();

    const { result } = await ended(await enqueue('parent', { value: 'from above' }, { user_id }));
    const child = await ended((result as { child_job_id: string }).child_job_id);

    expect(child).toMatchObject({ task_name: 'echo', status: 'complete', user_id, result: { value: 'from above' } });
  });

  it('holds an answer until the job ends, or the seconds pass', async () => {
    const job_id = await enqueue('sleeper', { seconds: 4 });

    const before = Date.now();
    const { body } = await get(`/jobs/${job_id}?wait=1`);
    const waited = Date.now() - before;

    expect((body as Job).status).toBe('active');
    expect(waited).toBeGreaterThanOrEqual(950);
    const { body: last } = await get(`/jobs/${job_id}?wait=20`);
    expect((last as Job).status).toBe('complete');
  });

  it('lists the tasks with their schemas', async () => {
    const { status, body } = await get('/tasks');

    expect(status).toBe(200);
    const { tasks } = body as { tasks: { name: string; input: unknown }[] };
    expect(tasks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['poc_test_task', 'create_subtitles', 'echo']),
    );
    expect(tasks.find(({ name }) => name === 'poc_test_task')?.input).toMatchObject({
      type: 'object',
      properties: { message: { type: 'string', default: 'Default message' } },
      additionalProperties: false,
    });
  });

  it('says that it is alive', async () => {
    expect((await get('/health')).status).toBe(200);
  });
});

describe('many jobs', () => {
  it('runs each of 150 jobs enqueued at once, and runs it once', { timeout: 90_000 }, async () => {
    const numbers = Array.from({ length: 150 }, (_, i) => i);

    const jobIds = await inGroups(numbers, 15, (value) => enqueue('echo', { value }));
    const jobs = await inGroups(jobIds, 8, ended);

    expect(new Set(jobIds).size).toBe(150);
    // Each run begins with a claim, and each claim counts as an attempt.
    expect(jobs.map(({ status, attempt, result }) => [status, attempt, (result as { value: number }).value])).toEqual(
      numbers.map((n) => ['complete', 1, n]),
    );
  });
});

/** Works on all items, so many at a time: each open request is a process of the emulator. */
async function inGroups<T, R>(items: readonly T[], size: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const drain = async () => {
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: size }, drain));
  return results;
}
