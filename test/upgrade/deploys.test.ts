import { expect, test } from 'vitest';
import * as z from 'zod';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { type AnyTask, defineTask } from '../../lambdas/core/task.ts';
import { always, on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { type World, world } from '../world/world.ts';

const QUEUES = ['default', 'images'];

/** The next version of the project: its tasks, on all that the one before has left. */
async function deploy(before: World, tasks: readonly AnyTask[]): Promise<World> {
  const w = world({ tasks, queues: QUEUES });
  await w.clock.advance(before.clock.now() - w.clock.now());
  for (const [id, record] of before.records) w.records.set(id, record);
  for (const [key, payload] of before.payloads.stored) w.payloads.stored.set(key, payload);
  for (const [name, messages] of before.queues.queues) w.queues.queues.get(name)!.push(...messages);
  w.queues.deadLetters.push(...before.queues.deadLetters);
  return w;
}

const sized = (input: z.ZodType, run: (ctx: unknown, input: unknown) => unknown = (_ctx, given) => given) =>
  defineTask({ name: 'resize', input, output: z.unknown(), maxAttempts: 2, run });
const resize = sized(z.object({ width: z.number() }));
const stricter = sized(z.object({ width: z.number(), format: z.enum(['png', 'webp']) }));
const lenient = sized(z.object({ width: z.number(), format: z.enum(['png', 'webp']).default('png') }));

/** A deploy that breaks waiting jobs, and the one that mends it. */
const BREAKS: [title: string, broken: readonly AnyTask[], reason: RegExp][] = [
  ['a task removed', [taskOf()], /^Unknown task 'resize'.*work.*redrive the job/],
  ['a task renamed', [{ ...resize, name: 'scale' }], /^Unknown task 'resize'.*scale.*redrive the job/],
  ['a schema made stricter', [stricter], /^The input does not fit the task's schema: format: /],
];

/** What a job may be doing when the deploy comes. Answers its id. */
const WAITING: Record<string, (w: World) => Promise<string>> = {
  queued: async (w) => (await enqueue(w.engine, 'resize', { width: 7 })).jobId,
  delayed: async (w) => (await enqueue(w.engine, 'resize', { width: 7 }, { delaySeconds: 300 })).jobId,
  scheduled: async (w) => (await enqueue(w.engine, 'resize', { width: 7 }, { delaySeconds: 7_200 })).jobId,
  keyed: async (w) => (await enqueue(w.engine, 'resize', { width: 7 }, { key: 'logo' })).jobId,
  running: async (w) => {
    const { jobId } = await enqueue(w.engine, 'resize', { width: 7 });
    await w.work({ faults: on('complete', 'crash before') });
    return jobId;
  },
};

const cases = BREAKS.flatMap(([title, broken, reason]) =>
  Object.keys(WAITING).map((state) => ({ title, state, broken, reason })),
);

test.each(cases)('$title while its job is $state: a clear failed record, run again after the fix', async (each) => {
  for (const way of ['retry by hand', 'its envelope']) {
    const before = world({ tasks: [resize], queues: QUEUES });
    const jobId = await WAITING[each.state]!(before);

    const broken = await deploy(before, each.broken);
    await broken.settle();

    const attempt = each.state === 'running' ? 2 : 1;
    expect(await broken.record(jobId)).toMatchObject({
      status: 'failed',
      attempt,
      error_message: expect.stringMatching(each.reason),
    });
    expect(broken.queues.deadLetters.map(({ reason }) => reason)).toEqual([expect.stringMatching(each.reason)]);
    expect(broken.envelopes()).toMatchObject([
      { job_id: jobId, dispatch: 2, error: expect.stringMatching(each.reason) },
    ]);

    const mended = await deploy(broken, [each.title.startsWith('a schema') ? lenient : resize]);
    if (way === 'its envelope') mended.redrive();
    else await retryJob(mended.engine, jobId);
    await mended.settle();
    await mended.clock.advance(60_000);
    await mended.tidy();

    const done = await mended.record(jobId);
    expect(done, way).toMatchObject({ status: 'complete', attempt: attempt + 1, dispatch: 2 });
    expect(done).not.toHaveProperty('error_message');
    expect(JSON.parse((done!.result as { json: string }).json)).toMatchObject({ width: 7 });
    expect(mended.envelopes()).toEqual([]);
  }
});

test('an output made stricter while its job runs: a clear failed record', async () => {
  const before = world({ tasks: [resize], queues: QUEUES });
  const { jobId } = await enqueue(before.engine, 'resize', { width: 7 });
  const strict = defineTask({
    ...resize,
    output: z.object({ url: z.string() }),
    redact: {},
    run: () => ({}) as { url: string },
  });

  const w = await deploy(before, [strict]);
  await w.settle();

  expect(await w.record(jobId)).toMatchObject({
    status: 'failed',
    error_message: expect.stringMatching(/^The output does not fit the task's schema: url: /),
  });
  expect(w.envelopes()).toMatchObject([{ job_id: jobId }]);
});

test.each(Object.keys(WAITING))('a task moved to another queue while its job is %s: it runs there', async (state) => {
  const before = world({ tasks: [resize], queues: QUEUES });
  const jobId = await WAITING[state]!(before);

  const w = await deploy(before, [{ ...resize, queue: 'images' }]);
  await w.settle();

  expect(await w.record(jobId)).toMatchObject({ status: 'complete' });
  expect(w.envelopes()).toEqual([]);
});

test('a task whose queue is removed while its job waits for the sweep: it is run by a queue that is there', async () => {
  const before = world({ tasks: [{ ...resize, queue: 'old' }], queues: ['default', 'old'] });
  const { jobId } = await enqueue(before.engine, 'resize', { width: 7 }, { delaySeconds: 7_200 });
  expect(await before.record(jobId)).toMatchObject({ queue: 'old' });

  const w = world({ tasks: [resize], queues: QUEUES });
  for (const [id, record] of before.records) w.records.set(id, record);
  await w.settle();

  expect(await w.record(jobId)).toMatchObject({ status: 'complete' });
});

test('fewer attempts declared while a job waits for a retry: it keeps what it was given', async () => {
  const failing = sized(z.unknown(), () => {
    throw new Error('not yet');
  });
  const before = world({ tasks: [{ ...failing, maxAttempts: 3 }], queues: QUEUES });
  const { jobId } = await enqueue(before.engine, 'resize', { width: 7 });
  await before.work();

  const w = await deploy(before, [{ ...failing, maxAttempts: 1 }]);
  await w.settle();

  expect(await w.record(jobId)).toMatchObject({ status: 'failed', attempt: 3, attempt_limit: 3 });
});

test('a message of a newer version: to dead-letters as it is, and read after the deploy', async () => {
  const before = world({ tasks: [resize], queues: QUEUES });
  const { jobId } = await enqueue(before.engine, 'resize', { width: 7 });
  const [message] = before.messages();
  const newer = JSON.stringify({ ...JSON.parse(message!.body), v: 2, priority: 'high' });
  before.queues.remove('default', message!);
  await before.queues.send('default', newer, 0);

  expect(await before.work()).toBe('ack');
  for (let pass = 0; pass < 2; pass++) {
    await before.clock.advance(60_000);
    await before.tidy();
  }

  expect(await before.record(jobId)).toMatchObject({ status: 'queued', attempt: 0 });
  expect(before.queues.deadLetters.map(({ body }) => body)).toEqual([newer]);
  expect(before.queues.deadLetters[0]!.reason).toMatch(/^Not a valid message: v: /);
  expect(before.logs).toContainEqual(expect.objectContaining({ level: 'error', message: 'message is not ours' }));

  // The version that writes 2 reads 2: for today's code to play it, the number is put back.
  const w = await deploy(before, [resize]);
  const [letter] = w.queues.deadLetters.splice(0);
  w.queues.deadLetters.push({ ...letter!, body: letter!.body.replace('"v":2', '"v":1') });
  w.redrive();
  await w.settle();
  expect(await w.record(jobId)).toMatchObject({ status: 'complete', attempt: 1 });
});

test('a newer message on undeliverable goes the same way, its record untouched', async () => {
  const w = world({ tasks: [resize], queues: QUEUES });
  const { jobId } = await enqueue(w.engine, 'resize', { width: 7 });
  const newer = JSON.stringify({ ...JSON.parse(w.messages()[0]!.body), v: 2 });
  await w.queues.send('undeliverable', newer, 0);

  expect(await w.bury()).toBe('ack');

  expect(w.queues.deadLetters).toMatchObject([{ body: newer, reason: expect.stringMatching(/\bv\b/) }]);
  expect(await w.record(jobId)).toMatchObject({ status: 'queued' });
});

test('a deploy whose workers cannot reach the table: nothing is lost, and no attempt is used up', async () => {
  const before = world({ tasks: [resize], queues: QUEUES });
  const { jobId } = await enqueue(before.engine, 'resize', { width: 7 });
  for (let delivery = 0; delivery < 20; delivery++) {
    expect(await before.work({ faults: always('claim', 'throttled') })).toBe('leave');
    await before.clock.advance(66_000);
  }

  const w = await deploy(before, [resize]);
  await w.settle();

  expect(await w.record(jobId)).toMatchObject({ status: 'complete', attempt: 1 });
});

test('a deploy of the version before: what a later one wrote, with fields of its own, is brought to its end', async () => {
  const later = world({ tasks: [resize], queues: QUEUES });
  const queued = await enqueue(later.engine, 'resize', { width: 7 });
  const scheduled = await enqueue(later.engine, 'resize', { width: 8 }, { delaySeconds: 7_200 });
  const [message] = later.messages();
  later.queues.remove('default', message!);
  const { create, ...rest } = JSON.parse(message!.body);
  await later.queues.send('default', JSON.stringify({ ...rest, colour: 'red', create: { ...create, size: 1 } }), 0);
  for (const [id, record] of later.records) later.records.set(id, { ...record, colour: 'red' } as typeof record);

  const w = await deploy(later, [resize]);
  await w.settle();

  for (const { jobId } of [queued, scheduled]) expect(await w.record(jobId)).toMatchObject({ status: 'complete' });
  expect(w.envelopes()).toEqual([]);
});
