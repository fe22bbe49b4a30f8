import { expect, test } from 'vitest';
import { abort } from '../../lambdas/core/abort.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import { CancelError, NonRetryableError, RetryAfterError } from '../../lambdas/core/errors.ts';
import { isFinished } from '../../lambdas/core/record.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { at, type Fault, type Invocation } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { type World, world } from '../world/world.ts';

/**
 * Every use case, with every fault at every external call that it makes: once the fault is over, each accepted job ends
 * `complete`, `failed` with an envelope, or `aborted`, and none runs after its end.
 */
interface Life {
  readonly options?: EnqueueOptions;
  /** What the task does in each of its attempts. */
  readonly work?: (attempt: number, w: World, jobId: string) => unknown;
  /** Brings the job to where the use case under test begins. */
  readonly before?: (w: World, jobId: string) => Promise<unknown>;
  /** The use case under test, in a process that the fault strikes. */
  readonly act: (process: Invocation, w: World, jobId: string) => Promise<unknown>;
  readonly ends: readonly string[];
}

const throws = (error: Error) => () => {
  throw error;
};
/** A job in the queue, dealt with by a worker. */
const worked: Life['act'] = async (process, w) => w.work({ process });
const failFirst = (attempt: number) => {
  if (attempt === 1) throw new NonRetryableError('no such file');
  return 'done';
};

const lives: Record<string, Life> = {
  'a job that completes': { act: worked, ends: ['complete'] },
  'a large result': { work: () => 'x'.repeat(1_000), act: worked, ends: ['complete'] },
  'a job that is retried': {
    work: (attempt) => (attempt === 1 ? throws(new Error('not yet'))() : 'done'),
    act: worked,
    ends: ['complete'],
  },
  'a job that is retried much later': {
    work: (attempt) => (attempt === 1 ? throws(new RetryAfterError(3_600))() : 'done'),
    act: worked,
    ends: ['complete'],
  },
  'a job that fails': { work: throws(new NonRetryableError('no')), act: worked, ends: ['failed'] },
  'a job whose last attempt fails': {
    options: { maxAttempts: 1 },
    work: throws(new Error('no')),
    act: worked,
    ends: ['failed'],
  },
  'a job that cancels itself': { work: throws(new CancelError('no')), act: worked, ends: ['aborted'] },
  'a job that is aborted while it runs': {
    work: async (_attempt, w, jobId) => {
      await abort(w.engine, jobId);
      throw new Error('stopped');
    },
    act: worked,
    ends: ['aborted'],
  },
  'a job without a record': {
    before: async (w, jobId) => w.records.delete(jobId),
    act: worked,
    ends: ['complete'],
  },
  'a job whose worker crashed before': {
    before: async (w) => {
      await w.work({ faults: at(2, 'crash before') });
      await w.clock.advance(70_000);
    },
    act: worked,
    ends: ['complete'],
  },
  'a job whose last attempt crashed before': {
    options: { maxAttempts: 1 },
    before: async (w) => {
      await w.work({ faults: at(2, 'crash before') });
      await w.clock.advance(70_000);
    },
    act: worked,
    ends: ['failed'],
  },
  'a job whose abort was abandoned': {
    before: async (w, jobId) => {
      await w.work({ faults: at(2, 'crash before') });
      await abort(w.engine, jobId);
      await w.clock.advance(70_000);
    },
    act: worked,
    ends: ['aborted'],
  },
  'a job that another attempt holds, at the last receive': {
    before: async (w) => {
      await w.work({ faults: at(2, 'crash before') });
      const [message] = w.messages();
      message!.visibleAt = 0;
      message!.receiveCount = 99;
    },
    act: worked,
    ends: ['complete'],
  },
  'a redriven envelope': {
    work: failFirst,
    before: async (w) => {
      await w.work();
      w.redrive();
    },
    act: worked,
    ends: ['complete'],
  },
  'an abort of a job that waits': {
    act: async (process, _w, jobId) => process.run((engine) => abort(engine, jobId)),
    ends: ['aborted', 'complete'],
  },
  'a retry by hand': {
    work: failFirst,
    before: async (w) => w.work(),
    act: async (process, _w, jobId) => process.run((engine) => retryJob(engine, jobId)),
    ends: ['complete', 'failed'],
  },
  'a sweep': {
    options: { delaySeconds: 3_600 },
    before: async (w) => w.clock.advance(3_000_000),
    act: async (process, w) => w.sweep({ process }),
    ends: ['complete'],
  },
  'a bury': {
    before: async (w) => w.giveUp(),
    act: async (process, w) => w.bury({ process }),
    ends: ['failed'],
  },
  'a bury of a job without a record': {
    before: async (w, jobId) => {
      w.records.delete(jobId);
      w.giveUp();
    },
    act: async (process, w) => w.bury({ process }),
    ends: ['failed'],
  },
  'a bury of a job that an attempt holds': {
    before: async (w) => {
      await w.work({ faults: at(2, 'crash before') });
      w.giveUp();
    },
    act: async (process, w) => w.bury({ process }),
    ends: ['complete', 'failed'],
  },
  'a bury of a job whose abort was abandoned': {
    before: async (w, jobId) => {
      await w.work({ faults: at(2, 'crash before') });
      await abort(w.engine, jobId);
      await w.clock.advance(70_000);
      w.giveUp();
    },
    act: async (process, w) => w.bury({ process }),
    ends: ['aborted'],
  },
};

