import { expect, test } from 'vitest';
import { jobList } from '../../lambdas/http/wire/answers.ts';
import { paths, setup } from './setup.ts';

const ids = (body: { jobs: { job_id: string }[] }) => body.jobs.map(({ job_id }) => job_id);

test('lists jobs, the newest first, a page at a time', async () => {
  const { call, job, clock } = setup();
  const made: string[] = [];
  for (let i = 0; i < 5; i++) {
    made.unshift(await job());
    await clock.advance(1000);
  }

  const first = await call('GET /jobs?limit=3');
  expect(first.status).toBe(200);
  expect(jobList.parse(first.body)).toEqual(first.body);
  expect(ids(first.body)).toEqual(made.slice(0, 3));
  expect(first.body).toMatchObject({ next_cursor: expect.any(String), partial: false });

  const second = await call(`GET /jobs?limit=3&cursor=${first.body.next_cursor}`);
  expect(ids(second.body)).toEqual(made.slice(3));
  expect(second.body.next_cursor).toBeNull();
});

test('combines its filters', async () => {
  const { call, job } = setup();
  const wanted = await job({ status: 'failed' }, { user_id: 'ada', project_id: 'p', tags: ['x', 'y'] });
  await job({ status: 'failed' }, { user_id: 'ada', project_id: 'q', tags: ['x'] });
  await job({}, { user_id: 'ada', project_id: 'p', tags: ['x'] });
  await job({ status: 'failed' }, { user_id: 'bob', project_id: 'p', tags: ['x'] });

  const query = 'user_id=ada&project_id=p&status=failed&tag=x&task_name=anything&created_after=2025-12-31T00:00:00Z';
  expect(ids((await call(`GET /jobs?${query}`)).body)).toEqual([wanted]);
  expect(ids((await call(`GET /jobs?${query}&created_before=2025-12-31T23:00:00-01:00`)).body)).toEqual([]);
  expect(ids((await call('GET /jobs?task_name=unheard_of')).body)).toEqual([]);
});

test('leaves large payloads out of a list, and says which', async () => {
  const { call, job, clock } = setup();
  const large = { text: 'x'.repeat(1_000) };
  await job({ result: { json: '7' } }, { input: large });
  await clock.advance(1);
  await job({ result: { json: 'not JSON' }, input: { json: '{"a":1}' } });
  const { body } = await call('GET /jobs');
  expect(body.jobs).toMatchObject([
    { input: { a: 1 }, result: null, omitted: [] },
    { input: null, result: 7, omitted: ['input'] },
  ]);
});

test.each([
  ['limit=0', ['?limit']],
  ['limit=101', ['?limit']],
  ['limit=1e1', ['?limit']],
  ['limit=', ['?limit']],
  ['status=done', ['?status']],
  ['task_name=A', ['?task_name']],
  ['user_id=', ['?user_id']],
  ['user_id=a%20b', ['?user_id']],
  ['tag=', ['?tag']],
  ['created_after=yesterday', ['?created_after']],
  ['created_before=2026-01-01', ['?created_before']],
  ['cursor=', ['?cursor']],
  ['x=1', ['?x']],
  ['limit=1&limit=2', ['?limit']],
])('refuses the query %s', async (query, fields) => {
  const { call } = setup();
  const { status, body } = await call(`GET /jobs?${query}`);
  expect(status).toBe(422);
  expect(paths(body)).toEqual(fields);
});

test('refuses a forged cursor, or one of another query', async () => {
  const { call, job } = setup();
  for (let i = 0; i < 3; i++) await job();
  const { body } = await call('GET /jobs?limit=1');
  const cursor = body.next_cursor as string;
  for (const query of [`cursor=${cursor}&status=queued`, `cursor=${cursor}x`, 'cursor=abc', 'cursor=%00'])
    expect(await call(`GET /jobs?${query}`)).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
});
