import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { abort } from '../../lambdas/core/abort.ts';
import { enqueue, MAX_DEPTH } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import { StintError } from '../../lambdas/core/errors.ts';
import type { Hooks } from '../../lambdas/core/hooks.ts';
import { always, type Faults, on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { bodyOf, world } from '../world/world.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

function setup(hooks: Hooks = {}) {
  const ran: string[] = [];
  const run = (ctx: { jobId: string }) => ran.push(ctx.jobId);
  const input = z.strictObject({
    text: z.string(),
    times: z.int().optional(),
    parts: z.array(z.object({ at: z.number() })).optional(),
  });
  const tasks = [
    taskOf(run),
    taskOf(run, { name: 'other' }),
    taskOf(run, { name: 'short', retentionDays: 1 }),
    taskOf(run, { name: 'strict', input }),
    taskOf(run, { name: 'slow', queue: 'slow', maxAttempts: 7 }),
  ];
  const w = world({ tasks, hooks, queues: ['default', 'slow'] });
  /** As the API does it: to the end, or the error's code. */
  const ask = async (
    options: EnqueueOptions = {},
    faults: Faults = () => undefined,
    task = 'work',
    given: unknown = 1,
  ) => {
    const api = w.invocation({ faults });
    const answer = await api.run((engine) =>
      enqueue(engine, task, given, options).catch((error: unknown) => {
        if (error instanceof StintError) return error.code;
        throw error;
      }),
    );
    return { answer, calls: api.calls };
  };
  return { w, ask, ran };
}

async function refusal(promise: Promise<unknown>): Promise<StintError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StintError)) throw new Error(`It was not refused: ${String(error)}`);
  return error;
}

describe('a job for now', () => {
  test('is sent first, with all that is needed to make its record, then put', async () => {
    const { w, ask } = setup();

    const { answer, calls } = await ask({ userId: 'ada', projectId: 'engine', tags: ['a'], maxAttempts: 9 });

    expect(calls).toEqual(['send', 'create']);
    const { jobId } = answer as { jobId: string };
    expect(answer).toEqual({ jobId, status: 'queued', deduplicated: false });
    const create = {
      queue: 'default',
      input: { json: '1' },
      max_attempts: 9,
      created_at: w.clock.now(),
      scheduled_at: 0,
      user_id: 'ada',
      project_id: 'engine',
      tags: ['a'],
    };
    expect(w.messages().map(bodyOf)).toEqual([
      { v: 1, job_id: jobId, run: jobId, dispatch: 1, task_name: 'work', create },
    ]);
    expect(await w.record(jobId)).toMatchObject({
      ...create,
      job_id: jobId,
      run: jobId,
      status: 'queued',
      attempt: 0,
      attempt_limit: 9,
      dispatch: 1,
      by_user: expect.stringContaining('ada#'),
    });
    expect(await w.record(jobId)).not.toHaveProperty('due_at');
  });

  test('goes to the queue of its task with the defaults of its task', async () => {
    const { w, ask } = setup();

    await ask({}, undefined, 'slow');

    expect(w.messages('slow').map(bodyOf)).toMatchObject([{ create: { queue: 'slow', max_attempts: 7 } }]);
    expect(w.messages('default')).toEqual([]);
  });

  test('that cannot be sent is refused, and nothing is written', async () => {
    const { w, ask, ran } = setup();

    expect(await ask({}, always('send', 'throttled'))).toEqual({ answer: 'enqueue_failed', calls: ['send'] });
    const failing = w.invocation({ faults: always('send', 'throttled') }).engine;
    const error = await refusal(enqueue(failing, 'work', 1));

    expect(error.message).toBe('Failed to enqueue task: send: throttled');
    expect(error.cause).toBeInstanceOf(StintError);
    await w.settle();
    expect([w.records.size, ran.length]).toEqual([0, 0]);
  });

  test('whose record cannot be put is accepted all the same: its message makes the record', async () => {
    const { w, ask, ran } = setup();

    const { answer } = await ask({ userId: 'ada' }, always('create', 'throttled'));

    const { jobId } = answer as { jobId: string };
    expect(answer).toMatchObject({ status: 'queued' });
    expect(await w.record(jobId)).toBeUndefined();
    expect(w.logs).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ job_id: jobId }) }),
    );
    await w.settle();
    expect(ran).toEqual([jobId]);
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', user_id: 'ada', attempt: 1 });
  });

  test('whose claim was faster than its put is accepted, as it stands', async () => {
    const { w, ask, ran } = setup();

    const { answer } = await ask({}, async (call) => {
      if (call.name === 'create') await w.work();
      return undefined;
    });

    expect(answer).toMatchObject({ status: 'complete', deduplicated: false });
    expect(w.messages()).toEqual([]);
    expect(ran).toHaveLength(1);
  });

  test('whose process stops between the message and the record runs all the same', async () => {
    const { w, ask, ran } = setup();

    expect((await ask({}, on('create', 'crash before'))).answer).toBe('crashed');

    await w.settle();
    expect(ran).toHaveLength(1);
  });

  test('needs no input: it is an empty object then', async () => {
    const { w } = setup();
    await enqueue(w.engine, 'work', undefined);
    expect([...w.records.values()]).toMatchObject([{ input: { json: '{}' } }]);
  });
});

