import { describe, expect, test } from 'vitest';
import { abort } from '../../lambdas/core/abort.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { NonRetryableError } from '../../lambdas/core/errors.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { always, on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { bodyOf, world } from '../world/world.ts';

const DAY = 86_400;

function setup() {
  const ran: number[] = [];
  const broken = { now: true };
  const task = taskOf(({ attempt }) => {
    ran.push(attempt);
    if (broken.now) throw new NonRetryableError('no such file');
    return 'mended';
  });
  const w = world({ tasks: [task] });
  /** A job that has failed, its envelope on dead-letters. */
  const failed = async (input: unknown = 1) => {
    const { jobId } = await enqueue(w.engine, 'work', input);
    await w.work();
    broken.now = false;
    return jobId;
  };
  return { w, ran, broken, failed };
}

describe('a retry by hand', () => {
  test('queues a failed job anew under the next dispatch, with as many attempts as it had at first', async () => {
    const { w, ran, failed } = setup();
    const jobId = await failed();

    const record = await retryJob(w.engine, jobId);

    expect(record).toMatchObject({
      status: 'queued',
      attempt: 1,
      attempt_limit: 4,
      dispatch: 2,
      scheduled_at: 0,
      due_at: w.clock.now() + 60_000,
    });
    for (const gone of ['error_message', 'completed_at', 'expires_at', 'ttl', 'failed_at'])
      expect(record).not.toHaveProperty(gone);
    expect(w.messages().map(bodyOf)).toEqual([{ v: 1, job_id: jobId, run: jobId, dispatch: 2, task_name: 'work' }]);
    await w.settle();
    expect(ran).toEqual([1, 2]);
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', result: { json: '"mended"' } });
  });

  test('runs a job at the end of its attempts, too', async () => {
    const { w, broken } = setup();
    const { jobId } = await enqueue(w.engine, 'work', 1, { maxAttempts: 1 });
    await w.settle();
    broken.now = false;

    await retryJob(w.engine, jobId);
    await w.settle();

    expect(await w.record(jobId)).toMatchObject({ status: 'complete', attempt: 2, attempt_limit: 2 });
  });

  test('runs an aborted job', async () => {
    const { w, ran, broken } = setup();
    broken.now = false;
    const { jobId } = await enqueue(w.engine, 'work', 1, { delaySeconds: 600 });
    await abort(w.engine, jobId);

    await retryJob(w.engine, jobId);

    await w.settle();
    expect(ran).toEqual([1]);
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', dispatch: 2 });
  });

  test.each(['crash before', 'throttled'] as const)('that is not sent (%s) is sent by the sweep', async (fault) => {
    const { w, ran, failed } = setup();
    const jobId = await failed();
    const api = w.invocation({ faults: on('send', fault) });

    const answer = await api.run((engine) => retryJob(engine, jobId));

    expect(answer).toEqual(fault === 'throttled' ? await w.record(jobId) : 'crashed');
    expect(w.messages()).toEqual([]);
    await w.settle();
    expect(ran).toEqual([1, 2]);
    expect(await w.record(jobId)).not.toHaveProperty('due_at');
  });

  test('whose reply was lost is known as its own, and sent', async () => {
    const { w, ran, failed } = setup();
    const jobId = await failed();
    const api = w.invocation({ faults: on('retry by hand', 'retried') });
    expect(await api.run((engine) => retryJob(engine, jobId))).toMatchObject({ status: 'queued', dispatch: 2 });
    expect(w.messages()).toHaveLength(1);
    await w.settle();
    expect(ran).toEqual([1, 2]);
  });

  test('whose reply was lost is known as its own when the job has moved on, too', async () => {
    const { w, ran, failed } = setup();
    const jobId = await failed();
    const retriedAfter = async () => {
      await w.clock.advance(61_000);
      await w.sweep();
      await w.work();
    };
    const api = w.invocation({ faults: on('retry by hand', { retriedAfter }) });

    const answer = await api.run((engine) => retryJob(engine, jobId));

    expect(answer).toMatchObject({ status: 'complete', dispatch: 2 });
    expect([ran, w.messages()]).toEqual([[1, 2], []]);
  });

  test('that two people ask for at once is one', async () => {
    const { w, ran, failed } = setup();
    const jobId = await failed();
    await Promise.all([retryJob(w.engine, jobId), retryJob(w.engine, jobId)]);
    await w.settle();
    expect(ran).toEqual([1, 2]);
    expect(await w.record(jobId)).toMatchObject({ dispatch: 2 });
  });

  test('leaves nothing for the envelope that is still on dead-letters to do', async () => {
    const { w, ran, failed } = setup();
    const jobId = await failed();
    await retryJob(w.engine, jobId);
    await w.settle();
    w.redrive();
    await w.settle();
    expect(ran).toEqual([1, 2]);
    expect(await w.record(jobId)).toMatchObject({ dispatch: 2, status: 'complete' });
  });

  test('prolongs the life of a large input', async () => {
    const { w, failed } = setup();
    const jobId = await failed('x'.repeat(1_000));
    await w.clock.advance(20 * DAY * 1_000);

    await retryJob(w.engine, jobId);

    expect([...w.payloads.stored.values()].map(({ ttl }) => ttl)).toEqual([w.clock.now() / 1000 + 120 * DAY]);
  });
});

test.each(['queued', 'active', 'aborting', 'complete'] as const)(
  'a job that is %s cannot be retried, and the conflict names its status',
  async (status) => {
    const { w, failed } = setup();
    const jobId = await failed();
    const record: JobRecord = { ...(await w.record(jobId))!, status };
    w.records.set(jobId, record);

    await expect(retryJob(w.engine, jobId)).rejects.toMatchObject({ code: 'conflict', jobStatus: status });

    expect(await w.record(jobId)).toEqual(record);
    expect(w.messages()).toEqual([]);
  },
);

test('a job that does not exist, or has expired, cannot be retried', async () => {
  const { w, failed } = setup();
  await expect(retryJob(w.engine, 'no-job')).rejects.toMatchObject({ code: 'not_found' });
  const jobId = await failed();
  await w.clock.advance(30 * DAY * 1_000);
  await expect(retryJob(w.engine, jobId)).rejects.toMatchObject({ code: 'not_found' });
});

test('a record that is deleted between the look and the write is not found', async () => {
  const { w, failed } = setup();
  const jobId = await failed();
  const api = w.invocation({
    faults: (call) => {
      if (call.name === 'retry by hand') w.records.delete(jobId);
      return undefined;
    },
  });
  await expect(api.run((engine) => retryJob(engine, jobId))).rejects.toMatchObject({ code: 'not_found' });
});

test('a table that does not answer is told as such, and nothing is sent', async () => {
  const { w, failed } = setup();
  const jobId = await failed();
  const api = w.invocation({ faults: always('retry by hand', 'throttled') });
  await expect(api.run((engine) => retryJob(engine, jobId))).rejects.toMatchObject({ code: 'unavailable' });
  expect(w.messages()).toEqual([]);
});
