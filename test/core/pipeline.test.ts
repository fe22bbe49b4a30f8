import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { abort } from '../../lambdas/core/abort.ts';
import type { TaskContext } from '../../lambdas/core/context.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { CancelError, NonRetryableError } from '../../lambdas/core/errors.ts';
import type { Hooks, JobHookContext } from '../../lambdas/core/hooks.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { always, type Faults, on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { world } from '../world/world.ts';

const SECOND = 1_000;
const JOB_HOOKS = [
  'beforeProcess',
  'beforeComplete',
  'beforeRetry',
  'onSuccess',
  'onFailure',
  'onAbort',
  'afterProcess',
] as const;
type JobHook = (typeof JOB_HOOKS)[number];

/**
 * A world whose every hook notes that it ran, in the same list as the task and the external calls, with the job's status as
 * the store has it just then.
 */
function setup(
  work: (ctx: TaskContext) => unknown,
  more: Partial<Record<JobHook, (ctx: JobHookContext) => unknown>> = {},
) {
  const order: string[] = [];
  const seen: Partial<Record<JobHook, Pick<JobHookContext, 'status' | 'input' | 'result' | 'error' | 'retryAt'>>> = {};
  const stored = (jobId: string) => w.records.get(jobId)?.status;
  const hook = (name: JobHook) => async (ctx: JobHookContext) => {
    order.push(`${name} (${stored(ctx.jobId)})`);
    const { status, input, result, error, retryAt } = ctx;
    seen[name] = { status, input, result, error, retryAt };
    await more[name]?.(ctx);
  };
  const task = taskOf((ctx) => {
    order.push(`run (${stored(ctx.jobId)})`);
    return work(ctx);
  });
  const w = world({ tasks: [task], hooks: Object.fromEntries(JOB_HOOKS.map((name) => [name, hook(name)])) });
  const add = async (maxAttempts = 3) => (await enqueue(w.engine, 'work', { a: 1 }, { maxAttempts })).jobId;
  const start = (faults: Faults = () => undefined) =>
    w.work({
      faults: (call) => {
        order.push(call.name);
        return faults(call);
      },
    });
  return { w, add, start, order, seen };
}

const throwing = (error: unknown) => () => {
  throw error;
};

