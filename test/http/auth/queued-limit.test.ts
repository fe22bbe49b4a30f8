import { expect, test } from 'vitest';
import { StintError } from '../../../lambdas/core/errors.ts';
import { openGuard } from '../../../lambdas/http/auth/guard.ts';
import { queuedLimiter } from '../../../lambdas/http/auth/queued-limit.ts';
import { setup as setupApi } from '../setup.ts';

/** An API on which Ann, or who is named, may have three queued jobs. */
function setup() {
  let userId = 'ann';
  const api = setupApi({}, undefined, {
    ...openGuard,
    admit: async () => ({ role: 'user', name: userId, userId }),
    admitJob: queuedLimiter(3),
  });
  const enqueue = (as = 'ann') => {
    userId = as;
    return api.call('POST /tasks/anything/jobs', { body: {} });
  };
  return { ...api, enqueue };
}

test('a user has so many queued jobs, and is told when to ask again', async () => {
  const { enqueue, store, sent } = setup();
  for (let i = 0; i < 3; i++) expect(await enqueue()).toMatchObject({ status: 202 });
  expect(await enqueue()).toMatchObject({
    status: 429,
    headers: { 'retry-after': '10' },
    body: { code: 'too_many_requests', detail: expect.stringContaining('3 jobs queued') },
  });
  expect(store.records.size).toBe(3);
  expect(sent()).toHaveLength(3);
  expect(await enqueue('bob')).toMatchObject({ status: 202 });
});

test('a job that has begun or ended makes room, within ten seconds', async () => {
  const { enqueue, store, clock } = setup();
  for (let i = 0; i < 3; i++) await enqueue();
  for (const [id, record] of store.records) store.records.set(id, { ...record, status: 'active' });
  expect((await enqueue()).status).toBe(429);
  await clock.advance(10_000);
  for (let i = 0; i < 3; i++) expect((await enqueue()).status).toBe(202);
  expect((await enqueue()).status).toBe(429);
});

test('many at once do not slip through together, and are counted once', async () => {
  const { enqueue, store } = setup();
  let counts = 0;
  const { entries } = store;
  store.entries = (...asked) => {
    counts++;
    return entries(...asked);
  };
  const answers = await Promise.all(Array.from({ length: 8 }, () => enqueue()));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(3);
  expect(counts).toBe(2); // one query a shard
});

test('of a batch, so many are accepted, and the rest say why', async () => {
  const { call } = setup();
  const jobs = Array.from({ length: 5 }, () => ({ task_name: 'anything' }));
  const { status, body } = await call('POST /jobs/batch', { body: { jobs } });
  expect(status).toBe(202);
  expect(body.jobs.filter((row: { job_id?: string }) => row.job_id !== undefined)).toHaveLength(3);
  expect(body.jobs.at(-1)).toMatchObject({ error: { code: 'too_many_requests', status: 429 } });
});

test('a table that does not answer stops nobody', async () => {
  const { enqueue, store, log } = setup();
  store.entries = async () => {
    throw new StintError('unavailable', 'throttled');
  };
  expect((await enqueue()).status).toBe(202);
  expect(log.lines).toContainEqual(expect.objectContaining({ message: 'queued jobs not counted' }));
});
