import { expect, test } from 'vitest';
import { memoryWaitSlots } from '../../lambdas/adapters/memory/wait-slots.ts';
import { StintError } from '../../lambdas/core/errors.ts';
import { setup } from './setup.ts';

test('only so many wait at once; beyond them the record is answered at once, with a hint to ask again', async () => {
  const { call, job, clock } = setup({ waits: memoryWaitSlots(2) });
  const jobId = await job();
  const answered: number[] = [];
  const waits = [0, 1, 2, 3].map(async (i) => {
    const answer = await call(`GET /jobs/${jobId}?wait=10`);
    answered.push(i);
    return answer;
  });

  await clock.advance(600);
  expect(answered).toEqual([2, 3]);
  expect((await waits[2])!.headers).toMatchObject({ 'retry-after': '1' });

  await clock.advance(10_000);
  expect((await waits[0])!.headers).not.toHaveProperty('retry-after');
  expect(answered).toHaveLength(4);
});

test('a wait gives its slot back when the job ends', async () => {
  const { call, job, clock, store } = setup({ waits: memoryWaitSlots(1) });
  const jobId = await job();
  const first = call(`GET /jobs/${jobId}?wait=10`);
  await clock.advance(1_000);
  store.records.set(jobId, { ...store.records.get(jobId)!, status: 'complete' });
  await clock.advance(2_000);
  expect((await first).body.status).toBe('complete');

  const other = await job();
  const second = call(`GET /jobs/${other}?wait=1`);
  await clock.advance(2_000);
  expect((await second).headers).not.toHaveProperty('retry-after');
});

test('a wait of half a second takes no slot, nor does a job that has ended', async () => {
  const { call, job, clock } = setup({ waits: memoryWaitSlots(0) });
  const short = call(`GET /jobs/${await job()}?wait=0.4`);
  await clock.advance(400);
  expect((await short).headers).not.toHaveProperty('retry-after');
  const ended = await call(`GET /jobs/${await job({ status: 'complete' })}?wait=20`);
  expect(ended.headers).not.toHaveProperty('retry-after');
});

test('a wait whose slot cannot be had for trouble is answered at once, as one without a slot', async () => {
  const take = async () => {
    throw new StintError('unavailable', 'the table does not answer');
  };
  const { call, job, clock, log } = setup({ waits: { take } });
  const jobId = await job();
  const waiting = call(`GET /jobs/${jobId}?wait=10`);
  await clock.advance(600);
  expect(await waiting).toMatchObject({
    status: 200,
    headers: { 'retry-after': '1' },
    body: { job_id: jobId, status: 'queued' },
  });
  expect(log.lines).toContainEqual(
    expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ error: 'the table does not answer' }) }),
  );
});
