import { expect, it } from 'vitest';
import { call, get } from './client.ts';

it.each(['br', 'gzip', 'identity'])('sends a large answer as the client takes it: %s', async (encoding) => {
  const { status, headers, body } = await call('GET', '/tasks', { headers: { 'accept-encoding': encoding } });
  expect(status).toBe(200);
  expect(headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding);
  expect(body).toEqual((await get('/tasks')).body);
});

it('carries the request’s id from the header to the record and back', async () => {
  const headers = { 'x-request-id': 'from-e2e-1' };
  const answer = await call('POST', '/tasks/echo/jobs', { body: { input: { value: 1 }, delay_seconds: 300 }, headers });
  expect(answer.headers.get('x-request-id')).toBe('from-e2e-1');
  const { job_id } = answer.body as { job_id: string };
  expect((await get(`/jobs/${job_id}`)).body).toMatchObject({ request_id: 'from-e2e-1' });
  const problem = await call('POST', '/tasks/unheard_of/jobs', { body: {}, headers });
  expect(problem.body).toMatchObject({ request_id: 'from-e2e-1' });
});
