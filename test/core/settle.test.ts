import { describe, expect, test } from 'vitest';
import { fixedChance } from '../../lambdas/adapters/memory/clock.ts';
import { abort } from '../../lambdas/core/abort.ts';
import type { TaskContext } from '../../lambdas/core/context.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import { CancelError, NonRetryableError, RetryAfterError } from '../../lambdas/core/errors.ts';
import { always, type Faults, on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { bodyOf, world } from '../world/world.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const DAY = 86_400_000;

function setup(work: (ctx: TaskContext) => unknown, options: Parameters<typeof taskOf>[1] = {}, fraction = 0.5) {
  const backoff = { initialSeconds: 10, maxSeconds: 100 };
  const w = world({ tasks: [taskOf(work, { backoff, ...options })], chance: fixedChance(fraction) });
  const add = async (given: EnqueueOptions = {}) => (await enqueue(w.engine, 'work', 1, given)).jobId;
  const deliver = async (faults: Faults = () => undefined) => {
    const calls: string[] = [];
    const answer = await w.work({
      faults: (call) => {
        calls.push(call.name);
        return faults(call);
      },
    });
    return { answer, calls };
  };
  return { w, add, work: deliver, start: w.clock.now() };
}

const throwing = (error: unknown) => () => {
  throw error;
};
const failing = throwing(new Error('no such file'));

describe('an attempt that fails with another left', () => {
  test('is written first, then sent anew with its delay, then its message is acknowledged', async () => {
    const { w, add, work, start } = setup(failing);
    const jobId = await add();
    const { owner: _, ...before } = (await w.record(jobId))!;

    const { answer, calls } = await work();

    expect([answer, calls]).toEqual(['ack', ['claim', 'retry', 'send', 'ack']]);
    expect(await w.record(jobId)).toMatchObject({
      ...before,
      status: 'queued',
      attempt: 1,
      dispatch: 1,
      scheduled_at: start + 5 * SECOND,
      error_message: 'no such file',
      attempts: [{ attempt: 1, started_at: start, ended_at: start, error: 'no such file' }],
    });
    expect(w.messages()).toMatchObject([{ visibleAt: start + 5 * SECOND, receiveCount: 0 }]);
    expect(bodyOf(w.messages()[0]!)).toEqual({ v: 1, job_id: jobId, run: jobId, dispatch: 1, task_name: 'work' });
    expect(w.clock.waiting).toBe(0);
  });

  test.each([
    [0, [0, 0, 0, 0, 0, 0]],
    [0.5, [5, 10, 20, 40, 50, 50]],
    [0.999, [9.99, 19.98, 39.96, 79.92, 99.9, 99.9]],
  ])('waits longer each time, with full jitter: randomness of %d', async (fraction, waits) => {
    const { w, add } = setup(failing, { maxAttempts: 7 }, fraction);
    const jobId = await add();
    await w.settle();
    const { attempts } = (await w.record(jobId))!;
    const waited = attempts.slice(1).map((past, i) => (past.started_at - attempts[i]!.ended_at) / 1000);
    // SQS delays whole seconds, and nothing starts early.
    expect(waited).toEqual(waits.map(Math.ceil));
  });

  test('ends complete when a later attempt does: the error is gone, the history stays', async () => {
    const { w, add } = setup(({ attempt }) => {
      if (attempt < 3) throw new Error(`failure ${attempt}`);
      return 'done';
    });
    const jobId = await add();
    await w.settle();
    const record = await w.record(jobId);
    expect(record).toMatchObject({
      status: 'complete',
      attempt: 3,
      result: { json: '"done"' },
      attempts: [{ error: 'failure 1' }, { error: 'failure 2' }],
    });
    expect(record).not.toHaveProperty('error_message');
  });

  test('beyond 15 minutes is left to the sweep, to the second', async () => {
    const { w, add, work, start } = setup(({ attempt }) => {
      if (attempt === 1) throw new RetryAfterError(900.001);
      return 'done';
    });
    const jobId = await add();

    const { answer, calls } = await work();

    expect([answer, calls]).toEqual(['ack', ['claim', 'retry by sweep', 'ack']]);
    expect(await w.record(jobId)).toMatchObject({
      status: 'queued',
      scheduled_at: start + 900_001,
      due_at: start + 900_001 - 14 * MINUTE,
    });
    expect(w.messages()).toEqual([]);
    await w.settle();
    const record = await w.record(jobId);
    expect(record).toMatchObject({ status: 'complete', attempt: 2 });
    expect(record!.started_at! - start).toBeGreaterThanOrEqual(900_001);
    expect(record!.started_at! - start).toBeLessThanOrEqual(902_000);
    expect(record).not.toHaveProperty('due_at');
  });

  test('keeps an input that is stored apart for as long as the next one may be away', async () => {
    const large = 'x'.repeat(1_000);
    const { w, work } = setup(({ attempt }) => {
      if (attempt === 1) throw new RetryAfterError(400 * 86_400);
      return 'done';
    });
    const { jobId } = await enqueue(w.engine, 'work', large);

    expect((await work()).calls).toEqual(['claim', 'payload get', 'payload keep', 'retry by sweep', 'ack']);
    await w.clock.advance(399 * DAY);
    await w.expire();
    await w.settle(2 * DAY);

    expect(await w.record(jobId)).toMatchObject({ status: 'complete', attempt: 2 });
  });

  test('at 15 minutes is still a delayed message', async () => {
    const { add, work } = setup(throwing(new RetryAfterError(900)));
    await add();
    expect((await work()).calls).toEqual(['claim', 'retry', 'send', 'ack']);
  });

  test('that cannot be sent anew is not acknowledged: the old message heals it', async () => {
    const { w, add, work, start } = setup(({ attempt }) => {
      if (attempt === 1) throw new Error('no such file');
      return 'done';
    });
    const jobId = await add();

    expect(await work(always('send', 'throttled'))).toMatchObject({ answer: 'leave' });

    expect(await w.record(jobId)).toMatchObject({ status: 'queued', attempt: 1 });
    expect(w.messages()).toHaveLength(1);
    await w.settle();
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', attempt: 2, started_at: start + 65 * SECOND });
  });

  test('waits as long as its error asks for, whatever it asks for; what is no number asks for nothing but the backoff', async () => {
    const waits: unknown[] = [];
    const untyped = ['7', 'soon', undefined] as unknown as number[];
    for (const seconds of [0, 7, 0.5, -3, Number.NaN, 1e300, Number.POSITIVE_INFINITY, ...untyped]) {
      const { w, add, work, start } = setup(throwing(new RetryAfterError(seconds)));
      const jobId = await add();
      expect((await work()).answer).toBe('ack');
      const { status, scheduled_at } = (await w.record(jobId))!;
      waits.push(status === 'queued' && (scheduled_at - start) / 1000);
    }
    const [tenYears, backoff] = [10 * 365 * 86_400, 5];
    expect(waits).toEqual([0, 7, 0.5, 0, backoff, tenYears, tenYears, 7, backoff, backoff]);
  });

  test('does not wait for its error’s time when no attempt is left', async () => {
    const { w, add } = setup(throwing(new RetryAfterError(7)));
    const jobId = await add({ maxAttempts: 1 });
    await w.settle();
    expect(await w.record(jobId)).toMatchObject({ status: 'failed', error_message: 'retry after 7 s' });
  });
});

describe('a job that fails', () => {
  test('for good is written, then buried, then its message is acknowledged', async () => {
    const { w, add, work, start } = setup(failing);
    const jobId = await add({ maxAttempts: 1 });

    const { answer, calls } = await work();

    expect([answer, calls]).toEqual(['ack', ['claim', 'fail', 'bury', 'ack']]);
    const record = await w.record(jobId);
    expect(record).toMatchObject({
      status: 'failed',
      attempt: 1,
      error_message: 'no such file',
      failed_at: start,
      completed_at: start,
      expires_at: start + 30 * DAY,
      ttl: (start + 30 * DAY) / 1000,
      attempts: [{ attempt: 1, error: 'no such file' }],
    });
    expect(record).not.toHaveProperty('result');
    expect(w.envelopes()).toEqual([
      { v: 1, job_id: jobId, run: jobId, dispatch: 2, task_name: 'work', error: 'no such file' },
    ]);
    expect(w.queues.deadLetters).toMatchObject([{ reason: 'no such file' }]);
    expect(w.clock.waiting).toBe(0);
  });

  test('never begins more attempts than it may', async () => {
    let runs = 0;
    const { w, add } = setup(() => {
      runs++;
      throw new Error('no such file');
    });
    const jobId = await add({ maxAttempts: 4 });
    await w.settle();
    expect([runs, (await w.record(jobId))?.attempt, w.envelopes().length]).toEqual([4, 4, 1]);
  });

  test('with an error that no retry mends is buried at once', async () => {
    class NoSuchUser extends NonRetryableError {}
    const { w, add } = setup(throwing(new NoSuchUser('no such user')));
    const jobId = await add();
    await w.settle();
    expect(await w.record(jobId)).toMatchObject({ status: 'failed', attempt: 1, error_message: 'no such user' });
    expect(w.envelopes()).toHaveLength(1);
  });

  test('is not acknowledged while its envelope cannot be sent; the next delivery sends it', async () => {
    const { w, add, work } = setup(failing);
    const jobId = await add({ maxAttempts: 1 });

    expect(await work(always('bury', 'throttled'))).toMatchObject({ answer: 'leave' });

    expect(await w.record(jobId)).toMatchObject({ status: 'failed' });
    expect(w.envelopes()).toEqual([]);
    await w.settle();
    expect(w.envelopes()).toMatchObject([{ job_id: jobId, dispatch: 2 }]);
    expect(await w.record(jobId)).toMatchObject({ attempt: 1 });
  });

  test('keeps its newest ten attempts, their errors shortened', async () => {
    const { w, add } = setup(({ attempt }) => {
      throw new Error(`${attempt} ${'x'.repeat(5_000)}`);
    });
    const jobId = await add({ maxAttempts: 12 });
    await w.settle();
    const record = (await w.record(jobId))!;
    expect(record.attempts.map(({ attempt }) => attempt)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(record.attempts[0]!.error).toHaveLength(200);
    expect(record.error_message).toHaveLength(1_001);
    expect(record.error_message).toMatch(/^12 x+…$/);
  });

  test('has an error that every store can hold, wherever it is cut', async () => {
    for (const pad of ['', 'x']) {
      const { w, add } = setup(throwing(new Error(`${pad}${'🎬'.repeat(1_000)} \uD800`)));
      const jobId = await add({ maxAttempts: 1 });
      await w.settle();
      const record = (await w.record(jobId))!;
      expect(record.error_message!.isWellFormed()).toBe(true);
      expect(record.attempts[0]!.error.isWellFormed()).toBe(true);
    }
    const { w, add } = setup(throwing(new Error('\uD800')));
    const jobId = await add({ maxAttempts: 1 });
    await w.settle();
    expect((await w.record(jobId))!.error_message!.isWellFormed()).toBe(true);
  });

  test.each([
    ['a word', 'a word', 'a word'],
    ['nothing', undefined, 'undefined'],
    ['an object', { code: 7 }, '{"code":7}'],
    ['an error without a message', new RangeError(), 'RangeError'],
    ['an error whose message is an object', Object.assign(new Error(), { message: { code: 1 } }), '{"code":1}'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    [
      'what answers nothing',
      new Proxy({}, { get: throwing(1), getPrototypeOf: throwing(1) }),
      'An error without a text.',
    ],
  ])('by throwing %s tells what it can', async (_what, thrown, message) => {
    const { w, add } = setup(throwing(thrown));
    const jobId = await add({ maxAttempts: 1 });
    await w.settle();
    expect(await w.record(jobId)).toMatchObject({ status: 'failed', error_message: message });
  });
});

describe('a task that cancels its own job', () => {
  test('ends it as aborted, with the reason; nothing is buried and nothing runs again', async () => {
    const { w, add, work } = setup(throwing(new CancelError('the user is gone')));
    const jobId = await add();

    expect(await work()).toEqual({ answer: 'ack', calls: ['claim', 'cancel own', 'ack'] });

    expect(await w.record(jobId)).toMatchObject({ status: 'aborted', error_message: 'the user is gone', attempt: 1 });
    expect([w.envelopes().length, w.messages().length]).toEqual([0, 0]);
  });

  test('does so also while an abort is asked for', async () => {
    const { w, add, work } = setup(async ({ jobId }) => {
      await abort(w.engine, jobId);
      throw new CancelError('the user is gone');
    });
    const jobId = await add();
    expect((await work()).answer).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted' });
  });
});

// How each write of an attempt is found in the store by name, and a task that leads to it.
const writes = {
  complete: () => 'done',
  fail: throwing(new NonRetryableError('no')),
  retry: failing,
  'retry by sweep': throwing(new RetryAfterError(3_600)),
  'cancel own': throwing(new CancelError('no')),
} as const;
const ends = {
  complete: 'complete',
  fail: 'failed',
  retry: 'queued',
  'retry by sweep': 'queued',
  'cancel own': 'aborted',
};
const names = Object.keys(writes) as (keyof typeof writes)[];

describe.each(names)('the write "%s"', (name) => {
  test('whose reply was lost is known as its own, and what must follow follows', async () => {
    const { w, add, work } = setup(writes[name]);
    const jobId = await add();
    const plain = setup(writes[name]);
    await plain.add();

    expect(await work(on(name, 'retried'))).toEqual(await plain.work());

    expect(await w.record(jobId)).toEqual(await plain.w.record(jobId));
    expect(w.messages()).toEqual(plain.w.messages());
    expect(w.queues.deadLetters).toEqual(plain.w.queues.deadLetters);
    expect(await w.record(jobId)).toMatchObject({ status: ends[name] });
  });

  test('that is not answered leaves the message: never acknowledged unseen', async () => {
    for (const fault of ['throttled', 'unanswered'] as const) {
      const { w, add, work } = setup(writes[name]);
      const jobId = await add();

      expect(await work(always(name, fault))).toEqual({ answer: 'leave', calls: ['claim', name] });

      expect(w.messages()).toHaveLength(1);
      expect(w.logs).toContainEqual(expect.objectContaining({ level: 'error', message: 'record not written' }));
      await w.settle();
      expect((await w.record(jobId))?.status).toMatch(/complete|failed|aborted/);
    }
  });

  test('of a zombie is refused: another attempt holds the job, and the message stays', async () => {
    const { w, add, work } = setup(writes[name]);
    const jobId = await add();
    const taken = { owner: 'another', attempt: 2, status: 'active' } as const;

    const { answer, calls } = await work(async (call) => {
      if (call.name === name) w.records.set(jobId, { ...(await w.record(jobId))!, ...taken });
      return undefined;
    });

    expect([answer, calls]).toEqual(['leave', ['claim', name]]);
    expect(await w.record(jobId)).toMatchObject(taken);
    expect(w.envelopes()).toEqual([]);
  });

  test.each(['complete', 'aborted', 'failed', 'queued', 'gone'] as const)(
    'of a zombie whose job is %s by another hand changes nothing, and only a finished job is acknowledged',
    async (status) => {
      const { w, add, work } = setup(writes[name]);
      const jobId = await add();

      const { answer } = await work(async (call) => {
        if (call.name !== name) return undefined;
        if (status === 'gone') w.records.delete(jobId);
        else w.records.set(jobId, { ...(await w.record(jobId))!, owner: 'another', status });
        return undefined;
      });

      const ackable = name === 'complete' && ['complete', 'aborted', 'gone'].includes(status);
      expect(answer).toBe(ackable ? 'ack' : 'leave');
      expect((await w.record(jobId))?.status).toBe(status === 'gone' ? undefined : status);
      expect(w.envelopes()).toEqual([]);
    },
  );
});

test('a zombie’s large result overwrites nobody’s', async () => {
  const { w, add, work } = setup(({ attempt }) => `${attempt}`.repeat(1_000));
  const jobId = await add();
  const message = w.duplicate(w.messages()[0]!);
  message.visibleAt = Number.POSITIVE_INFINITY;

  const zombie = await work(async (call) => {
    if (call.name !== 'payload put') return undefined;
    await w.clock.advance(70 * SECOND); // it was frozen beyond its lease
    await w.work({ message });
    return undefined;
  });

  expect(zombie.answer).toBe('ack'); // the job is complete
  const { result, attempt } = (await w.record(jobId))!;
  expect(attempt).toBe(2);
  expect(w.payloads.stored.get((result as { at: string }).at)?.json).toBe(JSON.stringify('2'.repeat(1_000)));
});

test('a result that cannot be stored is left, and the job runs again', async () => {
  const { w, add, work } = setup(() => 'x'.repeat(1_000));
  const jobId = await add();
  expect(await work(always('payload put', 'throttled'))).toEqual({ answer: 'leave', calls: ['claim', 'payload put'] });
  await w.settle();
  expect(await w.record(jobId)).toMatchObject({ status: 'complete', attempt: 2 });
});