describe('a large input', () => {
  const large = 'x'.repeat(1_000);

  test('is stored before the message is sent, and neither message nor record carries it', async () => {
    const { w, ask } = setup();

    const { answer, calls } = await ask({}, undefined, 'work', large);

    expect(calls).toEqual(['payload put', 'send', 'create']);
    const { jobId } = answer as { jobId: string };
    const at = `${jobId}#input#${jobId}`;
    expect(w.payloads.stored.get(at)).toEqual({ json: JSON.stringify(large), ttl: (w.clock.now() + 120 * DAY) / 1000 });
    expect(bodyOf(w.messages()[0]!).create).toMatchObject({ input: { at } });
    expect(await w.record(jobId)).toMatchObject({ input: { at } });
  });

  test('of a job for later is kept for as much longer', async () => {
    const { w, ask } = setup();

    await ask({ delaySeconds: 10 * 86_400 }, undefined, 'short', large);

    expect([...w.payloads.stored.values()].map(({ ttl }) => ttl)).toEqual([(w.clock.now() + 101 * DAY) / 1000]);
  });

  test('that cannot be stored is a refusal, and nothing is sent', async () => {
    const { w, ask } = setup();

    expect((await ask({}, always('payload put', 'throttled'), 'work', large)).answer).toBe('enqueue_failed');

    expect([w.messages().length, w.records.size]).toEqual([0, 0]);
  });

  test('over 256 KB is refused, with what to do instead', async () => {
    const { w } = setup();
    const error = await refusal(enqueue(w.engine, 'work', 'x'.repeat(256 * 1024)));
    expect(error).toMatchObject({ code: 'too_large', message: expect.stringContaining('pass its key') });
  });
});

