import { expect, test } from 'vitest';
import { StintError } from '../../lambdas/core/errors.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { job as jobOnTheWire } from '../../lambdas/http/wire/answers.ts';
import { NO_JOB, paths, START, setup } from './setup.ts';

const AT = '2026-01-01T00:00:00.000Z';

test('shows a new job with every field, null where nothing is set', async () => {
  const { call, job } = setup();
  const jobId = await job();

  const { status, body } = await call(`GET /jobs/${jobId}`);

  expect(status).toBe(200);
  expect(jobOnTheWire.parse(body)).toEqual(body);
  expect(body).toStrictEqual({
    id: jobId,
    job_id: jobId,
    task_name: 'anything',
    queue: 'default',
    status: 'queued',
    user_id: null,
    project_id: null,
    key: null,
    tags: [],
    input: {},
    result: null,
    error_message: null,
    created_at: AT,
    scheduled_at: null,
    started_at: null,
    completed_at: null,
    expires_at: null,
    attempt: 0,
    max_attempts: 3,
    attempt_limit: 3,
    attempts: [],
    progress: null,
    dispatch: 1,
    request_id: 'gateway-1',
  });
});

test('shows what became of a job', async () => {
  const { call, job } = setup();
  const jobId = await job(
    {
      status: 'complete',
      attempt: 2,
      dispatch: 2,
      attempt_limit: 4,
      started_at: START + 1,
      completed_at: START + 2,
      expires_at: START + 3_000,
      result: { json: '{"url":"https://example.org","n":0.1}' },
      progress: { fraction: 0.5 },
      attempts: [{ attempt: 1, started_at: START, ended_at: START + 1, error: 'no' }],
    },
    { input: { a: 1 }, user_id: 'u', project_id: 'p', key: 'k', tags: ['t'], delay_seconds: 60 },
  );

  const { body } = await call(`GET /jobs/${jobId}`);

  expect(jobOnTheWire.parse(body)).toEqual(body);
  expect(body).toMatchObject({
    status: 'complete',
    user_id: 'u',
    project_id: 'p',
    key: 'k',
    tags: ['t'],
    input: { a: 1 },
    result: { url: 'https://example.org', n: 0.1 },
    scheduled_at: '2026-01-01T00:01:00.000Z',
    started_at: '2026-01-01T00:00:00.001Z',
    completed_at: '2026-01-01T00:00:00.002Z',
    expires_at: '2026-01-01T00:00:03.000Z',
    attempt: 2,
    attempt_limit: 4,
    attempts: [{ attempt: 1, started_at: AT, ended_at: '2026-01-01T00:00:00.001Z', error: 'no' }],
    progress: { fraction: 0.5, note: null },
    dispatch: 2,
  });
});

test('shows payloads that live beside the record, and null for one that is gone', async () => {
  const { call, job, payloads } = setup();
  const input = 'x'.repeat(10_000);
  const jobId = await job({ result: { at: 'result' } }, { input });
  expect((await call(`GET /jobs/${jobId}`)).body).toMatchObject({ input, result: null });
  await payloads.put('result', '[1]', 0);
  expect((await call(`GET /jobs/${jobId}`)).body).toMatchObject({ input, result: [1] });
});

test('takes a job id in capitals', async () => {
  const { call, job } = setup();
  const jobId = await job({}, { key: 'a key makes an id with letters' });
  expect(await call(`GET /jobs/${jobId.toUpperCase()}`)).toMatchObject({ status: 200, body: { job_id: jobId } });
});

test.each(['GET /jobs/ID', 'POST /jobs/ID/abort', 'POST /jobs/ID/retry'])('%s knows no other job', async (route) => {
  const { call, job, clock } = setup();
  const expired = await job({ status: 'failed', expires_at: clock.now() });
  for (const id of [NO_JOB, expired, '1', '__proto__', `${NO_JOB}x`, '%2e%2e', 'x'.repeat(9_000)]) {
    const { status, body } = await call(route.replace('ID', id));
    expect(status, id).toBe(404);
    expect(body).toMatchObject({ code: 'unknown_job', type: '/problems/unknown-job' });
  }
});

test('aborts a queued job', async () => {
  const { call, job, store } = setup();
  const jobId = await job();
  const answer = await call(`POST /jobs/${jobId}/abort`);
  expect(answer).toMatchObject({ status: 202 });
  expect(answer.body).toStrictEqual({ job_id: jobId, status: 'aborted' });
  expect(store.records.get(jobId)!.status).toBe('aborted');
});

test.each(['active', 'aborting'] as const)('asks an %s job to abort', async (status) => {
  const { call, job } = setup();
  const jobId = await job({ status });
  expect(await call(`POST /jobs/${jobId}/abort`)).toMatchObject({ status: 202, body: { status: 'aborting' } });
});

test.each(['failed', 'aborted'] as const)('retries an %s job', async (status) => {
  const { call, job, sent } = setup();
  const jobId = await job({ status, attempt: 3 });
  const answer = await call(`POST /jobs/${jobId}/retry`, { body: {} });
  expect(answer).toMatchObject({ status: 202, body: { job_id: jobId, status: 'queued' } });
  expect(sent().at(-1)).toMatchObject({ job_id: jobId, dispatch: 2 });
});

