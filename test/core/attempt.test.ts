import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { abort } from '../../lambdas/core/abort.ts';
import { currentAttempt } from '../../lambdas/core/attempt.ts';
import type { TaskContext } from '../../lambdas/core/context.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import { InterruptedError, NonRetryableError } from '../../lambdas/core/errors.ts';
import { always, type Faults, on } from '../world/invocation.ts';
import { gate, taskOf } from '../world/task-of.ts';
import { world } from '../world/world.ts';

const SECOND = 1_000;
type Work = (ctx: TaskContext, input: unknown) => unknown;

/** Waits for its signal, as a task that heeds it does. */
const untilFired = ({ signal }: TaskContext): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

function setup(work: Work, options: Parameters<typeof taskOf>[1] = {}) {
  const w = world({ tasks: [taskOf(work, { backoff: { initialSeconds: 2, maxSeconds: 2 }, ...options })] });
  const add = async (given: EnqueueOptions = {}, input: unknown = 1) =>
    (await enqueue(w.engine, 'work', input, given)).jobId;
  /** A delivery that goes on while the test moves the clock. */
  const start = (faults: Faults = () => undefined, seconds = 60) => {
    const calls: string[] = [];
    const over = w.work({
      seconds,
      faults: (call) => {
        calls.push(call.name);
        return faults(call);
      },
    });
    return { over, calls };
  };
  return { w, add, start };
}

describe('what a task is given', () => {
  test('tells its job, its attempt and whom it is for', async () => {
    const seen: unknown[] = [];
    const { w, add } = setup(
      ({ jobId, taskName, attempt, maxAttempts, userId, projectId, tags, state, signal, remainingMillis }) => {
        seen.push({ jobId, taskName, attempt, maxAttempts, userId, projectId, tags, left: remainingMillis() });
        expect(state).toBe(w.engine.state);
        expect(signal.aborted).toBe(false);
      },
    );
    const plain = await add();
    const full = await add({ userId: 'ada', projectId: 'engine', tags: ['a'], maxAttempts: 5 });

    await w.settle();

    const common = { taskName: 'work', attempt: 1, left: 30 * SECOND };
    expect(seen.slice(0, 2)).toEqual([
      { ...common, jobId: plain, maxAttempts: 3, userId: null, projectId: null, tags: [] },
      { ...common, jobId: full, maxAttempts: 5, userId: 'ada', projectId: 'engine', tags: ['a'] },
    ]);
  });

  test('logs lines that carry the job, the task, the attempt and the trace', async () => {
    const { w, add } = setup(({ log }) => log.info('half way', { step: 2 }));
    const jobId = await add();
    await w.work();
    expect(w.logs).toContainEqual({
      level: 'info',
      message: 'half way',
      fields: { job_id: jobId, task_name: 'work', attempt: 1, trace_id: jobId.replaceAll('-', ''), step: 2 },
    });
  });
});