describe('a job for later', () => {
  test('within 15 minutes is a delayed message, exact to the second and never early', async () => {
    const { w, ask, ran } = setup();

    await ask({ delaySeconds: 899.2 });

    const due = w.clock.now() + 899_200;
    expect(w.messages()).toMatchObject([{ visibleAt: w.clock.now() + 900_000 }]);
    expect([...w.records.values()]).toMatchObject([{ scheduled_at: due }]);
    expect([...w.records.values()][0]).not.toHaveProperty('due_at');
    await w.clock.advance(899_999);
    expect(await w.work()).toBe('nothing');
    await w.clock.advance(1);
    expect(await w.work()).toBe('ack');
    expect(ran).toHaveLength(1);
  });

  test('at 15 minutes is still a message; a millisecond beyond, its record is marked for the sweep and nothing is sent', async () => {
    const { w, ask } = setup();

    expect((await ask({ scheduledAt: new Date(w.clock.now() + 15 * MINUTE) })).calls).toEqual(['send', 'create']);
    const { calls, answer } = await ask({ scheduledAt: new Date(w.clock.now() + 15 * MINUTE + 1) });

    expect(calls).toEqual(['create']);
    const scheduled_at = w.clock.now() + 15 * MINUTE + 1;
    expect(await w.record((answer as { jobId: string }).jobId)).toMatchObject({
      status: 'queued',
      scheduled_at,
      due_at: scheduled_at - 14 * MINUTE,
    });
    expect(w.messages()).toHaveLength(1);
  });

  test('beyond 15 minutes that cannot be put is refused', async () => {
    const { w, ask } = setup();
    expect((await ask({ delaySeconds: 3_600 }, always('create', 'throttled'))).answer).toBe('enqueue_failed');
    await w.settle();
    expect([w.records.size, w.messages().length]).toEqual([0, 0]);
  });

  test('whose put took effect although its reply was lost is accepted', async () => {
    const { w, ask } = setup();
    expect((await ask({ delaySeconds: 3_600 }, on('create', 'retried'))).answer).toMatchObject({ deduplicated: false });
    expect(w.records.size).toBe(1);
  });

  test.each([
    ['in the past', new Date(Date.UTC(2025, 0, 1))],
    ['before 1970', new Date(-1)],
    ['at the beginning of time', new Date(-8.64e15)],
  ])('%s runs at once', async (_when, scheduledAt) => {
    const { w, ask, ran } = setup();

    const { answer } = await ask({ scheduledAt });

    expect(await w.work()).toBe('ack');
    expect(ran).toEqual([(answer as { jobId: string }).jobId]);
  });

  test('may be ten years away, and not a millisecond more', async () => {
    const { w, ask } = setup();
    const tenYears = w.clock.now() + 3_650 * DAY;
    expect((await ask({ scheduledAt: new Date(tenYears) })).answer).toMatchObject({ status: 'queued' });
    expect((await ask({ scheduledAt: new Date(tenYears + 1) })).answer).toBe('invalid_input');
  });

  test('runs at its time, whatever the distance', async () => {
    const { w, ask, ran } = setup();
    const start = w.clock.now();
    await ask({ delaySeconds: 40 * 86_400 });

    await w.settle(50 * DAY);

    expect(ran).toHaveLength(1);
    expect([...w.records.values()]).toMatchObject([{ status: 'complete', started_at: start + 40 * DAY }]);
  });
});

