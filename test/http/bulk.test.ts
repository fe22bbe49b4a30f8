import { expect, test } from 'vitest';
import * as z from 'zod';
import { defineTask } from '../../lambdas/core/task.ts';
import { pocTestTask } from '../../lambdas/tasks/poc-test-task.ts';
import { NO_JOB, paths, report, setup } from './setup.ts';

test.each(['abort', 'retry'])(
  'POST /jobs/%s makes a job of the system, whose record tells how it goes',
  async (action) => {
    const { call, job, sent } = setup();
    const jobId = await job();
    const answer = await call(`POST /jobs/${action}`, { body: { job_ids: [jobId], status: 'queued', dry_run: true } });
    expect(answer).toMatchObject({
      status: 202,
      headers: { location: `/jobs/${answer.body.job_id}` },
      body: { job_id: expect.any(String), status: 'queued' },
    });
    expect(sent().at(-1).task_name).toBe('stint_bulk');
    const { body } = await call(`GET /jobs/${answer.body.job_id}`);
    expect(body).toMatchObject({
      task_name: 'stint_bulk',
      input: { action, job_ids: [jobId], filter: { status: 'queued' }, dry_run: true },
    });
  },
);

test.each([
  [{}, ['$.job_ids']],
  [{ dry_run: true }, ['$.job_ids']],
  [{ job_ids: [] }, ['$.job_ids']],
  [{ job_ids: ['x'] }, ['$.job_ids[0]']],
  [{ job_ids: Array.from({ length: 1001 }, () => NO_JOB) }, ['$.job_ids']],
  [{ status: 'done' }, ['$.status']],
  [{ status: 'queued', dry_run: 1 }, ['$.dry_run']],
  [{ status: 'queued', limit: 5 }, ['$.limit']],
])('refuses %j', async (body, fields) => {
  const { call, store } = setup();
  const answer = await call('POST /jobs/abort', { body });
  expect(answer.status).toBe(422);
  expect(paths(answer.body)).toEqual(fields);
  expect(store.records.size).toBe(0);
});

test.each(['abort', 'retry'])('POST /jobs/%s takes job ids in capitals, too', async (action) => {
  const { call } = setup();
  const { body: order } = await call(`POST /jobs/${action}`, { body: { job_ids: [NO_JOB.toUpperCase()] } });
  const { body } = await call(`GET /jobs/${order.job_id}`);
  expect(body.input.job_ids).toEqual([NO_JOB]);
});

test('nobody enqueues the system’s own task, or is shown it', async () => {
  const { call } = setup();
  const input = { action: 'abort', filter: {}, dry_run: false };
  expect((await call('POST /tasks/stint_bulk/jobs', { body: { input } })).status).toBe(404);
  const batch = await call('POST /jobs/batch', { body: { jobs: [{ task_name: 'stint_bulk', input }] } });
  expect(batch.body.jobs[0].error.status).toBe(404);
  expect(JSON.stringify((await call('GET /tasks')).body)).not.toContain('stint_bulk');
});

test('PATCH reschedules a job that waits, and replaces its input', async () => {
  const { call, job } = setup();
  const jobId = await job({}, { delay_seconds: 600, input: { a: 1 } });
  const patch = (body: unknown) => call(`PATCH /jobs/${jobId}`, { body });

  expect(await patch({ scheduled_at: '2026-01-02T00:00:00Z' })).toMatchObject({
    status: 200,
    body: { job_id: jobId, status: 'queued', scheduled_at: '2026-01-02T00:00:00.000Z', input: { a: 1 } },
  });
  expect((await patch({ delay_seconds: 60 })).body.scheduled_at).toBe('2026-01-01T00:01:00.000Z');
  expect((await patch({ input: { b: 2 } })).body).toMatchObject({
    scheduled_at: '2026-01-01T00:01:00.000Z',
    input: { b: 2 },
  });
  expect((await patch({ now: true, input: null })).body).toMatchObject({ scheduled_at: null, dispatch: 5 });
});

test.each([
  [{}, ['$.scheduled_at']],
  [{ now: false }, ['$.now']],
  [{ now: true, delay_seconds: 1 }, ['$.scheduled_at']],
  [{ scheduled_at: 'soon' }, ['$.scheduled_at']],
  [{ scheduled_at: 'tomorrow' }, ['$.scheduled_at']],
  [{ scheduled_at: '9999-12-31T00:00:00Z' }, ['$.scheduled_at']],
  [{ delay_seconds: -1 }, ['$.delay_seconds']],
  [{ now: true, user_id: 'x' }, ['$.user_id']],
])('PATCH refuses %j', async (body, fields) => {
  const { call, job } = setup();
  const answer = await call(`PATCH /jobs/${await job()}`, { body });
  expect(answer.status).toBe(422);
  expect(paths(answer.body)).toEqual(fields);
});

test('PATCH refuses an input that the task does not take, whatever other tasks take', async () => {
  const slow = defineTask({
    name: 'slow',
    input: z.string().refine(async (text) => text !== ''),
    output: z.unknown(),
    run: () => null,
  });
  const { call } = setup({}, [pocTestTask, report, slow]);
  const { body: made } = await call('POST /tasks/report/jobs', { body: { input: { pages: [] } } });
  const refused = async (input: unknown) => {
    const { status, body } = await call(`PATCH /jobs/${made.job_id}`, { body: { input } });
    return [status, paths(body)];
  };
  expect(await refused({ pages: [{}] })).toEqual([422, ['$.input.pages[0].text']]);
  expect(await refused({ message: 'Hello' })).toEqual([422, ['$.input.pages', '$.input.message']]);
  expect(await refused('')).toEqual([422, ['$.input']]);
});

test('PATCH refuses a job that has begun, and one that is not there', async () => {
  const { call, job } = setup();
  const running = await call(`PATCH /jobs/${await job({ status: 'active' })}`, { body: { now: true } });
  expect(running).toMatchObject({ status: 409, body: { job_status: 'active' } });
  expect((await call(`PATCH /jobs/${NO_JOB}`, { body: { now: true } })).status).toBe(404);
});