describe('a heartbeat', () => {
  test('costs a job of less than 3 s nothing', async () => {
    const done = gate();
    const { w, add, start } = setup(() => done.opened.then(() => 'done'));
    await add();
    const { over, calls } = start();

    await w.clock.advance(2_999);
    done.open();

    expect(await over).toBe('ack');
    expect(calls).toEqual(['claim', 'complete', 'ack']);
    expect(w.clock.waiting).toBe(0);
  });

  test('comes every 3 s, and none after the end', async () => {
    const done = gate();
    const { w, add, start } = setup(() => done.opened.then(() => 'done'));
    await add();
    const { over, calls } = start();

    await w.clock.advance(9_500);
    done.open();
    await over;
    await w.clock.advance(60 * SECOND);

    expect(calls).toEqual(['claim', 'heartbeat', 'heartbeat', 'heartbeat', 'complete', 'ack']);
    expect(w.clock.waiting).toBe(0);
  });

  test('that fails is logged, and the next one comes', async () => {
    const done = gate();
    const { w, add, start } = setup(() => done.opened.then(() => 'done'));
    await add();
    const { over, calls } = start(on('heartbeat', 'throttled'));

    await w.clock.advance(6_000);
    done.open();

    expect(await over).toBe('ack');
    expect(calls).toEqual(['claim', 'heartbeat', 'heartbeat', 'complete', 'ack']);
    expect(w.logs).toContainEqual(expect.objectContaining({ level: 'warn', message: 'heartbeat failed' }));
  });

  test('that is refused tells the task that its job is lost: nothing is written and the message stays', async () => {
    let reason: unknown;
    const { w, add, start } = setup(async (ctx) => {
      await untilFired(ctx).catch((error: unknown) => {
        reason = error;
      });
      return 'too late';
    });
    const jobId = await add();
    const { over, calls } = start();
    w.records.set(jobId, { ...(await w.record(jobId))!, owner: 'another' });
    const before = await w.record(jobId);

    await w.clock.advance(3_000);

    expect(await over).toBe('leave');
    expect(reason).toMatchObject({ name: 'InterruptedError', reason: 'lost' });
    expect(calls).toEqual(['claim', 'heartbeat']);
    expect(await w.record(jobId)).toEqual(before);
    expect(w.messages()).toHaveLength(1);
    expect(w.clock.waiting).toBe(0);
  });

  test('that is slow leaves no timer behind, though progress is reported meanwhile', async () => {
    const [slow, done] = [gate(), gate()];
    let report: TaskContext['progress'] | undefined;
    const { w, add, start } = setup((ctx) => {
      report = ctx.progress;
      return done.opened.then(() => 'done');
    });
    await add();
    const { over, calls } = start(async (call) => {
      if (call.name === 'heartbeat' && call.nth === 1) await slow.opened;
      return undefined;
    });
    await w.clock.advance(4_500); // the first heartbeat began at 3 s and is still under way
    await report?.(0.5);
    slow.open();
    await w.clock.advance(0);
    done.open();
    await over;

    expect(w.clock.waiting).toBe(0);
    await w.clock.advance(60 * SECOND);
    expect(calls).toEqual(['claim', 'heartbeat', 'heartbeat', 'complete', 'ack']);
  });
});

describe('progress', () => {
  test('is written at most once a second, and the last of it with the result', async () => {
    const seen: unknown[] = [];
    const steps = [gate(), gate(), gate()];
    const { w, add, start } = setup(async (ctx) => {
      await steps[0]!.opened;
      await ctx.progress(0.1, 'began');
      await ctx.progress(0.2);
      await steps[1]!.opened;
      await ctx.progress(0.5, 'half');
      await ctx.progress(0.6);
      await steps[2]!.opened;
      return 'done';
    });
    const jobId = await add();
    const { over, calls } = start();
    const look = async () => seen.push((await w.record(jobId))?.progress);

    await w.clock.advance(1_000);
    steps[0]!.open();
    await w.clock.advance(0);
    await look();
    await w.clock.advance(1_000);
    steps[1]!.open();
    await w.clock.advance(0);
    await look();
    steps[2]!.open();
    await over;
    await look();

    expect(calls).toEqual(['claim', 'heartbeat', 'heartbeat', 'complete', 'ack']);
    expect(seen).toEqual([{ fraction: 0.1, note: 'began' }, { fraction: 0.5, note: 'half' }, { fraction: 0.6 }]);
  });

  test('is from 0 to 1 whatever a task computes, its note of 200 characters at most', async () => {
    const { w, add } = setup(async ({ progress }, input) => {
      await progress(input as number, 'n'.repeat(1_000));
      return 'done';
    });
    const fractions: unknown[] = [];
    for (const input of [-1, 7, 0.3, 1 / 3, Number.MIN_VALUE]) {
      const jobId = await add({}, input);
      await w.work();
      fractions.push((await w.record(jobId))?.progress);
    }
    const note = 'n'.repeat(200);
    expect(fractions).toEqual([0, 1, 0.3, 0.333333, 0].map((fraction) => ({ fraction, note })));
  });

  test('has a note that every store can hold, wherever it is cut', async () => {
    const { w, add } = setup(async ({ progress }) => {
      await progress(1, `x${'🎬'.repeat(200)}`);
      return 'done';
    });
    const jobId = await add();
    await w.work();
    expect((await w.record(jobId))?.progress?.note?.isWellFormed()).toBe(true);
  });

  test('that is no number is 0', async () => {
    const { w, add } = setup(async ({ progress }) => {
      await progress(0 / 0);
      return 'done';
    });
    const jobId = await add();
    await w.work();
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', progress: { fraction: 0 } });
  });

  test('of an earlier attempt is gone when the next one begins', async () => {
    const { w, add } = setup(async ({ progress, attempt }) => {
      if (attempt === 2) return (await w.record(jobId))?.progress ?? 'none';
      await progress(0.9);
      await w.clock.advance(0);
      throw new Error('again');
    });
    const jobId = await add();
    await w.settle();
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', result: { json: '"none"' } });
  });

  test('reported after the end does nothing', async () => {
    let late: TaskContext['progress'] | undefined;
    const { w, add } = setup((ctx) => {
      late = ctx.progress;
      return 'done';
    });
    const jobId = await add();
    await w.work();
    const before = await w.record(jobId);
    await w.clock.advance(2_000);

    await late?.(0.5);

    expect(await w.record(jobId)).toEqual(before);
    expect(w.clock.waiting).toBe(0);
  });
});

