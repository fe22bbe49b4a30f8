import { describe, expect, test } from 'vitest';
import { abort } from '../../lambdas/core/abort.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { always, on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { world } from '../world/world.ts';

const DAY = 86_400_000;

function setup() {
  const ran: string[] = [];
  const w = world({ tasks: [taskOf(({ jobId }) => ran.push(jobId))] });
  const add = async (options: EnqueueOptions = {}, change: Partial<JobRecord> = {}) => {
    const { jobId } = await enqueue(w.engine, 'work', 1, options);
    w.records.set(jobId, { ...(await w.record(jobId))!, ...change });
    return jobId;
  };
  return { w, add, ran };
}

describe('the abort of a job that waits', () => {
  test.each([
    ['for its turn', {}],
    ['for its time', { delaySeconds: 600 }],
    ['for a time beyond 15 minutes', { delaySeconds: 3_600 }],
    ['under a key', { key: 'ada' }],
  ])('%s ends it at once: no attempt starts', async (_what, options) => {
    const { w, add, ran } = setup();
    const jobId = await add(options);

    const now = w.clock.now();
    expect(await abort(w.engine, jobId)).toMatchObject({
      status: 'aborted',
      completed_at: now,
      expires_at: now + 30 * DAY,
    });

    expect(await w.record(jobId)).not.toHaveProperty('due_at');
    await w.settle(2 * DAY);
    expect(ran).toEqual([]);
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted', attempt: 0 });
    expect(w.messages()).toEqual([]);
  });
});

test('the abort of a job that runs asks its attempt to stop', async () => {
  const { w, add } = setup();
  const jobId = await add({}, { status: 'active', owner: 'other', lease_expires_at: w.clock.now() + 10_000 });

  expect(await abort(w.engine, jobId)).toMatchObject({ status: 'aborting', owner: 'other' });
  expect(await abort(w.engine, jobId)).toMatchObject({ status: 'aborting' });
  await w.settle();
  expect(await w.record(jobId)).toMatchObject({ status: 'aborted', attempt: 0 });
});

test('the abort of an aborted job is done already', async () => {
  const { w, add } = setup();
  const jobId = await add({}, { status: 'aborted', completed_at: 7 });
  expect(await abort(w.engine, jobId)).toMatchObject({ status: 'aborted', completed_at: 7 });
});

test.each(['complete', 'failed'] as const)(
  'the abort of a job that is %s is a conflict that names its status',
  async (status) => {
    const { w, add } = setup();
    const jobId = await add({}, { status });
    await expect(abort(w.engine, jobId)).rejects.toMatchObject({
      code: 'conflict',
      jobStatus: status,
      message: expect.stringContaining(`is ${status}`),
    });
    expect(await w.record(jobId)).toMatchObject({ status });
  },
);

test('the abort of a job that does not exist, or has expired, says so', async () => {
  const { w, add } = setup();
  await expect(abort(w.engine, 'no-job')).rejects.toMatchObject({ code: 'not_found' });
  const jobId = await add({}, { status: 'queued', expires_at: w.clock.now() });
  await expect(abort(w.engine, jobId)).rejects.toMatchObject({ code: 'not_found' });
});

test('a job that is claimed between the look and the write is asked to stop', async () => {
  const { w, add } = setup();
  const jobId = await add();
  const api = w.invocation({
    faults: async (call) => {
      if (call.name === 'abort queued') w.records.set(jobId, { ...(await w.record(jobId))!, status: 'active' });
      return undefined;
    },
  });
  expect(await api.run((engine) => abort(engine, jobId))).toMatchObject({ status: 'aborting' });
});

test('a job that goes back to its queue between the two writes is aborted there', async () => {
  const { w, add } = setup();
  const jobId = await add({}, { status: 'active' });
  const api = w.invocation({
    faults: async (call) => {
      if (call.name === 'abort active' && call.nth === 1)
        w.records.set(jobId, { ...(await w.record(jobId))!, status: 'queued' });
      return undefined;
    },
  });
  expect(await api.run((engine) => abort(engine, jobId))).toMatchObject({ status: 'aborted' });
});

test('a job that changes again and again is given up, to be tried again', async () => {
  const { w, add } = setup();
  const jobId = await add();
  const api = w.invocation({
    faults: async (call) => {
      const status = call.name === 'abort queued' ? 'active' : 'queued';
      w.records.set(jobId, { ...(await w.record(jobId))!, status });
      return undefined;
    },
  });
  await expect(api.run((engine) => abort(engine, jobId))).rejects.toMatchObject({ code: 'unavailable' });
});

test.each(['abort queued', 'abort active'])('an abort whose reply to "%s" was lost is done', async (name) => {
  const { w, add } = setup();
  const jobId = await add({}, { status: name === 'abort queued' ? 'queued' : 'active' });
  const answer = await w.invocation({ faults: on(name, 'retried') }).run((engine) => abort(engine, jobId));
  expect(answer).toMatchObject({ status: name === 'abort queued' ? 'aborted' : 'aborting' });
});

test('a table that does not answer is told as such', async () => {
  const { w, add } = setup();
  const jobId = await add();
  const api = w.invocation({ faults: always('abort queued', 'throttled') });
  await expect(api.run((engine) => abort(engine, jobId))).rejects.toMatchObject({ code: 'unavailable' });
});
