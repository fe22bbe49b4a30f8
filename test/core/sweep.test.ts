import { describe, expect, test } from 'vitest';
import { abort } from '../../lambdas/core/abort.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import { NonRetryableError } from '../../lambdas/core/errors.ts';
import type { JobStore } from '../../lambdas/core/ports.ts';
import { MESSAGE_LIFE_MS, SHARDS } from '../../lambdas/core/record.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { sweep } from '../../lambdas/core/sweep.ts';
import { always, on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { bodyOf, world } from '../world/world.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

function setup() {
  const ran: string[] = [];
  const broken = { now: false };
  const task = taskOf(({ jobId }) => {
    ran.push(jobId);
    if (broken.now) throw new NonRetryableError('no such file');
    return 'done';
  });
  const w = world({ tasks: [task, taskOf(undefined, { name: 'slow', queue: 'slow' })], queues: ['default', 'slow'] });
  const add = async (options: EnqueueOptions = { delaySeconds: 3_600 }, task = 'work') =>
    (await enqueue(w.engine, task, 1, options)).jobId;
  return { w, ran, broken, add };
}

/** A store that answers what is due in pages, as DynamoDB does. */
function inPagesOf(size: number, store: JobStore): JobStore {
  return {
    ...store,
    async due(shard, until, after) {
      const { jobIds } = await store.due(shard, until);
      const from = after === undefined ? 0 : jobIds.indexOf(String(after.last)) + 1;
      const page = jobIds.slice(from, from + size);
      return { jobIds: page, ...(from + size < jobIds.length && { next: { last: page.at(-1) } }) };
    },
  };
}

describe('the sweep', () => {
  test('sends a job from 14 minutes before its time, with the delay that is left, then clears its mark', async () => {
    const { w, add, ran } = setup();
    const jobId = await add();
    const at = w.clock.now() + HOUR;

    await w.clock.advance(46 * MINUTE - 1);
    expect(await w.sweep()).toBe(0);
    await w.clock.advance(30_001);
    const process = w.invocation();
    expect(await process.run((engine) => sweep(engine, engine.clock.now() + MINUTE))).toBe(1);

    expect(process.calls.filter((name) => name !== 'due')).toEqual(['get', 'send', 'sweep done']);
    expect(w.messages()).toMatchObject([{ visibleAt: at }]);
    expect(w.messages().map(bodyOf)).toEqual([{ v: 1, job_id: jobId, run: jobId, dispatch: 1, task_name: 'work' }]);
    expect(await w.record(jobId)).not.toHaveProperty('due_at');
    expect(await w.sweep()).toBe(0);
    await w.settle();
    expect(ran).toEqual([jobId]);
    expect(await w.record(jobId)).toMatchObject({ started_at: at });
  });

  test('sends to the queue of the job’s task', async () => {
    const { w, add } = setup();
    await add(undefined, 'slow');
    await w.clock.advance(HOUR);
    await w.sweep();
    expect([w.messages('default').length, w.messages('slow').length]).toEqual([0, 1]);
  });

  test('sends at once what is late', async () => {
    const { w, add } = setup();
    await add();
    await w.clock.advance(10 * HOUR);
    expect(await w.sweep()).toBe(1);
    expect(w.messages()).toMatchObject([{ visibleAt: w.clock.now() }]);
  });

  test('serves its shards in turn, a page of each: a full one does not keep the others waiting', async () => {
    const { w, add } = setup();
    for (let i = 0; i < 400; i++) await add();
    await w.clock.advance(HOUR);
    const began = w.clock.now();
    let sends = 0;
    const engine: Engine = {
      ...w.engine,
      store: inPagesOf(20, w.engine.store),
      queues: { ...w.engine.queues, send: async () => void sends++ },
      clock: { ...w.engine.clock, now: () => began + sends },
    };

    const sent = await sweep(engine, began + 160);

    const waiting = [...w.records.values()].filter(({ due_at }) => due_at !== undefined);
    const left = Array.from({ length: SHARDS.attention }, (_, shard) => waiting.filter((job) => job.shard === shard));
    const all = Array.from({ length: SHARDS.attention }, (_, shard) =>
      [...w.records.values()].filter((job) => job.shard === shard),
    );
    expect(sent).toBe(160);
    expect(left.map((jobs, shard) => all[shard]!.length - jobs.length)).toEqual([40, 40, 40, 40]);
  });

  test('that runs twice at once sends two messages, and the job runs once', async () => {
    const { w, add, ran } = setup();
    await add();
    await w.clock.advance(HOUR);

    expect(await Promise.all([w.sweep(), w.sweep()])).toEqual([1, 1]);

    expect(w.messages()).toHaveLength(2);
    await w.settle();
    expect(ran).toHaveLength(1);
  });

  test('that stops after the message and before the mark sends again: harmless', async () => {
    const { w, add, ran } = setup();
    const jobId = await add();
    await w.clock.advance(HOUR);

    expect(await w.sweep({ faults: on('sweep done', 'crash before') })).toBe('crashed');
    expect(await w.record(jobId)).toHaveProperty('due_at');
    expect(await w.sweep()).toBe(1);

    await w.settle();
    expect(ran).toHaveLength(1);
    expect(await w.record(jobId)).not.toHaveProperty('due_at');
  });

  test('leaves the mark of a job that it could not send, and goes on with the others', async () => {
    const { w, add, ran } = setup();
    for (let i = 0; i < 3; i++) await add();
    await w.clock.advance(HOUR);

    expect(await w.sweep({ faults: on('send', 'throttled') })).toBe(2);

    expect([...w.records.values()].filter(({ due_at }) => due_at !== undefined)).toHaveLength(1);
    expect(w.logs).toContainEqual(expect.objectContaining({ level: 'warn', message: 'not swept, the next tick will' }));
    await w.settle();
    expect(ran).toHaveLength(3);
  });

  test('leaves a mark that was set anew between its look and its write', async () => {
    const { w, add } = setup();
    const jobId = await add();
    await w.clock.advance(HOUR);
    const due_at = w.clock.now() + HOUR;

    await w.sweep({
      faults: async (call) => {
        if (call.name === 'sweep done') w.records.set(jobId, { ...(await w.record(jobId))!, due_at });
        return undefined;
      },
    });

    expect(await w.record(jobId)).toMatchObject({ due_at });
  });

  test('sends nothing for a job that an index still shows but that was aborted or run meanwhile', async () => {
    const { w, add, ran } = setup();
    const [aborted, gone] = [await add(), await add()];
    await w.clock.advance(HOUR);
    const lagging = { jobIds: [aborted, gone] };
    await abort(w.engine, aborted);
    w.records.delete(gone);
    const engine = { ...w.engine, store: { ...w.engine.store, due: async () => lagging } };

    expect(await sweep(engine, w.clock.now() + MINUTE)).toBe(0);

    await w.settle();
    expect(ran).toEqual([]);
  });

  test('sends nothing yet for a job that was marked for later than an index still shows', async () => {
    const { w, add } = setup();
    const jobId = await add();
    await w.clock.advance(HOUR);
    w.records.set(jobId, { ...(await w.record(jobId))!, due_at: w.clock.now() + 1 });
    const engine = { ...w.engine, store: { ...w.engine.store, due: async () => ({ jobIds: [jobId] }) } };

    expect(await sweep(engine, w.clock.now() + MINUTE)).toBe(0);

    expect(w.messages()).toEqual([]);
  });

  test('goes through all pages of all shards, many jobs at once', async () => {
    const { w, add } = setup();
    for (let i = 0; i < 60; i++) await add();
    await w.clock.advance(HOUR);
    const pages: unknown[] = [];
    const shards = new Map<number, readonly string[]>();
    let together = 0;
    let most = 0;
    const store = {
      ...w.engine.store,
      async due(shard: number, until: number, after?: Readonly<Record<string, unknown>>) {
        if (!shards.has(shard)) shards.set(shard, (await w.engine.store.due(shard, until)).jobIds);
        const jobIds = shards.get(shard)!;
        const from = (after?.from as number | undefined) ?? 0;
        pages.push([shard, from]);
        return {
          jobIds: jobIds.slice(from, from + 12),
          ...(jobIds.length > from + 12 ? { next: { from: from + 12 } } : {}),
        };
      },
      async get(jobId: string) {
        most = Math.max(most, ++together);
        const record = await w.engine.store.get(jobId);
        together--;
        return record;
      },
    };

    expect(await sweep({ ...w.engine, store }, w.clock.now() + MINUTE)).toBe(60);

    expect(pages.length).toBeGreaterThan(4);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(10);
  });

  test('stops in time: what is left is the next tick’s', async () => {
    const { w, add } = setup();
    for (let i = 0; i < 30; i++) await add();
    await w.clock.advance(HOUR);
    const stopAt = w.clock.now() + MINUTE;
    const store = {
      ...w.engine.store,
      get: async (jobId: string) => {
        await w.clock.advance(25_000);
        return w.engine.store.get(jobId);
      },
    };

    const sent = await sweep({ ...w.engine, store }, stopAt);

    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(30);
    expect(await w.sweep()).toBe(30 - sent);
  });

  test('whose look fails is over, and nothing is lost', async () => {
    const { w, add, ran } = setup();
    await add();
    await w.clock.advance(HOUR);
    await expect(w.sweep({ faults: always('due', 'throttled') })).rejects.toMatchObject({ code: 'unavailable' });
    await w.settle();
    expect(ran).toHaveLength(1);
  });
});

describe('tidying dead-letters', () => {
  async function failed() {
    const all = setup();
    all.broken.now = true;
    const jobId = await all.add({});
    await all.w.work();
    all.broken.now = false;
    expect(all.w.envelopes()).toHaveLength(1);
    /** The messages are looked at for 10 s; then they are there again. */
    const tidy = async () => {
      const removed = await all.w.tidy();
      await all.w.clock.advance(10_000);
      return [removed, all.w.envelopes().length];
    };
    return { ...all, jobId, tidy };
  }

  test('keeps the envelope of a job that is still failed', async () => {
    const { tidy } = await failed();
    expect(await tidy()).toEqual([0, 1]);
    expect(await tidy()).toEqual([0, 1]);
  });

  test('removes the envelope of a job that was retried by hand once it has ended well, not while it waits', async () => {
    const { w, jobId, tidy } = await failed();
    await retryJob(w.engine, jobId);
    expect(await tidy()).toEqual([0, 1]);
    await w.settle();
    expect(await w.record(jobId)).toMatchObject({ status: 'complete' });
    expect(await tidy()).toEqual([1, 0]);
  });

  test('keeps a message of a failed job’s own dispatch: SQS may have moved the only one before its envelope was sent', async () => {
    const { w, jobId, tidy } = await failed();
    w.queues.deadLetters.length = 0;
    const moved = { v: 1, job_id: jobId, run: jobId, dispatch: 1, task_name: 'work' };
    await w.queues.bury(JSON.stringify(moved), '');
    expect(await tidy()).toEqual([0, 1]);
  });

  test('removes older envelopes of a job that failed again, and keeps its newest', async () => {
    const { w, broken, jobId, tidy } = await failed();
    await retryJob(w.engine, jobId);
    broken.now = true;
    await w.settle();
    expect(w.envelopes().map(({ dispatch }) => dispatch)).toEqual([2, 3]);
    expect(await tidy()).toEqual([1, 1]);
    expect(w.envelopes()).toMatchObject([{ dispatch: 3 }]);
  });

  test('removes a message that SQS itself moved there once its job is of a newer dispatch', async () => {
    const { w, jobId, tidy } = await failed();
    w.queues.deadLetters.length = 0;
    await w.queues.bury(JSON.stringify({ v: 1, job_id: jobId, run: jobId, dispatch: 1, task_name: 'work' }), '');
    await retryJob(w.engine, jobId);
    expect(await tidy()).toEqual([1, 0]);
  });

  test.each(['complete', 'aborted'] as const)('removes the envelope of a job that is %s', async (status) => {
    const { w, jobId, tidy } = await failed();
    w.records.set(jobId, { ...(await w.record(jobId))!, status });
    expect(await tidy()).toEqual([1, 0]);
  });

  test('removes the envelope of an earlier run of a reused key', async () => {
    const { w, jobId, tidy } = await failed();
    w.records.set(jobId, { ...(await w.record(jobId))!, run: 'another' });
    expect(await tidy()).toEqual([1, 0]);
  });

  test('keeps what SQS itself moved there: it may be the only message of its job', async () => {
    const { w, jobId, tidy } = await failed();
    for (const status of ['queued', 'active', 'failed'] as const) {
      w.queues.deadLetters.length = 0;
      w.records.set(jobId, { ...(await w.record(jobId))!, status, lease_expires_at: 0 });
      await w.queues.bury(JSON.stringify({ v: 1, job_id: jobId, run: jobId, dispatch: 1, task_name: 'work' }), '');
      expect(await tidy()).toEqual([0, 1]);
    }
  });

  test('keeps what it cannot judge: no record, not ours, not JSON', async () => {
    const { w } = await failed();
    for (const body of [
      'not JSON',
      '{"task_name":"work"}',
      '{"a":"\\"job_id\\""}',
      JSON.stringify({ v: 1, job_id: 'gone', run: 'gone', dispatch: 2, task_name: 'work', error: 'x' }),
    ])
      await w.queues.bury(body, '');
    expect(await w.tidy()).toBe(0);
    expect(w.queues.deadLetters).toHaveLength(5);
  });

  test('looks at a bounded number of messages, and goes on with the next tick', async () => {
    const { w, jobId, tidy } = await failed();
    const { body } = w.queues.deadLetters[0]!;
    for (let i = 0; i < 150; i++) await w.queues.bury(body, '');
    w.records.set(jobId, { ...(await w.record(jobId))!, status: 'complete' });
    expect(await tidy()).toEqual([100, 51]);
    expect(await tidy()).toEqual([51, 0]);
  });

  test('stops in time', async () => {
    const { w, jobId } = await failed();
    w.records.set(jobId, { ...(await w.record(jobId))!, status: 'complete' });
    const { tidyDeadLetters } = await import('../../lambdas/core/sweep.ts');
    expect(await tidyDeadLetters(w.engine, w.queues, w.clock.now())).toBe(0);
    expect(w.envelopes()).toHaveLength(1);
  });
});

test('a schedule is kept however late the sweep comes, up to the life of a message and beyond', async () => {
  const { w, add, ran } = setup();
  await add({ delaySeconds: 86_400 });
  await w.clock.advance(2 * MESSAGE_LIFE_MS);
  await w.expire();
  await w.settle();
  expect(ran).toHaveLength(1);
});
