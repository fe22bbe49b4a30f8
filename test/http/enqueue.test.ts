import { expect, test } from 'vitest';
import { StintError } from '../../lambdas/core/errors.ts';
import { PROJECT, paths, START, setup, USER } from './setup.ts';

const ENQUEUE = 'POST /tasks/anything/jobs';

test('trigger-test enqueues poc_test_task for its user and project', async () => {
  const { call, store, sent } = setup();

  const answer = await call('POST /tasks/trigger-test', {
    body: { message: 'Hello', user_id: USER, project_id: PROJECT },
  });

  const [record] = [...store.records.values()];
  expect(answer).toMatchObject({ status: 202, headers: { location: `/jobs/${record!.job_id}` } });
  expect(answer.body).toStrictEqual({
    message: 'Task accepted and queued for processing',
    job_id: record!.job_id,
    status: 'queued',
  });
  expect(record).toMatchObject({ task_name: 'poc_test_task', user_id: USER, project_id: PROJECT, status: 'queued' });
  expect(record!.input).toEqual({ json: JSON.stringify({ message: 'Hello', user_id: USER, project_id: PROJECT }) });
  expect(sent()).toMatchObject([{ job_id: record!.job_id, task_name: 'poc_test_task' }]);
});

test.each([[undefined], [''], [' \n'], ['{}']])('trigger-test needs no body: %j', async (body) => {
  const { call, store } = setup();
  expect(await call('POST /tasks/trigger-test', { body })).toMatchObject({ status: 202 });
  expect([...store.records.values()]).toMatchObject([{ input: { json: '{}' } }]);
});

test('trigger-test refuses each field that does not fit, by its name', async () => {
  const { call } = setup();
  const { status, body } = await call('POST /tasks/trigger-test', {
    body: { message: 1, user_id: 'me', project_id: 7, mesage: 'Hello' },
  });
  expect(status).toBe(422);
  expect(paths(body)).toEqual(['$.message', '$.user_id', '$.project_id', '$.mesage']);
});

test('enqueues with every option', async () => {
  const { call, store } = setup();

  const { status, headers, body } = await call(ENQUEUE, {
    body: {
      input: { a: [1] },
      user_id: 'auth0|joe',
      project_id: 'p-1',
      delay_seconds: 90,
      max_attempts: 7,
      tags: ['red', 'über alles'],
    },
    headers: { 'idempotency-key': 'order-17' },
  });

  expect(status).toBe(202);
  expect(body).toStrictEqual({ job_id: expect.any(String), status: 'queued', deduplicated: false });
  expect(headers.location).toBe(`/jobs/${body.job_id}`);
  expect(store.records.get(body.job_id)).toMatchObject({
    input: { json: '{"a":[1]}' },
    user_id: 'auth0|joe',
    project_id: 'p-1',
    scheduled_at: START + 90_000,
    max_attempts: 7,
    tags: ['red', 'über alles'],
  });
});

test.each([
  ['2026-01-01T02:00:00+02:00', START],
  ['2026-01-01T00:10:00Z', START + 600_000],
  ['1969-12-31T23:00:00Z', 0],
  ['0001-01-01T00:00:00Z', 0],
])('takes the time %s with its offset', async (scheduled_at, expected) => {
  const { call, store } = setup();
  const { status, body } = await call(ENQUEUE, { body: { scheduled_at } });
  expect(status).toBe(202);
  expect(store.records.get(body.job_id)!.scheduled_at).toBe(expected);
});

test.each([undefined, {}])('enqueues with an empty input when the body is %j', async (body) => {
  const { call, store } = setup();
  const answer = await call(ENQUEUE, { body });
  expect(answer.status).toBe(202);
  expect(store.records.get(answer.body.job_id)!.input).toEqual({ json: '{}' });
});

test.each([0, '', false, [1], 'text', 0.1, -0.5e-7, 9007199254740991])(
  'takes %j as an input, unchanged',
  async (input) => {
    const { call, store } = setup();
    const { body } = await call(ENQUEUE, { body: { input } });
    expect(store.records.get(body.job_id)!.input).toEqual({ json: JSON.stringify(input) });
  },
);

test('answers the unfinished job of a key instead of a second one', async () => {
  const { call, store, sent } = setup();
  const first = await call(ENQUEUE, { body: { key: 'nightly' } });
  const second = await call(ENQUEUE, { body: { key: 'nightly', input: { other: true } } });
  expect(second).toMatchObject({ status: 202, body: { job_id: first.body.job_id, deduplicated: true } });
  expect(store.records.size).toBe(1);
  expect(sent()).toHaveLength(1);
});

test('answers the same job to the same Idempotency-Key, whatever became of it', async () => {
  const { call, store } = setup();
  const ask = { body: { input: { n: 1 } }, headers: { 'Idempotency-Key': '"order-17"' } };
  const first = await call(ENQUEUE, ask);
  store.records.set(first.body.job_id, { ...store.records.get(first.body.job_id)!, status: 'complete' });
  const second = await call(ENQUEUE, ask);
  expect(second.body).toEqual({ job_id: first.body.job_id, status: 'complete', deduplicated: true });
  expect(store.records.size).toBe(1);
});

