import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { beginAttempt } from '../../lambdas/core/attempt.ts';
import { claimJob } from '../../lambdas/core/claim.ts';
import { deliver } from '../../lambdas/core/deliver.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { InterruptedError } from '../../lambdas/core/errors.ts';
import { taskOf } from '../world/task-of.ts';
import { bodyOf, world } from '../world/world.ts';

const settings = { queue: 'default', maxReceiveCount: 100 };

function setup(run: Parameters<typeof taskOf>[0]) {
  const w = world({ tasks: [taskOf(run)] });
  const stop = new AbortController();
  const engine = { ...w.engine, shutdown: stop.signal };
  const begin = () => {
    const [taken] = w.queues.take('default', 1, 65);
    return deliver(engine, settings, taken!.delivery, w.clock.now() + 60_000);
  };
  return { w, stop, engine, begin };
}

test('a worker that is shut down tells its tasks, writes nothing, and leaves the message: the lease hands the job on', async () => {
  let reason: unknown;
  const { w, stop, begin } = setup(({ signal }) => {
    const never = new Promise<never>(() => undefined);
    signal.addEventListener('abort', () => {
      reason = signal.reason;
    });
    return never;
  });
  const { jobId } = await enqueue(w.engine, 'work', 1);
  const answer = begin();
  await w.clock.advance(1_000);
  const before = await w.record(jobId);
  stop.abort();

  expect(await answer).toBe('leave');
  expect(reason).toMatchObject({ name: 'InterruptedError', reason: 'shutdown' });
  expect(await w.record(jobId)).toEqual(before);
  expect(w.clock.waiting).toBe(0);
});

test('an attempt that begins after the shutdown is told at once', async () => {
  const { w, stop, engine } = setup(() => 1);
  const { jobId } = await enqueue(w.engine, 'work', 1);
  const claimed = await claimJob(engine, bodyOf(w.messages()[0]!), 'me', w.clock.now() + 65_000);
  stop.abort();
  if (claimed.is !== 'claimed') throw new Error(`not claimed: ${claimed.is}`);
  const attempt = beginAttempt(engine, claimed.record, w.engine.tasks.all[0], w.clock.now() + 30_000);
  expect(attempt.ctx.jobId).toBe(jobId);
  expect(attempt.interruption()).toBeInstanceOf(InterruptedError);
  attempt.end();
});

test('a job that is over leaves no listener on the shutdown signal', async () => {
  const { w, stop, begin } = setup(() => 1);
  await enqueue(w.engine, 'work', 1);
  expect(await begin()).toBe('ack');
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});
