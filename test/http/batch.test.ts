import { expect, test } from 'vitest';
import { StintError } from '../../lambdas/core/errors.ts';
import { paths, setup } from './setup.ts';

const job = (change: object = {}) => ({ task_name: 'anything', ...change });

test('accepts a batch with one row a job, in order', async () => {
  const { call, store, sent } = setup();

  const { status, body } = await call('POST /jobs/batch', {
    body: { jobs: [job({ input: 1, user_id: 'ada', tags: ['t'] }), job({ input: { a: 2 }, delay_seconds: 5 })] },
  });

  expect(status).toBe(202);
  expect(body.jobs).toEqual([
    { job_id: expect.any(String), status: 'queued', deduplicated: false },
    { job_id: expect.any(String), status: 'queued', deduplicated: false },
  ]);
  expect(store.records.get(body.jobs[0].job_id)).toMatchObject({
    input: { json: '1' },
    user_id: 'ada',
    tags: ['t'],
    request_id: 'gateway-1',
  });
  expect(sent()).toHaveLength(2);
});

test('answers each bad entry with its own problem, and enqueues the others', async () => {
  const { call, store } = setup();

  const { status, body } = await call('POST /jobs/batch', {
    body: {
      jobs: [
        job(),
        job({ task_name: 'unheard_of' }),
        { task_name: 'report', input: { pages: [{}] } },
        job({ max_attempts: 0, x: 1 }),
        null,
        'text',
        {},
        job({ delay_seconds: 1, scheduled_at: '2026-01-01T00:00:00Z' }),
        job({ scheduled_at: 'tomorrow' }),
        job({ input: 'x'.repeat(300_000) }),
        job(),
      ],
    },
  });

  expect(status).toBe(202);
  expect(body.jobs.map((row: { error?: { status: number } }) => row.error?.status ?? 202)).toEqual([
    202, 404, 422, 422, 422, 422, 422, 422, 422, 413, 202,
  ]);
  expect(body.jobs[1].error).toMatchObject({ code: 'unknown_task', request_id: 'gateway-1' });
  expect(paths(body.jobs[2].error)).toEqual(['$.input.pages[0].text']);
  expect(paths(body.jobs[3].error)).toEqual(['$.max_attempts', '$.x']);
  expect(paths(body.jobs[6].error)).toEqual(['$.task_name']);
  expect(store.records.size).toBe(2);
});

test('an entry of JSON that is not to be trusted spoils none of the others', async () => {
  const { call, store } = setup();
  const good = '{"task_name":"anything"}';
  const bad = [
    '{"task_name":"anything","input":12345678901234567890}',
    '"\\ud800"',
    '{"a":1,"a":2}',
    '['.repeat(200) + ']'.repeat(200),
  ];
  const { status, body } = await call('POST /jobs/batch', { body: `{"jobs":[${[good, ...bad, good].join()}]}` });
  expect(status).toBe(202);
  expect(body.jobs.map((row: { error?: { code: string } }) => row.error?.code ?? 'accepted')).toEqual([
    'accepted',
    ...bad.map(() => 'malformed'),
    'accepted',
  ]);
  expect(body.jobs[1].error.detail).toContain('$.jobs[1].input');
  expect(store.records.size).toBe(2);
});

test.each([
  ['no jobs', { jobs: [] }, 422],
  ['too many jobs', { jobs: Array.from({ length: 1001 }, () => job()) }, 422],
  ['jobs that are no list', { jobs: {} }, 422],
  ['nothing', {}, 422],
  ['an unknown field', { jobs: [job()], x: 1 }, 422],
  ['a list', '[]', 400],
  ['too large a body', ' '.repeat(6 * 1024 * 1024 + 1), 413],
])('refuses %s as a whole', async (_what, body, wanted) => {
  const { call, store } = setup();
  expect((await call('POST /jobs/batch', { body })).status).toBe(wanted);
  expect(store.records.size).toBe(0);
});

test('takes a thousand jobs and a body of some megabytes', async () => {
  const { call, store } = setup();
  const jobs = Array.from({ length: 1000 }, (_each, i) => job({ input: { i, text: 'x'.repeat(4_000) } }));
  const { body } = await call('POST /jobs/batch', { body: { jobs } });
  expect(body.jobs).toHaveLength(1000);
  expect(store.records.size).toBe(1000);
});

test('the same Idempotency-Key makes the same jobs', async () => {
  const { call, store } = setup();
  const headers = { 'idempotency-key': 'k' };
  const ids = ({ body }: { body: { jobs: { job_id: string }[] } }) => body.jobs.map(({ job_id }) => job_id);

  const first = await call('POST /jobs/batch', { body: { jobs: [job(), job({ input: 2 })] }, headers });
  const again = await call('POST /jobs/batch', { body: { jobs: [job(), job({ input: 3 })] }, headers });

  expect(ids(again)[0]).toBe(ids(first)[0]);
  expect(again.body.jobs[0]).toMatchObject({ deduplicated: true });
  expect(again.body.jobs[1].error).toMatchObject({ status: 409, code: 'conflict' });
  expect(store.records.size).toBe(2);
});

test('reports per job what could not be sent', async () => {
  const { engine } = setup();
  const sendMany = async (_queue: string, messages: readonly unknown[]) =>
    messages.map((_message, i) => (i === 0 ? new StintError('unavailable', 'no room') : undefined));
  const { call, log } = setup({ queues: { ...engine.queues, sendMany } });
  const { status, body } = await call('POST /jobs/batch', { body: { jobs: [job(), job()] } });
  expect(status).toBe(202);
  expect(body.jobs[0].error).toMatchObject({ status: 500, detail: 'Failed to enqueue task: no room' });
  expect(body.jobs[1]).toMatchObject({ status: 'queued' });
  expect(log.lines.find(({ message }) => message === 'jobs enqueued')?.fields).toMatchObject({
    accepted: 1,
    refused: 1,
  });
});

test('what there is no time for is a warning in the log, for it passes by itself', async () => {
  const { call, log } = setup();
  const { body } = await call('POST /jobs/batch', { body: { jobs: [job()] }, remainingMillis: 1_000 });
  expect(body.jobs[0].error).toMatchObject({ status: 503, code: 'unavailable' });
  expect(log.lines.filter(({ message }) => message === 'job not enqueued')).toMatchObject([
    { level: 'warn', fields: { code: 'unavailable' } },
  ]);
});

test('an answer stays small, however many fields are wrong', async () => {
  const { call } = setup();
  const pages = Array.from({ length: 200 }, () => ({}));
  const jobs = Array.from({ length: 1000 }, () => ({ task_name: 'report', input: { pages } }));
  const { body } = await call('POST /jobs/batch', { body: { jobs } });
  expect(JSON.stringify(body).length).toBeLessThan(3_000_000);
  expect(body.jobs[0].error.errors).toHaveLength(5);
});
