import { expect, test } from 'vitest';
import * as z from 'zod';
import { enqueueMany, type Order } from '../../lambdas/core/enqueue-many.ts';
import { StintError } from '../../lambdas/core/errors.ts';
import type { Outgoing, Queues } from '../../lambdas/core/ports.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { bodyOf, world } from '../world/world.ts';

const echo = defineTask({
  name: 'echo',
  input: z.strictObject({ n: z.int() }),
  output: z.int(),
  run: (_ctx, { n }) => n,
});

const order = (n: unknown, options: Order['options'] = {}): Order => ({ taskName: 'echo', input: { n }, options });
const orders = (count: number) => Array.from({ length: count }, (_each, i) => order(i));

function setup(break_: (queues: Queues) => Partial<Queues> = () => ({})) {
  const w = world({ tasks: [echo] });
  const sends: Outgoing[][] = [];
  const queues: Queues = {
    ...w.engine.queues,
    sendMany: (queue, messages) => {
      sends.push([...messages]);
      return w.engine.queues.sendMany(queue, messages);
    },
    ...break_(w.engine.queues),
  };
  return { w, engine: { ...w.engine, queues }, sends };
}

test('accepts many jobs, in their order, each with its record and its message', async () => {
  const { w, engine, sends } = setup();

  const accepted = await enqueueMany(engine, orders(250));

  expect(accepted).toHaveLength(250);
  for (const [i, each] of accepted.entries()) {
    expect(each).toMatchObject({ status: 'queued', deduplicated: false });
    const { jobId } = each as { jobId: string };
    expect((await w.record(jobId))?.input).toEqual({ json: `{"n":${i}}` });
  }
  expect(w.messages().map((message) => bodyOf(message).job_id)).toEqual(
    accepted.map((each) => (each as { jobId: string }).jobId),
  );
  expect(sends.map((each) => each.length)).toEqual([100, 100, 50]);
  await w.settle();
  for (const record of w.records.values()) expect(record.status).toBe('complete');
});

test('one bad job spoils nothing', async () => {
  const { w, engine } = setup();
  const accepted = await enqueueMany(engine, [
    order(0),
    order('x'),
    { ...order(2), taskName: 'unheard_of' },
    order(3, { maxAttempts: 0 }),
    order(4),
  ]);
  expect(accepted).toEqual([
    expect.objectContaining({ status: 'queued' }),
    expect.objectContaining({ code: 'invalid_input' }),
    expect.objectContaining({ code: 'unknown_task' }),
    expect.objectContaining({ code: 'invalid_input' }),
    expect.objectContaining({ status: 'queued' }),
  ]);
  expect(w.records.size).toBe(2);
  expect(w.messages()).toHaveLength(2);
});

test('a message that cannot be sent costs its own job only, of which nothing is written', async () => {
  const { w, engine } = setup((queues) => ({
    async sendMany(queue, messages) {
      const bad = new StintError('unavailable', 'no');
      await queues.sendMany(
        queue,
        messages.filter((_message, i) => i !== 1),
      );
      return messages.map((_message, i) => (i === 1 ? bad : undefined));
    },
  }));
  const accepted = await enqueueMany(engine, orders(3));
  expect(accepted[1]).toMatchObject({ code: 'enqueue_failed' });
  expect([accepted[0], accepted[2]]).toMatchObject([{ status: 'queued' }, { status: 'queued' }]);
  expect(w.records.size).toBe(2);
});

test('a put that fails costs nothing: the message makes the record', async () => {
  const { w, engine } = setup();
  const { store } = engine;
  const broken = {
    ...store,
    apply: (async (...write: Parameters<typeof store.apply>) => {
      if (write[1].name === 'create') throw new StintError('unavailable', 'throttled');
      return store.apply(...write);
    }) as typeof store.apply,
  };
  const accepted = await enqueueMany({ ...engine, store: broken }, orders(2));
  expect(accepted).toMatchObject([{ status: 'queued' }, { status: 'queued' }]);
  await w.settle();
  expect([...w.records.values()].map(({ status }) => status)).toEqual(['complete', 'complete']);
});

test('keys hold within a batch too, and jobs due later are marked for the sweep', async () => {
  const { w, engine } = setup();
  const accepted = await enqueueMany(engine, [
    order(0, { key: 'k' }),
    order(1, { key: 'k' }),
    order(2, { idempotencyKey: 'i' }),
    order(2, { idempotencyKey: 'i' }),
    order(3, { delaySeconds: 86_400 }),
  ]);
  const ids = accepted.map((each) => (each as { jobId: string }).jobId);
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).toBe(ids[3]);
  expect(accepted.filter((each) => !(each instanceof Error) && each.deduplicated)).toHaveLength(2);
  expect(w.records.size).toBe(3);
  expect((await w.record(ids[4]!))?.due_at).toBeDefined();
  await w.settle(2 * 86_400_000);
  for (const record of w.records.values()) expect(record).toMatchObject({ status: 'complete', attempt: 1 });
});

test('begins nothing that it has no time to end', async () => {
  const { w, engine } = setup();
  let left = 12_000;
  const accepted = await enqueueMany(engine, orders(300), () => {
    left -= 4_000;
    return left;
  });
  expect(accepted.filter((each) => !(each instanceof Error))).toHaveLength(100);
  expect(accepted[299]).toMatchObject({ code: 'unavailable' });
  expect(w.records.size).toBe(100);
});

test('puts a bounded number of records at once', async () => {
  const { engine } = setup();
  const { store } = engine;
  let running = 0;
  let most = 0;
  const watched = {
    ...store,
    apply: (async (...write: Parameters<typeof store.apply>) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return store.apply(...write);
    }) as typeof store.apply,
  };
  await enqueueMany({ ...engine, store: watched }, orders(200));
  expect(most).toBe(32);
});
