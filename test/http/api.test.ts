import { expect, test } from 'vitest';
import * as z from 'zod';
import { defineTask } from '../../lambdas/core/task.ts';
import { ROUTES } from '../../lambdas/http/api.ts';
import { ROUTES as GATEWAY_ROUTES } from '../../lib/routes.ts';
import { eventOf, NO_JOB, setup } from './setup.ts';

test('answers the routes that API Gateway is told of, and no others', () => {
  const named = (routes: readonly { method: string; path: string }[]) =>
    routes.map((r) => `${r.method} ${r.path}`).sort();
  expect(named(ROUTES)).toEqual(named(GATEWAY_ROUTES));
});

test('takes at most two parameters: Node 24 on Lambda refuses a handler with three', () => {
  expect(setup().handler.length).toBeLessThan(3);
});

test('says that it is up', async () => {
  const { call } = setup();
  expect(await call('GET /health')).toStrictEqual({
    status: 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
      'x-request-id': 'gateway-1',
    },
    body: { status: 'ok' },
  });
});

test('shows the tasks, their schemas as JSON Schema', async () => {
  const { call } = setup();
  const { status, body } = await call('GET /tasks');
  expect(status).toBe(200);
  expect(body.tasks.map((task: { name: string }) => task.name)).toEqual(['poc_test_task', 'anything', 'report']);
  expect(body.tasks[2]).toMatchObject({
    name: 'report',
    description: 'Writes a report.',
    queue: 'default',
    max_attempts: 5,
    timeout_seconds: 20,
    backoff: { initial_seconds: 2, max_seconds: 60 },
    retention_days: 7,
    schedules: [
      { cron: '0 9 * * MON-FRI', time_zone: 'Europe/Berlin' },
      { cron: '0 0 1 * *', time_zone: 'UTC' },
    ],
    input: { type: 'object', required: ['pages'], additionalProperties: false },
    output: { type: 'object', properties: { url: { type: 'string', format: 'uri' } } },
  });
  expect(body.tasks[0].input.required ?? []).not.toContain('message'); // it has a default
});

test('shows a task whose schemas have no JSON Schema', async () => {
  const odd = defineTask({
    name: 'odd',
    input: z.object({ at: z.date(), size: z.bigint() }),
    output: z.string().transform((text) => text.length),
    run: () => 'x',
  });
  const foreign = { ...odd, name: 'foreign', input: { safeParse: () => ({}) } as never };
  const { call } = setup({}, [odd, foreign]);
  const { status, body } = await call('GET /tasks');
  expect(status).toBe(200);
  expect(body.tasks[0].input.properties).toEqual({ at: {}, size: {} });
  expect(body.tasks[1].input).toEqual({});
});

test.each([
  ['GET /', 404, 'unknown_route'],
  ['GET /job', 404, 'unknown_route'],
  ['GET /jobs/', 404, 'unknown_route'],
  [`GET /jobs/${NO_JOB}/`, 404, 'unknown_route'],
  [`GET //jobs/${NO_JOB}`, 404, 'unknown_route'],
  ['POST /tasks//jobs', 404, 'unknown_route'],
  ['GET /../health', 404, 'unknown_route'],
  ['GET /HEALTH', 404, 'unknown_route'],
  ['POST /tasks/a%2Fb/jobs', 404, 'unknown_task'],
  ['GET /tasks/%', 400, 'malformed'],
  ['GET /tasks/%ff', 400, 'malformed'],
  ['GET /tasks/%ED%A0%80', 400, 'malformed'],
  ['GET /he%61lth?x=%ZZ', 422, 'invalid_input'],
  ['DELETE /health', 405, 'method_not_allowed'],
  ['HEAD /health', 405, 'method_not_allowed'],
  ['get /health', 405, 'method_not_allowed'],
  ['GET /tasks/trigger-test', 405, 'method_not_allowed'],
  [`POST /jobs/${NO_JOB}`, 405, 'method_not_allowed'],
])('answers %s with a problem: %i %s', async (route, status, code) => {
  const { call } = setup();
  const answer = await call(route);
  expect(answer).toMatchObject({
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: { status, code, type: `/problems/${code.replaceAll('_', '-')}`, request_id: 'gateway-1' },
  });
});

test('says which methods a path has, and which paths there are', async () => {
  const { call } = setup();
  expect((await call('PUT /tasks')).headers.allow).toBe('GET');
  expect((await call('GET /nowhere')).body.detail).toContain('POST /tasks/{task_name}/jobs');
});

test.each([
  ['the caller’s own', { 'x-request-id': 'abc-1' }, 'abc-1'],
  ['the caller’s own, the header in capitals', { 'X-Request-Id': 'abc-1' }, 'abc-1'],
  ['the gateway’s for one with a line break', { 'x-request-id': 'a\nb' }, 'gateway-1'],
  ['the gateway’s for one too long', { 'x-request-id': 'a'.repeat(129) }, 'gateway-1'],
  ['the gateway’s for an empty one', { 'x-request-id': '' }, 'gateway-1'],
])('carries a request id: %s', async (_, headers, expected) => {
  const { call } = setup();
  const answer = await call('GET /nowhere', { headers });
  expect(answer.headers['x-request-id']).toBe(expected);
  expect(answer.body.request_id).toBe(expected);
});

test('logs one line a request at DEBUG, with the route and not the path', async () => {
  const { call, log, clock, job } = setup();
  const jobId = await job();
  const before = log.lines.length;
  const answer = call(`GET /jobs/${jobId}?wait=2`, { headers: { 'x-request-id': 'r1' } });
  await clock.advance(2_000);
  await answer;
  expect(log.lines.slice(before)).toEqual([
    {
      level: 'debug',
      message: 'request',
      fields: { request_id: 'r1', method: 'GET', route: '/jobs/{job_id}', status: 200, ms: 2_000 },
    },
  ]);
});

test('answers what nobody foresaw with a fixed text, and logs the error', async () => {
  const { call, store, log } = setup();
  store.get = async () => {
    throw new TypeError('secret of the inside');
  };
  const answer = await call(`GET /jobs/${NO_JOB}`);
  expect(answer).toMatchObject({ status: 500, body: { code: 'internal', request_id: 'gateway-1' } });
  expect(JSON.stringify(answer)).not.toContain('secret');
  expect(log.lines).toContainEqual({
    level: 'error',
    message: 'request failed',
    fields: {
      request_id: 'gateway-1',
      route: '/jobs/{job_id}',
      code: 'internal',
      error: 'secret of the inside',
      stack: expect.stringContaining('TypeError'),
    },
  });
});

test.each([
  ['an event of nothing', {}],
  ['an event with nulls', { ...eventOf('POST /tasks/trigger-test'), body: null, headers: null, rawQueryString: null }],
  ['an event without a body flag', { ...eventOf('POST /tasks/trigger-test'), isBase64Encoded: undefined }],
])('never throws: %s', async (_, event) => {
  const { send } = setup();
  const { status } = await send(event as never);
  expect([202, 404]).toContain(status);
});
