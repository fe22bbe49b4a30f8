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

test('a batch that is sent again gets on: what was accepted before is answered, and takes no place', async () => {
  const { call, store, clock } = setup();
  const jobs = Array.from({ length: 8 }, () => ({ task_name: 'anything' }));
  const send = async () => {
    const { body } = await call('POST /jobs/batch', { body: { jobs }, headers: { 'idempotency-key': 'k' } });
    return body.jobs.map((row: { error?: { code: string } }) => row.error?.code ?? 'accepted');
  };
  const refused = 'too_many_requests';
  expect(await send()).toEqual([...Array(3).fill('accepted'), ...Array(5).fill(refused)]);
  expect(await send()).toEqual([...Array(3).fill('accepted'), ...Array(5).fill(refused)]);
  for (const [id, record] of store.records) store.records.set(id, { ...record, status: 'complete' });
  await clock.advance(10_000);
  expect(await send()).toEqual([...Array(6).fill('accepted'), ...Array(2).fill(refused)]);
  expect(store.records.size).toBe(6);
});

test('a finished job under the same key makes no room for a new run', async () => {
  const { call, enqueue, store } = setup();
  const keyed = () => call('POST /tasks/anything/jobs', { body: { key: 'k' } });
  const { body } = await keyed();
  expect(await keyed()).toMatchObject({ status: 202, body: { deduplicated: true } });
  for (let i = 0; i < 2; i++) expect((await enqueue()).status).toBe(202);
  expect(await keyed()).toMatchObject({ status: 202, body: { deduplicated: true } });
  store.records.set(body.job_id, { ...store.records.get(body.job_id)!, status: 'complete' });
  expect((await keyed()).status).toBe(429);
});

test('at the limit, what waits can be aborted, by one order for all', async () => {
  const { call, enqueue } = setup();
  for (let i = 0; i < 3; i++) await enqueue();
  expect(await enqueue()).toMatchObject({ status: 429, body: { detail: expect.stringContaining('abort them') } });
  expect((await call('POST /jobs/abort', { body: { status: 'queued' } })).status).toBe(202);
  expect((await call('POST /jobs/retry', { body: { status: 'failed' } })).status).toBe(429);
});

test('a table that does not answer stops nobody', async () => {
  const { enqueue, store, log } = setup();
  store.entries = async () => {
    throw new StintError('unavailable', 'throttled');
  };
  for (let i = 0; i < 5; i++) expect((await enqueue()).status).toBe(202);
  expect(log.lines.filter(({ message }) => message === 'queued jobs not counted')).toHaveLength(1);
});