describe('a job with a reusable key', () => {
  test('is put first, marked for the sweep, then sent without what makes a record', async () => {
    const { w, ask } = setup();

    const { calls, answer } = await ask({ key: 'ada' });

    expect(calls).toEqual(['create', 'send']);
    const { jobId } = answer as { jobId: string };
    const record = await w.record(jobId);
    expect(record).toMatchObject({ key: 'ada', status: 'queued', due_at: w.clock.now() + MINUTE });
    expect(record!.run).not.toBe(jobId);
    expect(w.messages().map(bodyOf)).toEqual([
      { v: 1, job_id: jobId, run: record!.run, dispatch: 1, task_name: 'work' },
    ]);
  });

  test('that is delayed is marked for a minute after its time; later than 15 minutes, as any later job', async () => {
    const { w, ask } = setup();

    const soon = await ask({ key: 'soon', delaySeconds: 600 });
    const late = await ask({ key: 'late', delaySeconds: 3_600 });

    const now = w.clock.now();
    expect([soon.calls, late.calls]).toEqual([['create', 'send'], ['create']]);
    expect([...w.records.values()].map((record) => record.due_at)).toEqual([now + 11 * MINUTE, now + 46 * MINUTE]);
  });

  test('is the same job while it is unfinished, and another once it has ended', async () => {
    const { w, ask, ran } = setup();

    const first = (await ask({ key: 'ada' })).answer as { jobId: string };
    const second = await ask({ key: 'ada' }, undefined, 'work', 'another input');
    expect(second).toEqual({ answer: { ...first, deduplicated: true }, calls: ['create'] });
    const run = (await w.record(first.jobId))?.run;
    await w.settle();
    const third = (await ask({ key: 'ada' })).answer;

    expect(third).toEqual({ jobId: first.jobId, status: 'queued', deduplicated: false });
    expect((await w.record(first.jobId))?.run).not.toBe(run);
    expect(await w.record(first.jobId)).toMatchObject({ status: 'queued', attempt: 0, attempts: [], dispatch: 1 });
    await w.settle();
    expect(ran).toEqual([first.jobId, first.jobId]);
  });

  test('is free again after a failure or an abort', async () => {
    const { w, ask } = setup();
    const { jobId } = (await ask({ key: 'ada' })).answer as { jobId: string };
    await abort(w.engine, jobId);

    expect((await ask({ key: 'ada' })).answer).toMatchObject({ status: 'queued', deduplicated: false });
  });

  test('is of its task: the same key of another task is another job', async () => {
    const { ask } = setup();
    const [one, other] = [await ask({ key: 'ada' }), await ask({ key: 'ada' }, undefined, 'other')];
    expect((one.answer as { jobId: string }).jobId).not.toBe((other.answer as { jobId: string }).jobId);
  });

  test('that was not sent is accepted all the same: the sweep sends it', async () => {
    const { w, ask, ran } = setup();

    expect((await ask({ key: 'ada' }, always('send', 'throttled'))).answer).toMatchObject({ status: 'queued' });

    expect(w.messages()).toEqual([]);
    await w.settle();
    expect(ran).toHaveLength(1);
  });

  test('that cannot be put is refused, and nothing is written', async () => {
    const { w, ask } = setup();
    expect(await ask({ key: 'ada' }, always('create', 'throttled'))).toEqual({
      answer: 'enqueue_failed',
      calls: ['create'],
    });
    expect([w.records.size, w.messages().length]).toEqual([0, 0]);
  });

  test('that takes the place of an ended one but cannot be put is refused', async () => {
    const { w, ask } = setup();
    await ask({ key: 'ada' });
    await w.settle();

    expect((await ask({ key: 'ada' }, always('reuse key', 'throttled'))).answer).toBe('enqueue_failed');
  });

  test('that many ask for at once, after its end, is one job', async () => {
    const { w, ask, ran } = setup();
    await ask({ key: 'ada' });
    await w.settle();

    const answers = await Promise.all([1, 2, 3, 4].map(() => ask({ key: 'ada' })));

    expect(answers.map(({ answer }) => (answer as { deduplicated: boolean }).deduplicated).sort()).toEqual([
      false,
      true,
      true,
      true,
    ]);
    await w.settle();
    expect(ran).toHaveLength(2);
  });

  test('whose put took effect although its reply was lost is this very job', async () => {
    const { w, ask, ran } = setup();

    expect((await ask({ key: 'ada' }, on('create', 'retried'))).answer).toMatchObject({ deduplicated: false });
    await w.settle();
    expect((await ask({ key: 'ada' }, on('reuse key', 'retried'))).answer).toMatchObject({ deduplicated: false });
    await w.settle();

    expect(ran).toHaveLength(2);
  });

  test('whose ended record is deleted meanwhile begins anew', async () => {
    const { w, ask, ran } = setup();
    const { jobId } = (await ask({ key: 'ada' })).answer as { jobId: string };
    await w.settle();

    const { answer } = await ask({ key: 'ada' }, (call) => {
      if (call.name === 'reuse key') w.records.delete(jobId);
      return undefined;
    });

    expect(answer).toEqual({ jobId, status: 'queued', deduplicated: false });
    await w.settle();
    expect(ran).toEqual([jobId, jobId]);
  });
});