describe('the order around a job is fixed', () => {
  test('when it completes', async () => {
    const { add, start, order, seen } = setup(() => 'done');
    await add();

    expect(await start()).toBe('ack');

    expect(order).toEqual([
      'claim',
      'beforeProcess (active)',
      'run (active)',
      'beforeComplete (active)',
      'complete',
      'onSuccess (complete)',
      'afterProcess (complete)',
      'ack',
    ]);
    expect(seen.beforeProcess).toMatchObject({ status: 'active', result: undefined });
    expect(seen.beforeComplete).toMatchObject({ status: 'active', input: { a: 1 }, result: 'done' });
    expect(seen.onSuccess).toMatchObject({ status: 'complete', result: 'done', error: undefined });
    expect(seen.afterProcess).toMatchObject({ status: 'complete', result: 'done', error: undefined });
  });

  test('when it fails for good', async () => {
    const { add, start, order, seen } = setup(throwing(new NonRetryableError('no such file')));
    await add();

    expect(await start()).toBe('ack');

    expect(order).toEqual([
      'claim',
      'beforeProcess (active)',
      'run (active)',
      'fail',
      'bury',
      'onFailure (failed)',
      'afterProcess (failed)',
      'ack',
    ]);
    for (const name of ['onFailure', 'afterProcess'] as const)
      expect(seen[name]).toMatchObject({ status: 'failed', error: { message: 'no such file' }, retryAt: undefined });
  });

  test('when it is retried', async () => {
    const { w, add, start, order, seen } = setup(throwing(new Error('not yet')));
    await add();

    expect(await start()).toBe('ack');

    expect(order).toEqual([
      'claim',
      'beforeProcess (active)',
      'run (active)',
      'beforeRetry (active)',
      'retry',
      'send',
      'afterProcess (queued)',
      'ack',
    ]);
    const retryAt = w.clock.now() + 500;
    expect(seen.beforeRetry).toMatchObject({ status: 'active', error: { message: 'not yet' }, retryAt });
    expect(seen.afterProcess).toMatchObject({ status: 'queued', error: { message: 'not yet' }, retryAt });
  });

  test('when it times out', async () => {
    const { w, add, start, order, seen } = setup(() => new Promise(() => undefined));
    await add(1);
    const over = start();

    await w.clock.advance(30 * SECOND);
    expect(await over).toBe('ack');

    expect(order.filter((each) => each !== 'heartbeat')).toEqual([
      'claim',
      'beforeProcess (active)',
      'run (active)',
      'fail',
      'bury',
      'onFailure (failed)',
      'afterProcess (failed)',
      'ack',
    ]);
    expect(seen.onFailure).toMatchObject({ error: { name: 'InterruptedError', message: 'timed out after 30 s' } });
    expect(w.clock.waiting).toBe(0);
  });

  test('when it times out with an attempt left', async () => {
    const { w, add, start, order } = setup(() => new Promise(() => undefined));
    await add();
    const over = start();
    await w.clock.advance(30 * SECOND);
    await over;
    expect(order.filter((each) => each !== 'heartbeat').slice(3)).toEqual([
      'beforeRetry (active)',
      'retry',
      'send',
      'afterProcess (queued)',
      'ack',
    ]);
  });

  test('when it is aborted', async () => {
    const { w, add, start, order, seen } = setup(
      ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const jobId = await add();
    const over = start();
    await w.clock.advance(SECOND);
    await abort(w.engine, jobId);
    await w.clock.advance(2 * SECOND);
    expect(await over).toBe('ack');

    expect(order).toEqual([
      'claim',
      'beforeProcess (active)',
      'run (active)',
      'heartbeat',
      'abort own',
      'onAbort (aborted)',
      'afterProcess (aborted)',
      'ack',
    ]);
    for (const name of ['onAbort', 'afterProcess'] as const)
      expect(seen[name]).toMatchObject({ status: 'aborted', error: { name: 'InterruptedError', reason: 'abort' } });
    expect(w.clock.waiting).toBe(0);
  });

  test('when it cancels itself', async () => {
    const { add, start, order } = setup(throwing(new CancelError('no longer wanted')));
    await add();
    await start();
    expect(order).toEqual([
      'claim',
      'beforeProcess (active)',
      'run (active)',
      'cancel own',
      'onAbort (aborted)',
      'afterProcess (aborted)',
      'ack',
    ]);
  });

  test('when its result does not fit', async () => {
    const { add, start, order } = setup(() => undefined);
    await add();
    await start();
    expect(order.slice(3)).toEqual(['fail', 'bury', 'onFailure (failed)', 'afterProcess (failed)', 'ack']);
  });

  test('when it belongs to another attempt by then: nothing is told but that it is over', async () => {
    const { w, add, start, order, seen } = setup(() => 'done');
    const jobId = await add();
    await start(async (call) => {
      if (call.name === 'complete') w.records.set(jobId, { ...(await w.record(jobId))!, owner: 'another' });
      return undefined;
    });
    expect(order.slice(3)).toEqual(['beforeComplete (active)', 'complete', 'afterProcess (active)']);
    expect(seen.afterProcess).toMatchObject({ status: 'active', result: 'done' });
  });
});

describe('a delivery that is not claimed', () => {
  test.each(['complete', 'aborted', 'failed'] as const)('of a job that is %s runs no hook', async (status) => {
    const { w, add, start, order } = setup(() => 'done');
    const jobId = await add();
    w.records.set(jobId, { ...(await w.record(jobId))!, status });
    await start();
    expect(order.filter((each) => each.includes('('))).toEqual([]);
  });
});

describe('a record that is written although what follows fails', () => {
  test('shows in the hooks as it is: the failed job', async () => {
    const { w, add, start, order, seen } = setup(throwing(new NonRetryableError('no such file')));
    const jobId = await add();

    expect(await start(always('bury', 'throttled'))).toBe('leave');

    expect(order.slice(3)).toEqual(['fail', 'bury', 'onFailure (failed)', 'afterProcess (failed)']);
    expect(seen.afterProcess).toMatchObject({ status: 'failed' });
    await w.settle();
    expect(w.envelopes()).toMatchObject([{ job_id: jobId }]);
    expect(order.filter((each) => each.startsWith('onFailure'))).toHaveLength(1);
  });

  test('shows in the hooks as it is: the queued job', async () => {
    const { add, start, order, seen } = setup(throwing(new Error('not yet')));
    await add();

    expect(await start(always('send', 'throttled'))).toBe('leave');

    expect(order.slice(3)).toEqual(['beforeRetry (active)', 'retry', 'send', 'afterProcess (queued)']);
    expect(seen.afterProcess).toMatchObject({ status: 'queued' });
  });
});

test('the hooks of an abort that its attempt had not heard of are told of no other attempt', async () => {
  const { w, add, start, seen } = setup(async () => {
    await abort(w.engine, jobId);
    throw new Error('no such file');
  });
  const jobId = await add();

  expect(await start()).toBe('ack');

  expect(seen.beforeRetry?.retryAt).toEqual(expect.any(Number));
  for (const hook of ['onAbort', 'afterProcess'] as const)
    expect(seen[hook]).toMatchObject({ status: 'aborted', retryAt: undefined, error: { message: 'no such file' } });
});

describe('a hook', () => {
  test.each(JOB_HOOKS)('%s that throws is logged and breaks nothing', async (name) => {
    const outcomes: Record<JobHook, (ctx: TaskContext) => unknown> = {
      beforeProcess: () => 'done',
      beforeComplete: () => 'done',
      onSuccess: () => 'done',
      afterProcess: () => 'done',
      beforeRetry: throwing(new Error('not yet')),
      onFailure: throwing(new NonRetryableError('no')),
      onAbort: throwing(new CancelError('no')),
    };
    const plain = setup(outcomes[name]);
    const plainJob = await plain.add();
    await plain.start();
    const { w, add, start, order } = setup(outcomes[name], { [name]: throwing(new Error('broken hook')) });
    const jobId = await add();

    expect(await start()).toBe('ack');

    expect(order).toEqual(plain.order);
    expect(await w.record(jobId)).toEqual(await plain.w.record(plainJob));
    expect(w.logs).toContainEqual({
      level: 'error',
      message: 'hook failed',
      fields: {
        hook: name,
        error: 'broken hook',
        job_id: jobId,
        task_name: 'work',
        attempt: 1,
        trace_id: jobId.replaceAll('-', ''),
        stack: expect.any(String),
      },
    });
  });

  test.each(JOB_HOOKS)('%s that hangs is left behind after 10 s and breaks nothing', async (name) => {
    const work = {
      beforeRetry: throwing(new Error('not yet')),
      onFailure: throwing(new NonRetryableError('no')),
      onAbort: throwing(new CancelError('no')),
    }[name as string];
    const { w, add, start, order } = setup(work ?? (() => 'done'), { [name]: () => new Promise(() => undefined) });
    await add();
    const over = start();

    await w.clock.advance(9_999);
    expect(order).not.toContain('ack');
    await w.clock.advance(1);

    expect(await over).toBe('ack');
    expect(order.at(-2)).toContain('afterProcess');
    expect(w.logs).toContainEqual(
      expect.objectContaining({
        fields: expect.objectContaining({ hook: name, error: 'still running after 10000 ms; left behind' }),
      }),
    );
    expect(w.clock.waiting).toBe(0);
  });

  test('that returns something does not take the place of the task', async () => {
    const { add, start, order } = setup(() => 'done', { beforeProcess: () => 'early', afterProcess: () => 'late' });
    await add();
    await start();
    expect(order).toContain('run (active)');
  });

  test('may be a list, run in its order, each after the one before', async () => {
    const order: string[] = [];
    const step = (name: string) => async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
    };
    const hooks: Hooks = { beforeProcess: [step('a'), throwing(new Error('x')), step('b')], afterProcess: step('c') };
    const w = world({ tasks: [taskOf()], hooks });
    await enqueue(w.engine, 'work', 1);
    await w.work();
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  test('of which several hang still leaves time to write the record', async () => {
    const hang = () => new Promise(() => undefined);
    for (const name of ['beforeProcess', 'beforeComplete'] as const) {
      const w = world({ tasks: [taskOf()], hooks: { [name]: [hang, hang, hang, hang] } });
      const { jobId } = await enqueue(w.engine, 'work', 1);
      const began = w.clock.now();
      const over = w.work({ seconds: 20 });
      await w.clock.advance(20 * SECOND);
      expect(await over).toBe('ack');
      const record = (await w.record(jobId))!;
      expect(record.status).toMatch(/complete|queued/);
      const written = record.completed_at ?? record.attempts[0]!.ended_at;
      expect(written - began).toBeLessThanOrEqual(18_500);
      expect(w.clock.waiting).toBe(0);
    }
  });

  test('sees the same context object as the task: what it leaves there the task finds', async () => {
    const w = world({
      tasks: [taskOf((ctx) => (ctx as unknown as { trace: string }).trace)],
      hooks: { beforeProcess: (ctx) => Object.assign(ctx, { trace: 'abc' }) },
    });
    const { jobId } = await enqueue(w.engine, 'work', 1);
    await w.work();
    expect(await w.record(jobId)).toMatchObject({ result: { json: '"abc"' } });
  });
});

test('two jobs side by side do not share what their hooks see', async () => {
  const seen: string[] = [];
  const task = defineTask({
    name: 'work',
    input: z.string(),
    output: z.string(),
    run: async (_ctx, input) => {
      await new Promise((resolve) => setImmediate(resolve));
      return input.toUpperCase();
    },
  });
  const w = world({
    tasks: [task],
    hooks: { onSuccess: ({ input, result }) => seen.push(`${String(input)} → ${String(result)}`) },
  });
  await enqueue(w.engine, 'work', 'a');
  await enqueue(w.engine, 'work', 'b');

  await Promise.all([w.work(), w.work()]);

  expect(seen.sort()).toEqual(['a → A', 'b → B']);
});

test('the input that hooks see is as it was enqueued, the task’s is parsed', async () => {
  const seen: unknown[] = [];
  const task = defineTask({
    name: 'work',
    input: z.object({ n: z.string().transform(Number), m: z.int().default(7) }),
    output: z.number().transform((n) => `${n}`),
    run: (_ctx, { n, m }) => n + m,
  });
  const w = world({ tasks: [task], hooks: { afterProcess: ({ input, result }) => seen.push(input, result) } });
  const { jobId } = await enqueue(w.engine, 'work', { n: '5' });
  await w.work();
  expect(seen).toEqual([{ n: '5' }, '12']);
  expect(await w.record(jobId)).toMatchObject({ input: { json: '{"n":"5"}' }, result: { json: '"12"' } });
});

test('an attempt whose record cannot be written is told as it stands, and ends without a hook of its outcome', async () => {
  const { add, start, order } = setup(() => 'done');
  await add();
  expect(await start(on('complete', 'throttled'))).toBe('leave');
  expect(order.slice(3)).toEqual(['beforeComplete (active)', 'complete', 'afterProcess (active)']);
});