describe('the abort of a running job', () => {
  test('reaches the task with the next heartbeat; the job ends aborted', async () => {
    let reason: unknown;
    const { w, add, start } = setup((ctx) => {
      ctx.signal.addEventListener('abort', () => {
        reason = ctx.signal.reason;
      });
      return untilFired(ctx);
    });
    const jobId = await add();
    const { over, calls } = start();
    await w.clock.advance(1_000);

    expect(await abort(w.engine, jobId)).toMatchObject({ status: 'aborting' });
    await w.clock.advance(1_999);
    expect(reason).toBeUndefined();
    await w.clock.advance(1);

    expect(await over).toBe('ack');
    expect(reason).toMatchObject({ name: 'InterruptedError', reason: 'abort' });
    expect(calls).toEqual(['claim', 'heartbeat', 'abort own', 'ack']);
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted', attempt: 1, completed_at: w.clock.now() });
    expect(w.clock.waiting).toBe(0);
  });

  test('stops a loop that reports progress', async () => {
    const { w, add, start } = setup(async ({ progress }) => {
      for (let i = 0; i < 100; i++) {
        await progress(i / 100);
        await new Promise<void>((resolve) => w.clock.after(500, resolve));
      }
    });
    const jobId = await add();
    const { over } = start();
    await w.clock.advance(2_000);
    await abort(w.engine, jobId);
    await w.clock.advance(2_000);

    expect(await over).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted', progress: { fraction: expect.any(Number) } });
  });

  test('waits for the task to react; at its deadline the job ends aborted all the same', async () => {
    const { w, add, start } = setup(() => new Promise(() => undefined), { timeoutSeconds: 20 });
    const jobId = await add();
    const { over } = start();
    await w.clock.advance(1_000);
    await abort(w.engine, jobId);

    await w.clock.advance(18_999);
    expect(await w.record(jobId)).toMatchObject({ status: 'aborting' });
    await w.clock.advance(1);

    expect(await over).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted' });
    expect(w.clock.waiting).toBe(0);
  });

  test('loses against a task that finishes first', async () => {
    const done = gate();
    const { w, add, start } = setup(() => done.opened.then(() => 'done'));
    const jobId = await add();
    const { over } = start();
    await abort(w.engine, jobId);
    await w.clock.advance(3_000); // the task is told, and returns its result all the same
    done.open();

    expect(await over).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', result: { json: '"done"' } });
  });

  test('that its attempt has not heard of yet turns a failure or a retry into an abort', async () => {
    for (const maxAttempts of [1, 3]) {
      const { w, add, start } = setup(async () => {
        await abort(w.engine, jobId);
        throw new Error('no such file');
      });
      const jobId = await add({ maxAttempts });
      const { over, calls } = start();

      expect(await over).toBe('ack');
      expect(calls).toEqual(['claim', maxAttempts === 1 ? 'fail' : 'retry', 'abort own', 'ack']);
      expect(await w.record(jobId)).toMatchObject({ status: 'aborted' });
      expect([w.envelopes().length, w.messages().length]).toEqual([0, 0]);
    }
  });
});