describe('a request with an Idempotency-Key', () => {
  test('makes one job however often it is made, also after the end', async () => {
    const { w, ask, ran } = setup();

    const first = await ask({ idempotencyKey: 'once' });
    const { jobId } = first.answer as { jobId: string };
    expect(first.answer).toMatchObject({ status: 'queued', deduplicated: false });
    expect((await ask({ idempotencyKey: 'once' })).answer).toEqual({ jobId, status: 'queued', deduplicated: true });
    await w.settle();
    expect((await ask({ idempotencyKey: 'once' })).answer).toEqual({ jobId, status: 'complete', deduplicated: true });
    await w.settle();

    expect(ran).toEqual([jobId]);
    expect(w.records.size).toBe(1);
  });

  test('is sent first as any job for now, under a run of its own', async () => {
    const { w, ask } = setup();

    const { calls, answer } = await ask({ idempotencyKey: 'once' });

    expect(calls).toEqual(['send', 'create']);
    const { jobId } = answer as { jobId: string };
    const { run } = (await w.record(jobId))!;
    expect(run).not.toBe(jobId);
    expect(w.messages().map(bodyOf)).toMatchObject([
      { job_id: jobId, run, create: { idempotency: expect.anything() } },
    ]);
  });

  test('makes one job when many make it at once', async () => {
    const { w, ask, ran } = setup();

    const answers = await Promise.all([1, 2, 3].map(() => ask({ idempotencyKey: 'once' })));

    expect(new Set(answers.map(({ answer }) => (answer as { jobId: string }).jobId)).size).toBe(1);
    await w.settle();
    expect(ran).toHaveLength(1);
  });

  test('makes one job when its message runs before its own record is put', async () => {
    const { w, ask, ran } = setup();
    await ask({ idempotencyKey: 'once' }, async (call) => {
      if (call.name === 'create') await w.work();
      return undefined;
    });
    await ask({ idempotencyKey: 'once' });
    await w.settle();
    expect(ran).toHaveLength(1);
  });

  test.each([
    ['another input', {}, 'work', 2],
    ['another task', {}, 'other', 1],
    ['another user', { userId: 'bob' }, 'work', 1],
    ['another time', { delaySeconds: 60 }, 'work', 1],
    ['other tags', { tags: ['b'] }, 'work', 1],
    ['other attempts', { maxAttempts: 1 }, 'work', 1],
  ])('is a conflict with %s', async (_what, options, task, input) => {
    const { w, ask, ran } = setup();
    const { jobId } = (await ask({ idempotencyKey: 'once' })).answer as { jobId: string };

    const error = await refusal(enqueue(w.engine, task, input, { ...options, idempotencyKey: 'once' }));

    expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining(jobId) });
    await w.settle();
    expect(ran).toEqual([jobId]);
    expect(await w.record(jobId)).toMatchObject({ input: { json: '1' }, task_name: 'work' });
  });

  test('is the same whatever the order of the keys of its input', async () => {
    const { ask } = setup();
    await ask({ idempotencyKey: 'once' }, undefined, 'work', { a: 1, b: { c: 2, d: 3 } });
    const again = await ask({ idempotencyKey: 'once' }, undefined, 'work', { b: { d: 3, c: 2 }, a: 1 });
    expect(again.answer).toMatchObject({ deduplicated: true });
  });

  test('makes a fresh job once the first has expired, deleted or not', async () => {
    const { w, ask, ran } = setup();
    await ask({ idempotencyKey: 'once' }, undefined, 'short');
    await w.settle();

    await w.clock.advance(DAY);
    expect((await ask({ idempotencyKey: 'once' }, undefined, 'short', 'other')).answer).toMatchObject({
      status: 'queued',
      deduplicated: false,
    });
    await w.settle();
    expect(ran).toHaveLength(2);

    await w.clock.advance(20 * DAY);
    await w.expire();
    expect(w.records.size).toBe(0);
    expect((await ask({ idempotencyKey: 'once' }, undefined, 'short')).answer).toMatchObject({ deduplicated: false });
    await w.settle();
    expect(ran).toHaveLength(3);
  });

  test('makes one job, though the message of a second request comes when DynamoDB has deleted the first one’s record', async () => {
    const { w, ask, ran } = setup();
    await ask({ idempotencyKey: 'once' });
    await w.settle();
    await w.clock.advance(30 * DAY - MINUTE);
    expect((await ask({ idempotencyKey: 'once' })).answer).toMatchObject({ status: 'complete', deduplicated: true });

    await w.clock.advance(13 * DAY);
    await w.expire();
    expect(await w.work()).toBe('ack');

    await w.settle();
    expect(ran).toHaveLength(1);
    await w.clock.advance(3 * DAY);
    await w.expire();
    expect(w.records.size).toBe(0);
  });

  test.each([
    ['the first put', 'create'],
    ['the put in the place of the expired one', 'reuse key'],
  ])('makes one job, by its message, when an expired record is in the way and %s fails', async (_what, name) => {
    const { w, ask, ran } = setup();
    await ask({ idempotencyKey: 'once' }, undefined, 'short');
    await w.settle();
    await w.clock.advance(DAY);

    const { answer } = await ask({ idempotencyKey: 'once' }, always(name, 'throttled'), 'short');

    await w.settle();
    expect([answer, ran.length]).toEqual(['enqueue_failed', 2]);
    expect((await ask({ idempotencyKey: 'once' }, undefined, 'short')).answer).toMatchObject({ deduplicated: true });
    await w.settle();
    expect(ran).toHaveLength(2);
  });

  test('for later than 15 minutes makes one job too', async () => {
    const { w, ask, ran } = setup();

    const options = { idempotencyKey: 'once', delaySeconds: 3_600 };
    expect((await ask(options)).calls).toEqual(['create']);
    expect((await ask(options)).answer).toMatchObject({ deduplicated: true });
    expect((await ask({ ...options, delaySeconds: 3_601 })).answer).toBe('conflict');
    await w.settle();
    expect((await ask(options)).answer).toMatchObject({ status: 'complete', deduplicated: true });
    expect(ran).toHaveLength(1);
  });

  test('together with a key: one job for the request, and the key is free again for another request', async () => {
    const { w, ask, ran } = setup();

    await ask({ key: 'ada', idempotencyKey: 'once' });
    expect((await ask({ key: 'ada', idempotencyKey: 'once' })).answer).toMatchObject({ deduplicated: true });
    expect((await ask({ key: 'ada', idempotencyKey: 'twice' })).answer).toMatchObject({ deduplicated: true });
    await w.settle();
    expect((await ask({ key: 'ada', idempotencyKey: 'once' })).answer).toMatchObject({
      status: 'complete',
      deduplicated: true,
    });
    expect((await ask({ key: 'ada', idempotencyKey: 'once' }, undefined, 'work', 2)).answer).toBe('conflict');
    expect((await ask({ key: 'ada', idempotencyKey: 'twice' })).answer).toMatchObject({
      status: 'queued',
      deduplicated: false,
    });
    await w.settle();
    expect(ran).toHaveLength(2);
  });
});