test('refuses an Idempotency-Key that was used for another request, and names its job', async () => {
  const { call } = setup();
  const headers = { 'idempotency-key': 'order-17' };
  const first = await call(ENQUEUE, { body: { input: 1 }, headers });
  const second = await call(ENQUEUE, { body: { input: 2 }, headers });
  expect(second).toMatchObject({ status: 409, body: { code: 'conflict', type: '/problems/conflict' } });
  expect(second.body.detail).toContain(first.body.job_id);
});

test('says queued of a job whose worker was faster than its record', async () => {
  const { call, queues, store } = setup();
  const { send } = queues;
  queues.send = async (queue, body, delay) => {
    await send(queue, body, delay);
    const { job_id, run } = JSON.parse(body);
    store.records.set(job_id, { job_id, run, status: 'active' } as never);
  };
  expect((await call('POST /tasks/trigger-test')).body.status).toBe('queued');
});

test('refuses an input that does not fit its task, with paths from the body', async () => {
  const { call, store, sent } = setup();
  const { status, headers, body } = await call('POST /tasks/report/jobs', {
    body: { input: { pages: [{ text: 1 }, {}] } },
  });
  expect(status).toBe(422);
  expect(headers['content-type']).toBe('application/problem+json');
  expect(body).toMatchObject({ code: 'invalid_input', status: 422, title: 'Invalid input' });
  expect(paths(body)).toEqual(['$.input.pages[0].text', '$.input.pages[1].text']);
  expect(store.records.size + sent().length).toBe(0);
});

test('shows the first hundred of very many invalid fields, and says so', async () => {
  const { call } = setup();
  const { status, body } = await call('POST /tasks/report/jobs', { body: { input: { pages: Array(20_000).fill(1) } } });
  expect(status).toBe(422);
  expect(body.errors).toHaveLength(100);
  expect(body.detail).toContain('Shown are 100 of 20000');
});

test.each<[string, Record<string, unknown>, string[]]>([
  ['unknown fields', { inputs: {}, delay: 1 }, ['$.inputs', '$.delay']],
  ['delay and time at once', { delay_seconds: 1, scheduled_at: '2026-01-01T00:00:00Z' }, ['$.scheduled_at']],
  ['a negative delay', { delay_seconds: -1 }, ['$.delay_seconds']],
  ['a delay of over ten years', { delay_seconds: 315_360_001 }, ['$.delay_seconds']],
  ['a delay as text', { delay_seconds: '5' }, ['$.delay_seconds']],
  ['a time without offset', { scheduled_at: '2026-01-01T00:00:00' }, ['$.scheduled_at']],
  ['a day that is none', { scheduled_at: '2026-02-30T00:00:00Z' }, ['$.scheduled_at']],
  ['a time of five-digit years', { scheduled_at: '+12036-01-01T00:00:00Z' }, ['$.scheduled_at']],
  ['a time over ten years away', { scheduled_at: '9999-12-31T00:00:00Z' }, ['$.scheduled_at']],
  ['a time as a number', { scheduled_at: 1_767_225_600 }, ['$.scheduled_at']],
  ['no attempts', { max_attempts: 0 }, ['$.max_attempts']],
  ['too many attempts', { max_attempts: 51 }, ['$.max_attempts']],
  ['half an attempt', { max_attempts: 1.5 }, ['$.max_attempts']],
  ['an empty key', { key: '' }, ['$.key']],
  ['a key of 257 characters', { key: 'k'.repeat(257) }, ['$.key']],
  ['a key with a line break', { key: 'a\nb' }, ['$.key']],
  ['a key with a line separator', { key: 'a\u2028b' }, ['$.key']],
  ['too many tags', { tags: Array(11).fill('t') }, ['$.tags']],
  ['tags that are none', { tags: ['ok', '', 5, 'x'.repeat(65), 'a\u0007b'] }, [1, 2, 3, 4].map((i) => `$.tags[${i}]`)],
  ['a tag of 65 emoji', { tags: ['😀'.repeat(65)] }, ['$.tags[0]']],
  ['tags as text', { tags: 'red' }, ['$.tags']],
  ['an empty user', { user_id: '' }, ['$.user_id']],
  ['a user with a space', { user_id: 'a b' }, ['$.user_id']],
  ['a user of nothing visible', { user_id: '\u200b' }, ['$.user_id']],
  ['a user of 129 characters', { user_id: 'u'.repeat(129) }, ['$.user_id']],
  ['a project that is null', { project_id: null }, ['$.project_id']],
])('refuses %s', async (_, body, expected) => {
  const { call, store, sent } = setup();
  const answer = await call(ENQUEUE, { body });
  expect(answer.status).toBe(422);
  expect(paths(answer.body)).toEqual(expected);
  expect(store.records.size + sent().length).toBe(0);
});