describe('a timeout', () => {
  test('fires the signal, and the attempt counts as failed', async () => {
    let reason: unknown;
    const { w, add, start } = setup((ctx) =>
      untilFired(ctx).catch((error: unknown) => {
        reason = error;
        throw error;
      }),
    );
    const jobId = await add();
    const { over } = start();

    await w.clock.advance(30 * SECOND);

    expect(await over).toBe('ack');
    expect(reason).toMatchObject({ name: 'InterruptedError', reason: 'timeout', message: 'timed out after 30 s' });
    expect(await w.record(jobId)).toMatchObject({
      status: 'queued',
      attempt: 1,
      error_message: 'timed out after 30 s',
      attempts: [{ attempt: 1, error: 'timed out after 30 s' }],
    });
    expect(w.clock.waiting).toBe(0);
  });

  test('ends a task that does not heed its signal, too', async () => {
    const { w, add, start } = setup(() => new Promise(() => undefined), { timeoutSeconds: 1.5, maxAttempts: 1 });
    const jobId = await add();
    const { over } = start();
    await w.clock.advance(1_500);
    expect(await over).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'failed', error_message: 'timed out after 1.5 s' });
    expect(w.clock.waiting).toBe(0);
  });

  test('says more than the error with which the task reacts to it', async () => {
    const { w, add, start } = setup((ctx) =>
      untilFired(ctx).catch(() => {
        throw new DOMException('This operation was aborted', 'AbortError');
      }),
    );
    const jobId = await add({ maxAttempts: 1 });
    const { over } = start();
    await w.clock.advance(30 * SECOND);
    await over;
    expect(await w.record(jobId)).toMatchObject({ error_message: 'timed out after 30 s' });
  });

  test('comes before the invocation ends, early enough to write the record', async () => {
    const { w, add, start } = setup(untilFired, { timeoutSeconds: 100 });
    const jobId = await add();
    const began = w.clock.now();
    const { over } = start(undefined, 10);
    await w.clock.advance(10 * SECOND);
    await over;
    expect(await w.record(jobId)).toMatchObject({
      status: 'queued',
      error_message: 'timed out after 8.5 s',
      attempts: [{ ended_at: began + 8_500 }],
    });
  });

  test('of one job leaves the others of its batch alone', async () => {
    const done = gate();
    const { w, add, start } = setup((ctx, input) =>
      input === 'hangs' ? untilFired(ctx) : done.opened.then(() => 'done'),
    );
    await add({}, 'hangs');
    const hanging = start();
    await w.clock.advance(10 * SECOND);
    const healthy = await add({}, 'runs');
    const other = start();

    await w.clock.advance(25 * SECOND);
    expect(await hanging.over).toBe('ack');
    done.open();

    expect(await other.over).toBe('ack');
    expect(await w.record(healthy)).toMatchObject({ status: 'complete' });
  });

  test('leaves a task that is over alone: what it does after its end changes nothing', async () => {
    const late = gate();
    const { w, add, start } = setup(async ({ progress }) => {
      await late.opened;
      await progress(0.5);
      return 'too late';
    });
    const jobId = await add({ maxAttempts: 1 });
    const { over } = start();
    await w.clock.advance(30 * SECOND);
    await over;
    const before = await w.record(jobId);

    late.open();
    await w.clock.advance(60 * SECOND);

    expect(before).toMatchObject({ status: 'failed' });
    expect(await w.record(jobId)).toEqual(before);
  });
});

