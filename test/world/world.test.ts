import { expect, test } from 'vitest';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { at, on } from './invocation.ts';
import { gate, taskOf } from './task-of.ts';
import { world } from './world.ts';

function setup() {
  const ran: number[] = [];
  const w = world({ tasks: [taskOf(({ attempt }) => ran.push(attempt))], maxReceiveCount: 2 });
  const add = async () => (await enqueue(w.engine, 'work', 1)).jobId;
  return { w, ran, add };
}

test('nothing happens but what the test makes happen', async () => {
  const { w, ran, add } = setup();
  await add();
  await w.clock.advance(86_400_000);
  expect([ran.length, w.messages().length]).toEqual([0, 1]);
  expect(await w.work()).toBe('ack');
  expect(await w.work()).toBe('nothing');
});

test('a crash before a call keeps it from taking effect, one after it does not; either way nothing goes on', async () => {
  for (const [fault, attempt] of [
    ['crash before', 0],
    ['crash after', 1],
  ] as const) {
    const { w, ran, add } = setup();
    const jobId = await add();
    expect(await w.work({ faults: on('claim', fault) })).toBe('crashed');
    expect(await w.record(jobId)).toMatchObject({ attempt });
    expect([ran.length, w.messages().length, w.clock.waiting]).toEqual([0, 1, 0]);
  }
});

test('a crash stops the timers of its invocation, and of no other', async () => {
  const hold = gate();
  const w = world({ tasks: [taskOf(() => hold.opened.then(() => 'done'))] });
  await enqueue(w.engine, 'work', 1);
  await enqueue(w.engine, 'work', 2);
  const crashing = w.work({ faults: on('heartbeat', 'crash before', 2) });
  const healthy = w.work();
  await w.clock.advance(7_000);
  expect(await crashing).toBe('crashed');
  expect(w.clock.waiting).toBe(2);
  hold.open();
  expect(await healthy).toBe('ack');
  expect(w.clock.waiting).toBe(0);
});

test('calls are numbered, so that a test can go through all of them', async () => {
  const names: string[] = [];
  for (let n = 1; ; n++) {
    const { w, add } = setup();
    await add();
    const answer = await w.work({
      faults: (call) => {
        names[call.n - 1] = call.name;
        return at(n, 'crash before')(call);
      },
    });
    if (answer !== 'crashed') break;
  }
  expect(names).toEqual(['claim', 'complete', 'ack']);
});

test('a message that was received too often is moved to undeliverable, and dies after 14 days', async () => {
  const { w, add } = setup();
  await add();
  for (let i = 0; i < 2; i++) {
    expect(await w.work({ faults: on('claim', 'throttled') })).toBe('leave');
    await w.clock.advance(65_000);
  }
  expect(await w.work()).toBe('nothing');
  expect([w.messages().length, w.messages('undeliverable').length]).toEqual([0, 1]);
  await w.clock.advance(14 * 86_400_000);
  await w.expire();
  expect(w.messages('undeliverable')).toEqual([]);
});

test('each machine may have a clock of its own', async () => {
  const { w } = setup();
  const ahead = w.invocation({ skewMs: 3_000 });
  expect(ahead.engine.clock.now() - w.clock.now()).toBe(3_000);
});

test('settling ends when nothing is left to do, and says so when there always is', async () => {
  const { w, ran, add } = setup();
  await add();
  await w.settle();
  expect(ran).toEqual([1]);

  const endless = world({ tasks: [taskOf(async (ctx) => ctx.enqueue(task, 1, { delaySeconds: 60 }))] });
  const task = taskOf();
  await enqueue(endless.engine, 'work', 1);
  await expect(endless.settle(600_000)).rejects.toThrow('something left to do');
});