test.each([
  ['nothing', ''],
  ['a space', 'a b'],
  ['256 characters', 'k'.repeat(256)],
  ['a letter outside ASCII', 'clé'],
])('refuses an Idempotency-Key of %s', async (_, key) => {
  const { call } = setup();
  const { status, body } = await call(ENQUEUE, { headers: { 'idempotency-key': key } });
  expect(status).toBe(422);
  expect(paths(body)).toEqual(['idempotency-key']);
});

test.each(['nothing', '__proto__', 'toString', 'constructor', '%00', 'Anything', 'x'.repeat(5_000)])(
  'knows no task %s',
  async (name) => {
    const { call } = setup();
    const { status, body } = await call(`POST /tasks/${name}/jobs`, { body: {} });
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'unknown_task', type: '/problems/unknown-task' });
    expect(body.detail.length).toBeLessThanOrEqual(1_000);
  },
);

test('names the tasks there are to whoever asks for another', async () => {
  const { call } = setup();
  const { body } = await call('POST /tasks/nothing/jobs');
  expect(body.detail).toContain('poc_test_task, anything, report');
});

test('refuses an input over 256 KB of JSON, and takes one of just that', async () => {
  const { call } = setup();
  const fits = 'x'.repeat(256 * 1024 - 2);
  expect(await call(ENQUEUE, { body: { input: fits } })).toMatchObject({ status: 202 });
  expect(await call(ENQUEUE, { body: { input: `${fits}x` } })).toMatchObject({
    status: 413,
    body: { code: 'too_large' },
  });
  expect(await call('POST /tasks/trigger-test', { body: { message: fits } })).toMatchObject({ status: 413 });
});

test('measures the input, not its spelling: escapes and indents do not count', async () => {
  const { call } = setup();
  const escaped = '\\u00e9'.repeat(100_000);
  expect(await call(ENQUEUE, { body: `{"input": "${escaped}"}` })).toMatchObject({ status: 202 });
});

test('says why nothing was enqueued when the queue fails, and writes nothing', async () => {
  const { call, queues, store, log } = setup();
  queues.send = async () => {
    throw new StintError('unavailable', 'connect ECONNREFUSED 127.0.0.1:4566');
  };
  for (const path of ['POST /tasks/trigger-test', ENQUEUE]) {
    const { status, body } = await call(path);
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: 'enqueue_failed', type: '/problems/enqueue-failed' });
    expect(body.detail).toBe('Failed to enqueue task: connect ECONNREFUSED 127.0.0.1:4566');
  }
  expect(store.records.size).toBe(0);
  expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
});

test.each([
  ['refuses the call as such', new StintError('internal', 'AccessDenied: User: arn:aws:sts::1:assumed-role/x')],
  ['fails by a bug', new TypeError('x of arn:aws:y is not a function')],
])('keeps the inside to the log when the queue %s', async (_what, thrown) => {
  const { call, queues, log } = setup();
  const fail = () => Promise.reject(thrown);
  Object.assign(queues, { send: fail, sendMany: async () => [thrown] });
  const one = await call(ENQUEUE);
  const batch = await call('POST /jobs/batch', { body: { jobs: [{ task_name: 'anything' }] } });
  for (const problem of [one.body, batch.body.jobs[0].error]) {
    expect(problem).toMatchObject({ status: 500, code: 'enqueue_failed' });
    expect(problem.detail).toMatch(/^Failed to enqueue task: .*request_id/);
    expect(problem.detail).not.toContain('arn:');
  }
  const errors = log.lines.filter(({ level }) => level === 'error');
  expect(errors.map(({ fields }) => fields?.error)).toEqual(Array(2).fill(`Failed to enqueue task: ${thrown.message}`));
});

test.each([
  ['does not answer', 'unavailable', 'warn'],
  ['refuses the call as such', 'internal', 'error'],
] as const)('accepts a job whose message is sent when the table %s', async (_what, code, level) => {
  const { call, sent, store, log } = setup();
  store.apply = async () => {
    throw new StintError(code, 'no');
  };
  expect(await call(ENQUEUE)).toMatchObject({ status: 202, body: { status: 'queued' } });
  expect(sent()).toHaveLength(1);
  expect(log.lines).toContainEqual(
    expect.objectContaining({ level, message: 'record not put, its message will make it' }),
  );
});

test('logs one line for a new job, without its payload, and none for one that was there', async () => {
  const { call, log } = setup();
  const { body } = await call(ENQUEUE, { body: { key: 'k', input: { secret: 's3cret' } } });
  await call(ENQUEUE, { body: { key: 'k', input: { secret: 's3cret' } } });
  const info = log.lines.filter(({ level }) => level === 'info');
  expect(info).toEqual([
    {
      level: 'info',
      message: 'job enqueued',
      fields: { request_id: 'gateway-1', principal: 'anyone', job_id: body.job_id, task_name: 'anything' },
    },
  ]);
  expect(JSON.stringify(log.lines)).not.toContain('s3cret');
});