describe('a task whose attempt is over before it begins', () => {
  /** A job whose `beforeProcess` takes five seconds, and then its task would run. */
  function setupSlow(timeoutSeconds: number) {
    const ran: string[] = [];
    const stop = new AbortController();
    const task = taskOf((ctx) => ran.push(ctx.jobId), { timeoutSeconds });
    const slow = () => new Promise<void>((resolve) => w.clock.after(5 * SECOND, resolve));
    const w = world({ tasks: [task], hooks: { beforeProcess: slow }, shutdown: stop.signal });
    return { w, stop, ran, add: async () => (await enqueue(w.engine, 'work', 1)).jobId };
  }

  test('does not begin after its timeout', async () => {
    const { w, ran, add } = setupSlow(4);
    const jobId = await add();
    const over = w.work();
    await w.clock.advance(5 * SECOND);
    expect(await over).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'queued', error_message: 'timed out after 4 s' });
    expect(ran).toEqual([]);
  });

  test('does not begin when its claim was answered too late', async () => {
    const ran: string[] = [];
    const { w, add, start } = setup((ctx) => ran.push(ctx.jobId));
    const jobId = await add();
    const { over } = start((call) => {
      if (call.name !== 'claim') return undefined;
      return { retriedAfter: async () => w.clock.advance(9 * SECOND) };
    }, 10);
    expect(await over).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'queued', error_message: 'timed out after 0 s' });
    expect(ran).toEqual([]);
    expect(w.clock.waiting).toBe(0);
  });

  test('does not begin when its job was aborted', async () => {
    const { w, ran, add } = setupSlow(30);
    const jobId = await add();
    const over = w.work();
    await w.clock.advance(SECOND);
    await abort(w.engine, jobId);
    await w.clock.advance(4 * SECOND);
    expect(await over).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted' });
    expect(ran).toEqual([]);
  });

  test('does not begin when its job is lost, or its worker shut down: nothing is written', async () => {
    for (const end of ['lost', 'shutdown']) {
      const { w, stop, ran, add } = setupSlow(30);
      const jobId = await add();
      const over = w.work();
      await w.clock.advance(SECOND);
      if (end === 'lost') w.records.set(jobId, { ...(await w.record(jobId))!, owner: 'another' });
      else stop.abort();
      const before = await w.record(jobId);
      await w.clock.advance(4 * SECOND);
      expect(await over).toBe('leave');
      expect(await w.record(jobId)).toMatchObject(before!); // but for a heartbeat's
      expect(ran).toEqual([]);
    }
  });
});

describe('a schema that hangs', () => {
  /** A check of the task's input, or output, that never ends where the task runs. */
  function setupHanging(of: 'input' | 'output') {
    const stop = new AbortController();
    let enqueued = false;
    const hanging = z.unknown().refine(() => (enqueued ? new Promise<boolean>(() => undefined) : true));
    const task = taskOf(() => 'done', { [of]: hanging, maxAttempts: 1 });
    const w = world({ tasks: [task], shutdown: stop.signal });
    const add = async () => {
      const { jobId } = await enqueue(w.engine, 'work', 1);
      enqueued = true;
      return jobId;
    };
    const nothingLeft = () => {
      expect(w.clock.waiting).toBe(0);
      expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    };
    return { w, add, nothingLeft };
  }

  test.each(['input', 'output'] as const)('for its %s is ended by the timeout', async (of) => {
    const { w, add, nothingLeft } = setupHanging(of);
    const jobId = await add();
    const over = w.work();
    await w.clock.advance(30 * SECOND);
    expect(await over).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'failed', error_message: 'timed out after 30 s' });
    nothingLeft();
  });

  test('is waited for after an abort, as the task is: until the timeout', async () => {
    const { w, add, nothingLeft } = setupHanging('output');
    const jobId = await add();
    const over = w.work();
    await abort(w.engine, jobId);
    await w.clock.advance(29 * SECOND);
    expect(await w.record(jobId)).toMatchObject({ status: 'aborting' });
    await w.clock.advance(SECOND);
    expect(await over).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted' });
    nothingLeft();
  });
});

