import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Answer, call, get, post, requestJob } from './client.ts';

const nobody = '00000000-0000-7000-8000-000000000000';
const json = { 'content-type': 'application/json' };
const echo = (body: object) => post('/tasks/echo/jobs', { input: { value: 1 }, ...body });

interface Refusal {
  readonly status: number;
  readonly code: string;
  /** In the detail: what to do. */
  readonly says?: RegExp;
  /** The invalid fields, in their order. */
  readonly fields?: readonly string[];
}

const refusals: readonly [title: string, request: () => Promise<Answer>, refusal: Refusal][] = [
  [
    'a body that is not JSON',
    () => call('POST', '/tasks/trigger-test', { body: '{"message":', headers: json }),
    { status: 400, code: 'malformed', says: /not JSON/ },
  ],
  [
    'a body that is no object',
    () => call('POST', '/tasks/trigger-test', { body: '["Hello"]', headers: json }),
    { status: 400, code: 'malformed', says: /object/ },
  ],
  [
    'a path that does not exist',
    () => get('/nothing/here'),
    { status: 404, code: 'unknown_route', says: /GET \/tasks/ },
  ],
  ['the root', () => get('/'), { status: 404, code: 'unknown_route' }],
  [
    'a task that does not exist',
    () => requestJob('no_such_task', {}),
    { status: 404, code: 'unknown_task', says: /poc_test_task/ },
  ],
  ['a job that does not exist', () => get(`/jobs/${nobody}`), { status: 404, code: 'unknown_job' }],
  ['a job id that is none', () => get('/jobs/nonsense'), { status: 404, code: 'unknown_job', says: /UUID/ }],
  ['to wait for a job that does not exist', () => get(`/jobs/${nobody}?wait=20`), { status: 404, code: 'unknown_job' }],
  ['to abort a job that does not exist', () => post(`/jobs/${nobody}/abort`), { status: 404, code: 'unknown_job' }],
  ['to retry a job that does not exist', () => post(`/jobs/${nobody}/retry`), { status: 404, code: 'unknown_job' }],
  [
    'a method that a path does not answer',
    () => call('DELETE', `/jobs/${nobody}`),
    { status: 405, code: 'method_not_allowed', says: /GET/ },
  ],
  [
    'an input over 256 KB',
    () => requestJob('echo', { value: 'x'.repeat(270_000) }),
    { status: 413, code: 'too_large', says: /S3/ },
  ],
  ['a body over 1 MB', () => requestJob('echo', { value: 'x'.repeat(1_100_000) }), { status: 413, code: 'too_large' }],
  [
    'XML',
    () => call('POST', '/tasks/trigger-test', { body: '<message/>', headers: { 'content-type': 'application/xhtml' } }),
    { status: 415, code: 'unsupported_media_type' },
  ],
  [
    'an input that does not fit its task',
    () => requestJob('create_subtitles', { segments: [{ start_seconds: 'soon', end_seconds: 2, text: 'Hi' }], x: 1 }),
    { status: 422, code: 'invalid_input', fields: ['$.input.segments[0].start_seconds', '$.input.x'] },
  ],
  [
    'ids of the test task that are no UUIDs',
    () => post('/tasks/trigger-test', { message: 5, user_id: 'me', project_id: 'mine' }),
    { status: 422, code: 'invalid_input', fields: ['$.message', '$.user_id', '$.project_id'] },
  ],
  [
    'an unknown field',
    () => echo({ priority: 'high' }),
    { status: 422, code: 'invalid_input', fields: ['$.priority'] },
  ],
  [
    'options that are out of range',
    () => echo({ delay_seconds: -1, max_attempts: 51, tags: Array(11).fill('x'), user_id: '', key: '' }),
    {
      status: 422,
      code: 'invalid_input',
      fields: ['$.user_id', '$.delay_seconds', '$.max_attempts', '$.key', '$.tags'],
    },
  ],
  [
    'both a delay and a time',
    () => echo({ delay_seconds: 1, scheduled_at: '2030-01-01T00:00:00Z' }),
    { status: 422, code: 'invalid_input', fields: ['$.scheduled_at'] },
  ],
  [
    'a time without its offset',
    () => echo({ scheduled_at: '2030-01-01T00:00:00' }),
    { status: 422, code: 'invalid_input', fields: ['$.scheduled_at'] },
  ],
  [
    'an Idempotency-Key with spaces',
    () => requestJob('echo', { value: 1 }, {}, { 'idempotency-key': 'not one word' }),
    { status: 422, code: 'invalid_input', fields: ['idempotency-key'] },
  ],
  [
    'to wait longer than is allowed',
    () => get(`/jobs/${nobody}?wait=21`),
    { status: 422, code: 'invalid_input', fields: ['?wait'] },
  ],
  [
    'an unknown parameter',
    () => get(`/jobs/${nobody}?await=20`),
    { status: 422, code: 'invalid_input', fields: ['?await'] },
  ],
  [
    'a list of filters that are none',
    () => get('/jobs?status=done&created_after=yesterday&limit=0&task_name=No!'),
    { status: 422, code: 'invalid_input', fields: ['?task_name', '?status', '?created_after', '?limit'] },
  ],
  [
    'a parameter given twice',
    () => get('/jobs?limit=1&limit=2'),
    { status: 422, code: 'invalid_input', fields: ['?limit'] },
  ],
  [
    'a forged cursor',
    () => get('/jobs?cursor=eyJhIjoxfQ'),
    { status: 400, code: 'invalid_cursor', says: /begin anew/ },
  ],
  [
    'a forged cursor of the dead letters',
    () => get('/dead-letters?cursor=__proto__'),
    { status: 400, code: 'invalid_cursor' },
  ],
  [
    'a batch without jobs',
    () => post('/jobs/batch', { jobs: [] }),
    { status: 422, code: 'invalid_input', fields: ['$.jobs'] },
  ],
  [
    'a batch of 1,001 jobs',
    () => post('/jobs/batch', { jobs: Array(1_001).fill({}) }),
    { status: 422, code: 'invalid_input', fields: ['$.jobs'] },
  ],
  ['to abort any job at all', () => post('/jobs/abort', {}), { status: 422, code: 'invalid_input', says: /./ }],
  [
    'to retry what is no id',
    () => post('/jobs/retry', { job_ids: ['all'] }),
    { status: 422, code: 'invalid_input', fields: ['$.job_ids[0]'] },
  ],
  [
    'to redrive this and all',
    () => post('/dead-letters/redrive', { all: true, task_name: 'echo' }),
    { status: 422, code: 'invalid_input' },
  ],
  ['a change of nothing', () => call('PATCH', `/jobs/${nobody}`, { body: {} }), { status: 422, code: 'invalid_input' }],
  [
    'a change of two times',
    () => call('PATCH', `/jobs/${nobody}`, { body: { now: true, delay_seconds: 1 } }),
    { status: 422, code: 'invalid_input', fields: ['$.scheduled_at'] },
  ],
  [
    'to change all jobs at once',
    () => call('PATCH', '/jobs/abort', { body: { now: true } }),
    { status: 405, code: 'method_not_allowed', says: /POST/ },
  ],
  [
    'a name that JavaScript gives a meaning of its own',
    () => call('POST', '/tasks/echo/jobs', { body: '{"input":{"value":{"__proto__":1}}}', headers: json }),
    { status: 400, code: 'malformed', says: /__proto__/ },
  ],
  [
    'a name that is there twice',
    () => call('POST', '/tasks/echo/jobs', { body: '{"input":{"value":1},"input":{"value":2}}', headers: json }),
    { status: 400, code: 'malformed', says: /twice/ },
  ],
  [
    'a number that would be rounded',
    () => call('POST', '/tasks/echo/jobs', { body: '{"input":{"value":9007199254740993}}', headers: json }),
    { status: 400, code: 'malformed', says: /string/ },
  ],
  [
    'half of a surrogate pair',
    () => call('POST', '/tasks/echo/jobs', { body: '{"input":{"value":"\\ud83d"}}', headers: json }),
    { status: 400, code: 'malformed', says: /surrogate/ },
  ],
  [
    'JSON that is nested too deeply',
    () =>
      call('POST', '/tasks/echo/jobs', { body: `{"input":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, headers: json }),
    { status: 400, code: 'malformed', says: /nested/ },
  ],
  [
    'bytes that are no UTF-8',
    () => call('POST', '/tasks/echo/jobs', { body: new Uint8Array([123, 255, 125]) }),
    { status: 400, code: 'malformed' },
  ],
  [
    'a compressed body',
    () => call('POST', '/tasks/echo/jobs', { body: '{}', headers: { ...json, 'content-encoding': 'gzip' } }),
    { status: 415, code: 'unsupported_media_type' },
  ],
  ['a path that climbs', () => get('/jobs/..%2F..%2Ftasks'), { status: 404, code: 'unknown_route' }],
  ['a path with an empty part', () => get('/jobs//abort'), { status: 404, code: 'unknown_route' }],
  ['a task of the system', () => requestJob('stint_bulk', {}), { status: 404, code: 'unknown_task' }],
  ['a task named for a prototype', () => requestJob('__proto__', {}), { status: 404, code: 'unknown_task' }],
];

describe.concurrent('the API refuses, by a problem document that says what to do,', () => {
  for (const [title, request, { status, code, says = /./, fields }] of refusals)
    it(title, async () => {
      const answer = await request();

      expect(answer).toMatchObject({
        status,
        body: {
          type: expect.any(String),
          title: expect.any(String),
          status,
          code,
          detail: expect.stringMatching(says),
        },
      });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      if (fields !== undefined) {
        const { errors } = answer.body as { errors: { path: string; message: string }[] };
        expect(errors.map(({ path }) => path)).toEqual(fields);
        for (const { message } of errors) expect(message).not.toBe('');
      }
    });

  it('names the methods that a path does answer', async () => {
    expect((await call('DELETE', '/tasks')).headers.get('allow')).toBe('GET');
  });

  it('echoes the id of a request, by which its log lines are found', async () => {
    const id = randomUUID();
    const { headers, body } = await call('GET', '/nothing/here', { headers: { 'x-request-id': id } });

    expect(headers.get('x-request-id')).toBe(id);
    expect(body).toMatchObject({ request_id: id });
  });
});