const FAULTS: Fault[] = ['crash before', 'crash after', 'throttled', 'unanswered', 'retried'];

test.each(Object.keys(lives))('%s ends well whatever fails, at whatever call', async (name) => {
  const life = lives[name]!;
  const calls = await live(life);
  expect(calls.length).toBeGreaterThan(0);
  for (const fault of FAULTS) for (let n = 1; n <= calls.length; n++) await live(life, n, fault);
});

const ways: Record<string, EnqueueOptions> = {
  'for now': {},
  'for soon': { delaySeconds: 60 },
  'for later': { delaySeconds: 3_600 },
  'with a key': { key: 'ada' },
  'with a key, for later': { key: 'ada', delaySeconds: 3_600 },
  'with an Idempotency-Key': { idempotencyKey: 'once' },
};

test.each(Object.keys(ways))('a job enqueued %s is not lost once it is accepted, whatever fails', async (way) => {
  for (const input of [1, 'x'.repeat(1_000)])
    for (const fault of FAULTS)
      for (let n = 1; n <= 3; n++) {
        const ran: string[] = [];
        const w = world({ tasks: [taskOf(({ jobId }) => ran.push(jobId))] });
        const process = w.invocation({ faults: at(n, fault) });
        const answer = await process
          .run((engine) => enqueue(engine, 'work', input, ways[way]))
          .catch((error: unknown) => (error as { code: string }).code);
        await w.settle();

        const hint = `${fault} at call ${n} (${process.calls.join(', ')})`;
        expect(ran.length, hint).toBeLessThanOrEqual(1);
        if (typeof answer !== 'object') continue;
        expect(ran, hint).toEqual([answer.jobId]);
        expect(await w.record(answer.jobId), hint).toMatchObject({ status: 'complete', attempt: 1 });
      }
});

/** One life, with a fault at one call. @returns the calls that the use case made */
async function live(life: Life, n = 0, fault: Fault = 'crash before'): Promise<readonly string[]> {
  const attempts: number[] = [];
  const w: World = world({
    tasks: [
      taskOf(({ attempt, jobId }) => {
        attempts.push(attempt);
        return life.work?.(attempt, w, jobId) ?? 'done';
      }),
    ],
  });
  const { jobId } = await enqueue(w.engine, 'work', 1, life.options);
  await life.before?.(w, jobId);
  const process = w.invocation({ faults: at(n, fault) });
  await life.act(process, w, jobId).catch(() => undefined); // the API told its caller
  await w.settle();

  const hint = `${fault} at call ${n} (${process.calls.join(', ')})`;
  const record = (await w.record(jobId))!;
  expect(life.ends, hint).toContain(record.status);
  expect(isFinished(record.status), hint).toBe(true);
  if (record.status === 'failed')
    expect(w.envelopes(), hint).toContainEqual(
      expect.objectContaining({ job_id: jobId, dispatch: record.dispatch + 1 }),
    );
  expect(attempts, hint).toEqual(attempts.toSorted());
  expect(new Set(attempts).size, hint).toBe(attempts.length);
  expect(record.attempt, hint).toBeLessThanOrEqual(record.attempt_limit);
  expect(w.clock.waiting, hint).toBe(0);

  const ended = attempts.length;
  for (const message of w.queues.deadLetters) w.duplicate(message); // stale copies of all that was ever buried
  if (record.status !== 'failed') await w.settle();
  expect(attempts.length, hint).toBe(ended);
  return process.calls;
}