describe('what does not fit', () => {
  test('a task that does not exist is named, with those that do', async () => {
    const { w } = setup();
    const error = await refusal(enqueue(w.engine, 'wrok', 1));
    expect(error.message).toBe("There is no task 'wrok'. There are: work, other, short, strict, slow.");
    expect(error.code).toBe('unknown_task');
  });

  test('an input is refused with one entry per field', async () => {
    const { w } = setup();

    const error = await refusal(
      enqueue(w.engine, 'strict', { times: 'x', parts: [{ at: 1 }, { at: '2' }], colour: 'red' }),
    );

    expect(error.code).toBe('invalid_input');
    expect(error.fields.map(({ path }) => path).sort()).toEqual(['$.colour', '$.parts[1].at', '$.text', '$.times']);
    for (const { message } of error.fields) expect(message).not.toBe('');
    expect([w.records.size, w.messages().length]).toEqual([0, 0]);
  });

  test.each([
    { maxAttempts: 0 },
    { maxAttempts: 51 },
    { maxAttempts: 1.5 },
    { delaySeconds: -1 },
    { delaySeconds: Number.NaN },
    { delaySeconds: Number.POSITIVE_INFINITY },
    { delaySeconds: 8.64e12 },
    { delaySeconds: 1, scheduledAt: new Date() },
    { scheduledAt: new Date(Number.NaN) },
    { scheduledAt: new Date(Date.UTC(9999, 11, 31)) },
    { tags: Array<string>(11).fill('a') },
    { tags: [''] },
    { tags: ['a'.repeat(65)] },
    { userId: '' },
    { userId: 'a'.repeat(129) },
    { projectId: 'a'.repeat(129) },
    { key: '' },
    { key: 'a'.repeat(257) },
  ])('options out of range are refused before anything is written: %o', async (options) => {
    const { w, ask } = setup();
    expect(await ask(options)).toEqual({ answer: 'invalid_input', calls: [] });
    expect(w.records.size).toBe(0);
  });

  test('options at the edge of their range make a job that runs', async () => {
    const { w, ask, ran } = setup();
    await ask({
      maxAttempts: 50,
      delaySeconds: 0,
      tags: Array<string>(10).fill('a'.repeat(64)),
      userId: 'a'.repeat(128),
      projectId: 'a'.repeat(128),
      key: 'a'.repeat(256),
    });
    const emoji = '🎬';
    await ask({
      idempotencyKey: 'x'.repeat(1_024),
      userId: emoji.repeat(128),
      projectId: emoji.repeat(128),
      tags: [emoji.repeat(64)],
    });
    await w.settle();
    expect(ran).toHaveLength(2);
  });

  test('an input that is nested too deeply is refused as any other, with and without an Idempotency-Key', async () => {
    const { ask, ran, w } = setup();
    for (const depth of [1_000, 3_000, 10_000, 100_000]) {
      let deep: unknown = 0;
      for (let i = 0; i < depth; i++) deep = [deep];
      for (const options of [{}, { idempotencyKey: `deep-${depth}` }]) {
        const { answer } = await ask(options, undefined, 'work', deep);
        expect(answer === 'invalid_input' || typeof answer === 'object', `${depth}: ${String(answer)}`).toBe(true);
      }
    }
    await w.settle();
    expect(ran.length).toBeGreaterThan(0);
  });
});

