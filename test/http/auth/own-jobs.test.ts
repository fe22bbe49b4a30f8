import { expect, test } from 'vitest';
import { type Guard, openGuard } from '../../../lambdas/http/auth/guard.ts';
import type { Principal } from '../../../lambdas/http/auth/principal.ts';
import { NO_JOB, setup as setupApi } from '../setup.ts';

/** An API on which `as` says who calls. */
function setup() {
  let principal: Principal = { role: 'admin', name: 'root' };
  const guard: Guard = { ...openGuard, mode: 'api-key', admit: async () => principal };
  const api = setupApi({}, undefined, guard);
  const as = (who: 'root' | 'ann' | 'bob') => {
    principal = who === 'root' ? { role: 'admin', name: who } : { role: 'user', name: who, userId: who };
    return api;
  };
  return { ...api, as };
}

const ENQUEUE = 'POST /tasks/anything/jobs';
const JOB_ROUTES = ['GET /jobs/ID', 'POST /jobs/ID/abort', 'POST /jobs/ID/retry'];

test('a user’s job is the user’s, said or not', async () => {
  const { as, store } = setup();
  for (const body of [{}, { user_id: 'ann' }]) {
    const { status, body: accepted } = await as('ann').call(ENQUEUE, { body });
    expect(status).toBe(202);
    expect(store.records.get(accepted.job_id)!.user_id).toBe('ann');
  }
});

test.each([ENQUEUE, 'POST /tasks/trigger-test'])('a user cannot enqueue as another: %s', async (route) => {
  const { as, store, sent } = setup();
  const body = { user_id: '7f1c9c1e-3b0a-4c59-8f39-0d6f6f3f2a11' };
  const answer = await as('ann').call(route, { body });
  expect(answer).toMatchObject({
    status: 403,
    body: { code: 'forbidden', detail: expect.stringContaining('user_id') },
  });
  expect(store.records.size).toBe(0);
  expect(sent()).toEqual([]);
});

test('an admin enqueues for any user, and for none', async () => {
  const { as, store } = setup();
  const { body: forAnn } = await as('root').call(ENQUEUE, { body: { user_id: 'ann' } });
  const { body: forNone } = await as('root').call(ENQUEUE, { body: {} });
  expect(store.records.get(forAnn.job_id)!.user_id).toBe('ann');
  expect(store.records.get(forNone.job_id)!.user_id).toBeUndefined();
});

test.each(JOB_ROUTES)('%s: another’s job cannot be told from one that never was', async (route) => {
  const { as, store } = setup();
  const ids = [];
  for (const body of [{ user_id: 'bob' }, {}]) {
    const { body: accepted } = await as('root').call(ENQUEUE, { body });
    ids.push(accepted.job_id);
  }
  const shape = ({ status, body }: { status?: number | undefined; body: { detail: string } }, id: string) => ({
    status,
    ...body,
    detail: body.detail.replace(id, 'ID'),
  });
  const unknown = shape(await as('ann').call(route.replace('ID', NO_JOB)), NO_JOB);
  expect(unknown.status).toBe(404);
  for (const id of ids) {
    const before = structuredClone(store.records.get(id));
    expect(shape(await as('ann').call(route.replace('ID', id)), id)).toEqual(unknown);
    expect(store.records.get(id)).toEqual(before);
  }
});

test.each(JOB_ROUTES)('%s: a user’s own job, and any job for an admin', async (route) => {
  for (const who of ['ann', 'root'] as const) {
    const { as, store } = setup();
    const { body } = await as('ann').call(ENQUEUE, { body: {} });
    if (route.endsWith('retry'))
      store.records.set(body.job_id, { ...store.records.get(body.job_id)!, status: 'failed' });
    expect((await as(who).call(route.replace('ID', body.job_id))).status).toBeLessThan(300);
  }
});

test('a job that becomes another’s between read and write is left alone', async () => {
  const { as, store } = setup();
  const { body } = await as('ann').call(ENQUEUE, { body: {} });
  const { get } = store;
  store.get = async (jobId) => {
    const record = await get(jobId);
    store.records.set(jobId, { ...record!, user_id: 'bob' });
    return record;
  };
  await as('ann').call(`POST /jobs/${body.job_id}/abort`);
  expect(store.records.get(body.job_id)).toMatchObject({ user_id: 'bob', status: 'queued' });
});

test('a list shows a user’s own jobs, and refuses to be of another', async () => {
  const { as } = setup();
  const { body: own } = await as('ann').call(ENQUEUE, { body: {} });
  await as('bob').call(ENQUEUE, { body: {} });
  await as('root').call(ENQUEUE, { body: {} });
  const idsOf = ({ body }: { body: { jobs: { job_id: string }[] } }) => body.jobs.map(({ job_id }) => job_id);
  expect(idsOf(await as('ann').call('GET /jobs'))).toEqual([own.job_id]);
  expect(idsOf(await as('ann').call('GET /jobs?task_name=anything'))).toEqual([own.job_id]);
  expect(idsOf(await as('ann').call('GET /jobs?user_id=ann'))).toEqual([own.job_id]);
  expect(await as('ann').call('GET /jobs?user_id=bob')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect(idsOf(await as('root').call('GET /jobs'))).toHaveLength(3);
});

test.each(['abort', 'retry'])('a user cannot order to %s another’s jobs', async (action) => {
  const { as, store, sent } = setup();
  const order = (who: 'ann' | 'root', user_id: string) =>
    as(who).call(`POST /jobs/${action}`, { body: { user_id, dry_run: true } });
  expect(await order('ann', 'bob')).toMatchObject({
    status: 403,
    body: { code: 'forbidden', detail: expect.stringContaining('user_id') },
  });
  expect([store.records.size, sent()]).toEqual([0, []]);
  for (const who of ['ann', 'root'] as const) expect((await order(who, 'ann')).status).toBe(202);
});

test('a cursor of one user opens no list of another', async () => {
  const { as } = setup();
  for (let i = 0; i < 2; i++) await as('ann').call(ENQUEUE, { body: {} });
  const { body } = await as('ann').call('GET /jobs?limit=1');
  expect(await as('bob').call(`GET /jobs?limit=1&cursor=${encodeURIComponent(body.next_cursor)}`)).toMatchObject({
    status: 400,
  });
});

test.each(['key', 'idempotency-key'])('users do not meet by the same %s, nor with an admin', async (kind) => {
  const { as } = setup();
  const asked = kind === 'key' ? { body: { key: 'k' } } : { body: {}, headers: { 'idempotency-key': 'k' } };
  const ids = new Set<string>();
  for (const who of ['ann', 'bob', 'root'] as const) {
    const first = await as(who).call(ENQUEUE, asked);
    const again = await as(who).call(ENQUEUE, asked);
    expect(first).toMatchObject({ status: 202, body: { deduplicated: false } });
    expect(again.body).toMatchObject({ job_id: first.body.job_id, deduplicated: true });
    ids.add(first.body.job_id);
  }
  expect(ids.size).toBe(3);
});

test('log lines of a request say who asked', async () => {
  const { as, log } = setup();
  await as('ann').call(ENQUEUE, { body: {} });
  expect(log.lines.find(({ message }) => message === 'job enqueued')!.fields).toMatchObject({ principal: 'ann' });
});