test.each<['abort' | 'retry', JobRecord['status']]>([
  ['abort', 'complete'],
  ['abort', 'failed'],
  ['retry', 'queued'],
  ['retry', 'active'],
  ['retry', 'aborting'],
  ['retry', 'complete'],
])('%s of a job that is %s is a conflict that names the status', async (verb, status) => {
  const { call, job, store } = setup();
  const jobId = await job({ status });
  const { status: code, body } = await call(`POST /jobs/${jobId}/${verb}`);
  expect(code).toBe(409);
  expect(body).toMatchObject({
    status: 409,
    code: 'conflict',
    job_status: status,
    detail: expect.stringContaining(status),
  });
  expect(store.records.get(jobId)!.status).toBe(status);
});

test.each(['abort', 'retry'])('%s takes no fields', async (verb) => {
  const { call, job } = setup();
  const { status, body } = await call(`POST /jobs/${await job()}/${verb}`, { body: { reason: 'x' } });
  expect(status).toBe(422);
  expect(paths(body)).toEqual(['$.reason']);
});

test('says to try again when the store does not answer', async () => {
  const { call, store, log } = setup();
  store.get = async () => {
    throw new StintError('unavailable', 'The job table did not answer: throttled');
  };
  for (const route of ['GET /jobs/ID', 'POST /jobs/ID/abort', 'POST /jobs/ID/retry']) {
    const answer = await call(route.replace('ID', NO_JOB));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, body: { code: 'unavailable' } });
  }
  expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(3);
});

test('does not say to try again when the store refuses the call as such, and tells its log what was refused', async () => {
  const { call, store, log } = setup();
  store.get = async () => {
    throw new StintError('internal', 'The table refused the call: AccessDeniedException: not authorized');
  };
  for (const route of ['GET /jobs/ID', 'POST /jobs/ID/abort', 'POST /jobs/ID/retry']) {
    const { status, headers, body } = await call(route.replace('ID', NO_JOB));
    expect({ status, body }).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(headers).not.toHaveProperty('retry-after');
    expect(body.detail).not.toContain('authorized');
  }
  const errors = log.lines.filter(({ level }) => level === 'error');
  expect(errors).toHaveLength(3);
  expect(errors[0]!.fields).toMatchObject({ error: expect.stringContaining('AccessDenied') });
});

// ?wait= --------------------------------------------------------------------------------------------------------------

/** Counts the reads of the record. */
function counting({ store }: ReturnType<typeof setup>) {
  const { get } = store;
  let reads = 0;
  store.get = (jobId) => {
    reads++;
    return get(jobId);
  };
  return () => reads;
}

test('a wait answers as soon as the job ends', async () => {
  const api = setup();
  const jobId = await api.job();
  const reads = counting(api);
  const answer = api.call(`GET /jobs/${jobId}?wait=20`);
  await api.clock.advance(1_000);
  api.store.records.set(jobId, { ...api.store.records.get(jobId)!, status: 'complete', result: { json: '7' } });
  await api.clock.advance(1_000);
  expect(await answer).toMatchObject({ status: 200, body: { status: 'complete', result: 7 } });
  expect(reads()).toBe(5);
  expect(api.clock.waiting).toBe(0);
});

test.each([
  ['no wait', '', 0],
  ['a wait of 0', '?wait=0', 0],
  ['a wait', '?wait=2', 2_000],
  ['the longest wait', '?wait=20', 20_000],
])('%s on a job that does not end answers what stands, in its time', async (_, query, millis) => {
  const { call, job, clock } = setup();
  const answer = call(`GET /jobs/${await job()}${query}`).then((sent) => ({ ...sent, at: clock.now() - START }));
  await clock.advance(30_000);
  expect(await answer).toMatchObject({ status: 200, body: { status: 'queued' }, at: millis });
  expect(clock.waiting).toBe(0);
});

test('the longest wait costs fifteen reads', async () => {
  const api = setup();
  const jobId = await api.job();
  const reads = counting(api);
  const answer = api.call(`GET /jobs/${jobId}?wait=20`);
  await api.clock.advance(20_000);
  await answer;
  expect(reads()).toBe(15);
});

test('a wait ends while its invocation still has time to answer', async () => {
  const { call, job, clock } = setup();
  const jobId = await job();
  const answer = call(`GET /jobs/${jobId}?wait=20`, { remainingMillis: 9_000 }).then(() => clock.now() - START);
  await clock.advance(20_000);
  expect(await answer).toBe(7_000);
});

test('a wait for a job that is not there does not hold', async () => {
  const { call } = setup();
  expect(await call(`GET /jobs/${NO_JOB}?wait=20`)).toMatchObject({ status: 404 });
});

test.each([
  ['wait=21', '?wait'],
  ['wait=20.001', '?wait'],
  ['wait=-1', '?wait'],
  ['wait=1.5', '?wait'],
  ['wait=', '?wait'],
  ['wait=1e1', '?wait'],
  ['wait=0x5', '?wait'],
  ['wait=five', '?wait'],
  ['wait=Infinity', '?wait'],
  ['wait=%FF', '?wait'],
  ['wait=1&wait=2', '?wait'],
  ['wiat=5', '?wiat'],
  ['__proto__=1', '?__proto__'],
])('refuses the query %s', async (query, path) => {
  const { call, job } = setup();
  const { status, body } = await call(`GET /jobs/${await job()}?${query}`);
  expect(status).toBe(422);
  expect(paths(body)).toEqual([path]);
});
