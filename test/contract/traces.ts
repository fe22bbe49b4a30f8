import { expect, test } from 'vitest';
import { abort } from '../../lambdas/core/abort.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { NonRetryableError } from '../../lambdas/core/errors.ts';
import { MESSAGE_LIFE_MS } from '../../lambdas/core/record.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { type Records, type World, type WorldOptions, world } from '../world/world.ts';

const DAY = 86_400_000;

/**
 * The shortest traces that broke earlier versions of the protocol (docs/protocol.md, last section), each as a test: the
 * title is the trace and what came of it, the test shows that it no longer does.
 */
export function traces(open: () => Promise<Records>): void {
  async function setup(work: (attempt: number, w: World) => unknown = () => 'done', options: WorldOptions = {}) {
    const ran: number[] = [];
    const task = taskOf(({ attempt }) => {
      ran.push(attempt);
      return work(attempt, w);
    });
    const w: World = world({ tasks: [task], records: await open(), ...options });
    const add = async (given: Parameters<typeof enqueue>[3] = {}) => (await enqueue(w.engine, 'work', 1, given)).jobId;
    const status = async (jobId: string) => (await w.record(jobId))?.status;
    return { w, ran, add, status };
  }
  const failFirst = (attempt: number) => {
    if (attempt === 1) throw new NonRetryableError('no such file');
    return 'done';
  };

  test('send, claim, complete, put unconditional → runs again', async () => {
    const { w, ran } = await setup();
    const api = w.invocation({
      faults: async (call) => {
        if (call.name === 'create') expect(await w.work()).toBe('ack'); // between its message and its put
        return undefined;
      },
    });

    const answer = await api.run((engine) => enqueue(engine, 'work', 1));

    expect(answer).toMatchObject({ status: 'complete' });
    await w.settle();
    expect(ran).toEqual([1]);
  });

  test('send, claim, complete, TTL delete, old copy → runs again', async () => {
    const { w, ran, add } = await setup();
    const jobId = await add();
    const copy = w.duplicate(w.messages()[0]!);
    const sentAnew = w.duplicate(w.messages()[0]!); // as a hand-back at the last receive does, just before a message dies
    await w.work();
    copy.visibleAt = sentAnew.visibleAt = w.clock.now() + MESSAGE_LIFE_MS - 1;

    await w.clock.advance(MESSAGE_LIFE_MS - 1);
    await w.expire();
    expect(await w.work({ message: copy })).toBe('ack');
    await w.engine.queues.send('default', sentAnew.body, 0);
    w.queues.remove('default', sentAnew);
    await w.clock.advance(30 * DAY - MESSAGE_LIFE_MS + 1);
    await w.expire();
    expect(await w.record(jobId)).toBeUndefined();
    const [last] = w.messages();
    if (last !== undefined) await w.work({ message: last });

    await w.settle();
    expect(ran).toEqual([1]);
  });

  test('claim, fail written, crash, redelivery acks → no envelope', async () => {
    const { w, ran, add, status } = await setup(failFirst);
    const jobId = await add();

    expect(await w.work({ faults: on('fail', 'crash after') })).toBe('crashed');
    expect([await status(jobId), w.envelopes().length]).toEqual(['failed', 0]);
    await w.settle();

    expect(w.envelopes()).toMatchObject([{ job_id: jobId, dispatch: 2, error: 'no such file' }]);
    expect(ran).toEqual([1]);
  });

  test('claim, abort, crash → aborting for ever', async () => {
    const { w, ran, add, status } = await setup();
    const jobId = await add();
    expect(await w.work({ faults: on('complete', 'crash before') })).toBe('crashed');

    expect(await abort(w.engine, jobId)).toMatchObject({ status: 'aborting' });
    await w.settle();

    expect(await status(jobId)).toBe('aborted');
    expect(ran).toEqual([1]);
  });

  test('claim lands, reply lost, SDK retry → attempt burnt unrun', async () => {
    const { w, ran, add } = await setup();
    const jobId = await add({ maxAttempts: 1 });

    expect(await w.work({ faults: on('claim', 'retried') })).toBe('ack');

    expect(ran).toEqual([1]);
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', attempt: 1 });
  });

  test('key: put lands, reply lost, abort, SDK retry → aborted job queued again', async () => {
    for (const name of ['create', 'reuse key']) {
      const { w, ran, add, status } = await setup();
      if (name === 'reuse key') {
        await add({ key: 'ada' });
        await w.settle();
      }
      const before = ran.length;
      const retriedAfter = async () => {
        const put = [...w.queues.queues.values()].flat();
        expect(put).toEqual([]);
        await abort(w.engine, await jobIdOfKey(w));
      };
      const api = w.invocation({ faults: on(name, { retriedAfter }) });

      const answer = await api.run((engine) => enqueue(engine, 'work', 1, { key: 'ada' }));

      await w.settle();
      expect(await status((answer as { jobId: string }).jobId)).toBe('aborted');
      expect(ran).toHaveLength(before);
    }
  });

  test('handed back until maxReceiveCount → a healthy job buried', async () => {
    const { w, ran, add, status } = await setup(undefined, { maxReceiveCount: 3 });
    const jobId = await add();
    expect(await w.work({ faults: on('complete', 'crash before') })).toBe('crashed');

    for (let i = 0; i < 10; i++) expect(await w.work({ message: w.messages()[0]! })).not.toBe('nothing'); // leased
    await w.settle();

    expect([await status(jobId), w.envelopes().length]).toEqual(['complete', 0]);
    expect(ran).toEqual([1, 2]);
  });

  test('retry by hand, crash before send → queued for ever', async () => {
    const { w, ran, add, status } = await setup(failFirst);
    const jobId = await add();
    await w.work();

    const api = w.invocation({ faults: on('send', 'crash before') });
    expect(await api.run((engine) => retryJob(engine, jobId))).toBe('crashed');
    expect([await status(jobId), w.messages().length]).toEqual(['queued', 0]);
    await w.settle();

    expect(await status(jobId)).toBe('complete');
    expect(ran).toEqual([1, 2]);
  });

  test('retry written, reply lost, abort, SDK retry → abort undone', async () => {
    const { w, ran, add, status } = await setup(() => {
      throw new Error('not yet');
    });
    const jobId = await add();
    const retriedAfter = async () => expect(await abort(w.engine, jobId)).toMatchObject({ status: 'aborted' });

    expect(await w.work({ faults: on('retry', { retriedAfter }) })).toBe('leave');
    await w.settle();

    expect(await status(jobId)).toBe('aborted');
    expect(ran).toEqual([1]);
  });

  test('retry by hand at attempt = max → exhausted unrun', async () => {
    const { w, ran, add, status } = await setup(failFirst);
    const jobId = await add({ maxAttempts: 1 });
    await w.work();

    await retryJob(w.engine, jobId);
    await w.settle();

    expect(await status(jobId)).toBe('complete');
    expect(ran).toEqual([1, 2]);
  });

  test('backoff bumps dispatch, crash before send → lost', async () => {
    const { w, ran, add } = await setup((attempt) => {
      if (attempt === 1) throw new Error('not yet');
      return 'done';
    });
    const jobId = await add();

    expect(await w.work({ faults: on('send', 'crash before') })).toBe('crashed');
    expect(await w.record(jobId)).toMatchObject({ status: 'queued', dispatch: 1 });
    await w.settle();

    expect(await w.record(jobId)).toMatchObject({ status: 'complete', dispatch: 1 });
    expect(ran).toEqual([1, 2]);
  });

  test('zombie’s refused finish acks → lost', async () => {
    const { w, ran, add, status } = await setup();
    const jobId = await add();
    const [message] = w.messages();

    const zombie = await w.work({
      faults: async (call) => {
        if (call.name !== 'complete') return undefined;
        await w.clock.advance(70_000); // frozen beyond its lease; another worker claims the job, and crashes
        expect(await w.work({ message: message!, faults: on('complete', 'crash before') })).toBe('crashed');
        return undefined;
      },
    });

    expect(zombie).toBe('leave');
    expect(await status(jobId)).toBe('active');
    await w.settle();
    expect(await status(jobId)).toBe('complete');
    expect(ran).toEqual([1, 2, 3]);
  });

  test('reused key: old message of the earlier run → starts or fails the new one', async () => {
    const { w, ran, add, status } = await setup();
    await add({ key: 'ada' });
    const old = w.duplicate(w.messages()[0]!);
    const oldest = w.duplicate(w.messages()[0]!);
    await w.work({ message: w.messages()[0]! });
    const jobId = await add({ key: 'ada', delaySeconds: 600 });

    expect(await w.work({ message: old })).toBe('ack');
    w.queues.remove('default', oldest);
    w.queues.queues.get('undeliverable')!.push(oldest);
    oldest.visibleAt = 0;
    expect(await w.bury()).toBe('ack');

    expect([await status(jobId), ran, w.envelopes()]).toEqual(['queued', [1], []]);
    await w.settle();
    expect(await status(jobId)).toBe('complete');
    expect(ran).toEqual([1, 1]);
  });

  test('sweep clears before it sends, crash → lost', async () => {
    for (const call of ['send', 'sweep done']) {
      const { w, ran, add, status } = await setup();
      const jobId = await add({ delaySeconds: 3_600 });
      await w.clock.advance(50 * 60_000);

      expect(await w.sweep({ faults: on(call, 'crash before') })).toBe('crashed');
      await w.settle();

      expect(await status(jobId)).toBe('complete');
      expect(ran).toEqual([1]);
    }
  });

  test('sweep never clears → a message a minute for each waiting job', async () => {
    const { w, add } = await setup();
    await add({ delaySeconds: 3_600 });
    await w.clock.advance(50 * 60_000);

    const sent = [await w.sweep(), await w.sweep(), await w.sweep()];

    expect([sent, w.messages().length]).toEqual([[1, 0, 0], 1]);
  });
}

/** The job of the key `ada`, of which a caller that got no answer knows nothing. */
async function jobIdOfKey(w: World): Promise<string> {
  const again = await enqueue(w.engine, 'work', 1, { key: 'ada' });
  expect(again).toMatchObject({ deduplicated: true });
  return again.jobId;
}
