import { expect, expectTypeOf, test, vi } from 'vitest';
import { directEnqueue } from '../../../lambdas/adapters/lambda/enqueue-direct.ts';
import { StintError } from '../../../lambdas/core/errors.ts';
import { report, setup as setupApi } from '../../http/setup.ts';

/** The engine of the API's tests, and a direct way into it. */
function setup(hooks = {}) {
  const { call, store, sent, engine } = setupApi({ hooks });
  const engineOf = vi.fn(() => engine);
  return { call, store, sent, engineOf, enqueueDirect: directEnqueue({ tasks: [report] as const, hooks }, engineOf) };
}

const pages = [{ text: 'one' }];

test('enqueues what the API would', async () => {
  const { enqueueDirect, call, store, sent } = setup();

  const direct = await enqueueDirect('report', { pages }, { userId: 'ada', tags: ['t'], maxAttempts: 2 });
  const { body } = await call('POST /tasks/report/jobs', {
    body: { input: { pages }, user_id: 'ada', tags: ['t'], max_attempts: 2 },
  });

  expect(direct).toEqual({ job_id: expect.any(String), status: 'queued', deduplicated: false });
  const comparable = (jobId: string) => {
    const { job_id, run, by_task, by_user, shard, request_id, ...rest } = store.records.get(jobId)!;
    return rest;
  };
  expect(comparable(direct.job_id)).toEqual(comparable(body.job_id));
  expect(sent()).toHaveLength(2);
});

test('checks the input, and says what is wrong with it', async () => {
  const { enqueueDirect, store } = setup();

  const error = await enqueueDirect('report', { pages: [{ text: 1 as never }] }).catch((thrown) => thrown);

  expect(error).toBeInstanceOf(StintError);
  expect(error).toMatchObject({ code: 'invalid_input', fields: [{ path: '$.pages[0].text' }] });
  expect(store.records.size).toBe(0);
});

test('runs the beforeEnqueue hooks', async () => {
  const beforeEnqueue = vi.fn();
  const { enqueueDirect } = setup({ beforeEnqueue });

  await enqueueDirect('report', { pages });

  expect(beforeEnqueue).toHaveBeenCalledOnce();
});

test('makes its engine at the first call, and once', async () => {
  const { enqueueDirect, engineOf } = setup();
  expect(engineOf).not.toHaveBeenCalled();

  await enqueueDirect('report', { pages });
  await enqueueDirect('report', { pages });

  expect(engineOf).toHaveBeenCalledOnce();
});

test('takes the name and the input of a task', () => {
  const { enqueueDirect } = setup();

  expectTypeOf(enqueueDirect<'report'>)
    .parameter(1)
    .toEqualTypeOf<{ pages: { text: string }[] }>();
  expectTypeOf(enqueueDirect).parameter(0).toEqualTypeOf<'report'>();
});
