import { expect, test } from 'vitest';
import { StintError } from '../../lambdas/core/errors.ts';
import { jobList, statsAnswer } from '../../lambdas/http/wire/answers.ts';
import { NO_JOB, paths, START, setup } from './setup.ts';

const depth = { ready: 3, inFlight: 2, delayed: 1 };
const depths = async () => ({ queues: { default: depth }, deadLetters: depth, undeliverable: depth });
const failed = { status: 'failed', failed_at: START, completed_at: START, error_message: 'no' } as const;

test('GET /stats tells depths, failed jobs by task and the oldest that waits', async () => {
  const { call, job, clock } = setup({ depths });
  await job(failed);
  const waiting = await job();
  await clock.advance(2_500);
  const { status, body } = await call('GET /stats');
  expect(status).toBe(200);
  expect(statsAnswer.parse(body)).toEqual(body);
  const shown = { ready: 3, in_flight: 2, delayed: 1 };
  expect(body).toEqual({
    queues: { default: shown },
    dead_letters: shown,
    undeliverable: shown,
    failed: {
      poc_test_task: { count: 0, at_least: false },
      anything: { count: 1, at_least: false },
      report: { count: 0, at_least: false },
    },
    oldest_waiting: {
      job_id: waiting,
      task_name: 'anything',
      since: '2026-01-01T00:00:00.000Z',
      seconds: 2.5,
      exact: true,
    },
  });
});

test('GET /dead-letters lists buried jobs with their errors, by page', async () => {
  const { call, job } = setup();
  const first = await job({ ...failed, failed_at: START + 1 });
  const last = await job({ ...failed, failed_at: START + 2 });
  await job();
  const page = await call('GET /dead-letters?limit=1');
  expect(jobList.parse(page.body)).toEqual(page.body);
  expect(page.body.jobs).toMatchObject([{ job_id: last, error_message: 'no' }]);
  const next = await call(`GET /dead-letters?task_name=anything&cursor=${page.body.next_cursor}`);
  expect(next.status).toBe(400);
  expect((await call(`GET /dead-letters?cursor=${page.body.next_cursor}`)).body.jobs).toMatchObject([
    { job_id: first },
  ]);
  expect((await call('GET /dead-letters?task_name=report')).body).toEqual({
    jobs: [],
    next_cursor: null,
    partial: false,
  });
});

test('POST /dead-letters/redrive runs buried jobs again', async () => {
  const { call, job, store } = setup();
  const ids = [await job(failed), await job(failed)];
  const named = await call('POST /dead-letters/redrive', { body: { job_ids: [ids[0], NO_JOB] } });
  expect(named).toMatchObject({
    status: 202,
    body: {
      redriven: 1,
      jobs: [
        { job_id: ids[0], status: 'queued' },
        { job_id: NO_JOB, error: { status: 404, code: 'unknown_job' } },
      ],
      left: 0,
      left_at_least: false,
    },
  });
  const all = await call('POST /dead-letters/redrive', { body: { all: true } });
  expect(all.body).toEqual({
    redriven: 1,
    jobs: [{ job_id: ids[1], status: 'queued' }],
    left: 0,
    left_at_least: false,
  });
  for (const id of ids) expect(store.records.get(id)).toMatchObject({ status: 'queued', dispatch: 2 });
});

test.each([
  [new TypeError('x is not a function'), 'internal', 'error'],
  [new StintError('unavailable', 'The table did not answer: throttled'), 'unavailable', 'warn'],
] as const)('what a redrive fails with (%s) stands in the log, by job', async (thrown, code, level) => {
  const { call, job, store, log } = setup();
  const id = await job(failed);
  store.apply = async () => {
    throw thrown;
  };
  const { status, body } = await call('POST /dead-letters/redrive', { body: { job_ids: [id] } });
  expect([status, body.jobs[0].error.code]).toEqual([202, code]);
  expect(log.lines).toContainEqual(
    expect.objectContaining({
      level,
      message: 'job not redriven',
      fields: expect.objectContaining({ job_id: id, code, error: thrown.message }),
    }),
  );
});

test('job ids are as good in capitals', async () => {
  const { call, job, store } = setup();
  store.records.set(NO_JOB, { ...store.records.get(await job(failed))!, job_id: NO_JOB });
  const { body } = await call('POST /dead-letters/redrive', { body: { job_ids: [NO_JOB.toUpperCase()] } });
  expect(body).toMatchObject({ redriven: 1, jobs: [{ job_id: NO_JOB, status: 'queued' }] });
});

test.each([
  [{}, ['$.job_ids']],
  [{ all: false }, ['$.all']],
  [{ all: true, task_name: 'report' }, ['$.job_ids']],
  [{ job_ids: [] }, ['$.job_ids']],
  [{ job_ids: ['x'] }, ['$.job_ids[0]']],
  [{ task_name: '' }, ['$.task_name']],
])('a redrive refuses %j', async (body, fields) => {
  const { call } = setup();
  const answer = await call('POST /dead-letters/redrive', { body });
  expect(answer.status).toBe(422);
  expect(paths(answer.body)).toEqual(fields);
});
