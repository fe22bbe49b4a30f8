import { expect, test } from 'vitest';
import { abort } from '../../lambdas/core/abort.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { listFailed, listJobs } from '../../lambdas/core/list-jobs.ts';
import type { JobStore } from '../../lambdas/core/ports.ts';
import { redrive } from '../../lambdas/core/redrive.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { sweep } from '../../lambdas/core/sweep.ts';
import { world } from '../../testing/world.ts';
import { flaky } from '../testing/sample-tasks.ts';

/** A store whose indexes stay as they are now, for what is asked of the engine that has it: on AWS they lag behind each write. */
async function lagging(engine: Engine, meanwhile: () => Promise<unknown>): Promise<Engine> {
  const { store } = engine;
  const keys = (job: string) => [0, 1, 2, 3].map((shard) => `${job}#${shard}`);
  const whole = { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1_000 };
  const seen = new Map<string, Awaited<ReturnType<JobStore['entries']>>>();
  for (const index of ['by-task', 'failed'] as const)
    for (const key of keys('flaky')) seen.set(`${index} ${key}`, await store.entries(index, key, whole));
  const due = await Promise.all([0, 1, 2, 3].map((shard) => store.due(shard, Number.MAX_SAFE_INTEGER)));
  await meanwhile();
  return {
    ...engine,
    store: {
      ...store,
      entries: async (index, key) => seen.get(`${index} ${key}`) ?? { entries: [], more: false },
      due: async (shard) => due[shard] ?? { jobIds: [] },
    },
  };
}

const setup = () => world({ tasks: [flaky] });

test('a list misses the job that was just accepted; a look by its id does not', async () => {
  const { engine } = setup();
  let jobId = '';
  const behind = await lagging(engine, async () => {
    ({ jobId } = await enqueue(engine, 'flaky', { failures: 0 }));
  });

  expect((await listJobs(behind, { taskName: 'flaky' }, { limit: 10 })).jobs).toEqual([]);
  expect(await behind.store.get(jobId)).toMatchObject({ status: 'queued' });
});

test('a list shows a job as its record has it, and not among those of a status that it has left', async () => {
  const { engine } = setup();
  const { jobId } = await enqueue(engine, 'flaky', { failures: 0 });
  const behind = await lagging(engine, () => abort(engine, jobId));

  expect((await listJobs(behind, { taskName: 'flaky' }, { limit: 10 })).jobs).toMatchObject([{ status: 'aborted' }]);
  expect((await listJobs(behind, { taskName: 'flaky', status: 'queued' }, { limit: 10 })).jobs).toEqual([]);
});

test('a job that has been run again is not among the dead letters, nor run a second time by a redrive of all', async () => {
  const w = setup();
  const { jobId } = await enqueue(w.engine, 'flaky', { failures: -1 });
  await w.settle();
  const behind = await lagging(w.engine, () => retryJob(w.engine, jobId));

  expect((await listFailed(behind, undefined, { limit: 10 })).jobs).toEqual([]);
  expect(await redrive(behind, { all: true })).toMatchObject({ jobs: [] });
  expect(await w.record(jobId)).toMatchObject({ status: 'queued', dispatch: 2 });
});

test('the sweep does not send again what it has sent', async () => {
  const { engine, clock, messages } = setup();
  await enqueue(engine, 'flaky', { failures: 0 }, { delaySeconds: 3_600 });
  await clock.advance(3_500_000);
  const behind = await lagging(engine, () => sweep(engine, Number.MAX_SAFE_INTEGER));

  expect(messages()).toHaveLength(1);
  expect(await sweep(behind, Number.MAX_SAFE_INTEGER)).toBe(0);
  expect(messages()).toHaveLength(1);
});