describe('a job enqueued by a job', () => {
  test.each([
    ['input', 1, {}, '$.pages: Invalid input: expected array, received number'],
    ['options', [1], { tags: [''] }, 'options.tags: must be up to 10 strings of 1 to 64 characters'],
  ])('whose %s does not fit fails its parent, and says where', async (_what, pages, options, problem) => {
    const child = taskOf(undefined, { name: 'child', input: z.strictObject({ pages: z.array(z.int()) }) });
    const parent = taskOf((ctx) => ctx.enqueue(child, { pages }, options));
    const w = world({ tasks: [parent, child] });
    const { jobId } = await enqueue(w.engine, 'work', 1, { maxAttempts: 1 });

    await w.settle();

    expect((await w.record(jobId))?.error_message).toContain(problem);
  });

  test('is one deeper, and inherits user and project unless it is given its own', async () => {
    const child = taskOf(undefined, { name: 'child' });
    const parent = taskOf(async (ctx) => {
      await ctx.enqueue(child, 1);
      return ctx.enqueue(child, 2, { userId: 'bob' });
    });
    const w = world({ tasks: [parent, child] });
    await enqueue(w.engine, 'work', 1, { userId: 'ada', projectId: 'engine' });

    await w.settle();

    const children = [...w.records.values()].filter(({ task_name }) => task_name === 'child');
    expect(children).toMatchObject([
      { user_id: 'ada', project_id: 'engine', depth: 1, status: 'complete' },
      { user_id: 'bob', project_id: 'engine', depth: 1, status: 'complete' },
    ]);
    const parentRecord = [...w.records.values()].find(({ task_name }) => task_name === 'work')!;
    expect(JSON.parse((parentRecord.result as { json: string }).json)).toMatchObject({ jobId: children[1]!.job_id });
  });

  test('may stand 100 deep, so that a job that enqueues itself for ever comes to an end', async () => {
    let runs = 0;
    const self = taskOf(
      async (ctx) => {
        runs++;
        await ctx.enqueue(self, 1);
        return 'done';
      },
      { maxAttempts: 1 },
    );
    const w = world({ tasks: [self] });
    await enqueue(w.engine, 'work', 1);

    await w.settle();

    expect(runs).toBe(MAX_DEPTH + 1);
    const failed = [...w.records.values()].filter(({ status }) => status === 'failed');
    expect(failed).toMatchObject([{ depth: 100, error_message: expect.stringContaining('100 deep') }]);
  });
});

describe('before_enqueue', () => {
  test('sees the task, its input and its options before anything is sent', async () => {
    const seen: unknown[] = [];
    const { w, ask } = setup({
      beforeEnqueue: ({ taskName, input, options }) =>
        seen.push({ taskName, input, options, sent: w.messages().length }),
    });

    await ask({ userId: 'ada' });

    expect(seen).toEqual([{ taskName: 'work', input: 1, options: { userId: 'ada' }, sent: 0 }]);
  });

  test('that throws is logged and breaks nothing', async () => {
    const { w, ask, ran } = setup({
      beforeEnqueue: () => {
        throw new Error('no');
      },
    });

    await ask();
    await w.settle();

    expect(ran).toHaveLength(1);
    expect(w.logs).toContainEqual({
      level: 'error',
      message: 'hook failed',
      fields: expect.objectContaining({ hook: 'beforeEnqueue', error: 'no' }),
    });
  });
});