describe('a promise that a task let go and that fails', () => {
  test('fails this attempt and no other of the batch', async () => {
    const done = gate();
    const { w, add, start } = setup((_ctx, input) => {
      if (input === 'careless') {
        const mine = currentAttempt.getStore();
        w.clock.after(1_000, () => mine?.fault(new Error('nobody awaited me')));
      }
      return done.opened.then(() => 'done');
    });
    const careless = await add({}, 'careless');
    const healthy = await add({}, 'careful');
    const [one, other] = [start(), start()];

    await w.clock.advance(1_000);
    expect(await one.over).toBe('ack');
    done.open();
    expect(await other.over).toBe('ack');

    expect(await w.record(careless)).toMatchObject({ status: 'queued', error_message: 'nobody awaited me' });
    expect(await w.record(healthy)).toMatchObject({ status: 'complete' });
    expect(w.clock.waiting).toBe(0);
  });

  test('fires the signal: the task must not run on behind the attempt that follows', async () => {
    let seen: unknown;
    const { w, add, start } = setup((ctx) => {
      const mine = currentAttempt.getStore();
      w.clock.after(1_000, () => mine?.fault(new NonRetryableError('nobody awaited me')));
      return untilFired(ctx).catch((reason: unknown) => {
        seen = reason;
        throw new Error('interrupted');
      });
    });
    const jobId = await add();
    const { over } = start();

    await w.clock.advance(1_000);

    expect(await over).toBe('ack');
    expect(seen).toMatchObject({ name: 'InterruptedError', reason: 'fault', message: 'nobody awaited me' });
    expect(await w.record(jobId)).toMatchObject({ status: 'failed', error_message: 'nobody awaited me' });
    expect(w.clock.waiting).toBe(0);
  });

  test('does not end an attempt that was told to abort: that waits for its task', async () => {
    const done = gate();
    const { w, add, start } = setup((ctx) => {
      const mine = currentAttempt.getStore();
      ctx.signal.addEventListener('abort', () => mine?.fault(new Error('a call that nobody awaits was cancelled')));
      return done.opened.then(() => Promise.reject(ctx.signal.reason));
    });
    const jobId = await add();
    const { over } = start();
    await abort(w.engine, jobId);
    await w.clock.advance(3_000);
    expect(await w.record(jobId)).toMatchObject({ status: 'aborting' });
    done.open();
    expect(await over).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted' });
  });

  test('finds its attempt however deep its promises go, and none outside', async () => {
    const seen: unknown[] = [];
    const { w, add } = setup(async ({ jobId }) => {
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(currentAttempt.getStore()?.record.job_id === jobId);
    });
    await add();
    await w.work();
    expect([...seen, currentAttempt.getStore()]).toEqual([true, undefined]);
  });
});

describe('a worker that is shut down', () => {
  test('tells its task; nothing is written, and the job runs again once its lease is over', async () => {
    const stop = new AbortController();
    const reasons: unknown[] = [];
    const task = taskOf(async (ctx) => {
      if (ctx.attempt > 1) return 'done';
      return untilFired(ctx).catch((error: unknown) => reasons.push(error));
    });
    const w = world({ tasks: [task], shutdown: stop.signal });
    const { jobId } = await enqueue(w.engine, 'work', 1);
    const over = w.work();
    await w.clock.advance(1_000);

    stop.abort();

    expect(await over).toBe('leave');
    expect(reasons).toMatchObject([{ name: 'InterruptedError', reason: 'shutdown' }]);
    expect(await w.record(jobId)).toMatchObject({ status: 'active', attempt: 1 });
    expect(w.clock.waiting).toBe(0);
  });

  test('is listened to no longer than a job runs', async () => {
    const stop = new AbortController();
    const w = world({ tasks: [taskOf()], shutdown: stop.signal });
    for (let i = 0; i < 20; i++) await enqueue(w.engine, 'work', 1);
    for (let i = 0; i < 20; i++) await w.work();
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });
});

test('a heartbeat that fails when its job has ended is nobody’s trouble', async () => {
  const [done, late] = [gate(), gate()];
  const { w, add, start } = setup(() => done.opened.then(() => 'done'));
  await add();
  const { over } = start(async ({ name }) => {
    if (name !== 'heartbeat') return undefined;
    await late.opened;
    return 'throttled';
  });
  await w.clock.advance(3 * SECOND);
  done.open();
  await over;
  late.open();
  await w.quiet();
  expect(w.logs.filter(({ level }) => level === 'warn')).toEqual([]);
});

test('a heartbeat that is never answered does not keep the job from ending', async () => {
  const { w, add, start } = setup(untilFired);
  const jobId = await add();
  const { over } = start((call) => (call.name === 'heartbeat' ? new Promise(() => undefined) : undefined));
  await w.clock.advance(30 * SECOND);
  expect(await over).toBe('ack');
  expect(await w.record(jobId)).toMatchObject({ status: 'queued' });
  expect(w.clock.waiting).toBe(0);
});

test('a signal fires once: what comes second does not change its reason', async () => {
  let reasons = 0;
  const { w, add, start } = setup(async (ctx) => {
    ctx.signal.addEventListener('abort', () => reasons++);
    await new Promise(() => undefined);
  });
  const jobId = await add();
  const { over } = start(always('abort own', 'throttled'));
  await abort(w.engine, jobId);
  await w.clock.advance(30 * SECOND);
  expect(await over).toBe('leave');
  expect(reasons).toBe(1);
  expect(new InterruptedError('abort', 'x')).toBeInstanceOf(Error);
});
