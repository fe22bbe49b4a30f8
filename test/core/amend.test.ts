import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { abort } from '../../lambdas/core/abort.ts';
import { amend } from '../../lambdas/core/amend.ts';
import { enqueueBulk } from '../../lambdas/core/bulk.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import type { JobStore } from '../../lambdas/core/ports.ts';
import { type JobRecord, MESSAGE_LIFE_MS } from '../../lambdas/core/record.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { on } from '../world/invocation.ts';
import { world } from '../world/world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LARGE = 'x'.repeat(1_000);

/** Each run of `note` leaves its input here. */
async function setup(options: EnqueueOptions = {}) {
  const ran: string[] = [];
  const note = defineTask({
    name: 'note',
    input: z.strictObject({ text: z.string() }),
    output: z.string(),
    backoff: { initialSeconds: 3_600, maxSeconds: 3_600 },
    run: (ctx, { text }) => {
      ran.push(text);
      if (text === 'fail' && ctx.attempt === 1) throw new Error('no');
      return text;
    },
  });
  const w = world({ tasks: [note] });
  const { jobId } = await enqueue(w.engine, 'note', { text: 'first' }, options);
  const start = w.clock.now();
  return { w, ran, jobId, start, input: (text: string) => ({ value: { text } }) };
}

const startedAt = async ({ w, jobId }: Awaited<ReturnType<typeof setup>>) => (await w.record(jobId))?.started_at;

describe('a job that waits', () => {
  test.each([
    ['later, within what SQS can delay', {}, 600_000],
    ['later than SQS can delay', {}, 5 * HOUR_MS],
    ['earlier, from later than SQS can delay', { delaySeconds: 36_000 }, 600_000],
    ['earlier, from within what SQS can delay', { delaySeconds: 800 }, 1_000],
    ['later, from later than SQS can delay', { delaySeconds: 36_000 }, 20 * HOUR_MS],
  ])('is rescheduled: %s', async (_what, options, after) => {
    const s = await setup(options);
    const record = await amend(s.w.engine, s.jobId, { scheduledAt: s.start + after });
    expect(record).toMatchObject({ status: 'queued', scheduled_at: s.start + after, dispatch: 2 });

    await s.w.settle(2 * 24 * HOUR_MS);

    expect(await s.w.record(s.jobId)).toMatchObject({ status: 'complete', attempt: 1 });
    const late = (await startedAt(s))! - (s.start + after);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(1_000);
    expect(s.ran).toEqual(['first']);
    expect(s.w.messages()).toEqual([]);
  });

  test('is promoted to now; what was sent for its old time does nothing', async () => {
    const s = await setup({ delaySeconds: 600 });
    await amend(s.w.engine, s.jobId, { scheduledAt: 0 });
    expect(await s.w.work()).toBe('ack');
    expect(await s.w.record(s.jobId)).toMatchObject({ status: 'complete' });
    await s.w.settle();
    expect(s.ran).toEqual(['first']);
  });

  test('waits between two attempts, and is promoted', async () => {
    const s = await setup();
    await amend(s.w.engine, s.jobId, { input: s.input('fail') });
    await s.w.work({ message: s.w.messages().at(-1)! });
    expect(await s.w.record(s.jobId)).toMatchObject({ status: 'queued', attempt: 1 });

    await amend(s.w.engine, s.jobId, { scheduledAt: 0 });
    await s.w.settle();

    expect(await s.w.record(s.jobId)).toMatchObject({ status: 'complete', attempt: 2 });
    expect((await startedAt(s))! - s.start).toBeLessThan(60_000);
    expect(s.ran).toEqual(['fail', 'fail']);
  });

  test('keeps its input for its own time when a change to an earlier one did not take effect', async () => {
    const s = await setup();
    const scheduledAt = new Date(s.start + 400 * DAY_MS);
    const { jobId } = await enqueue(s.w.engine, 'note', { text: LARGE }, { scheduledAt });
    const api = s.w.invocation({ faults: on('reschedule', 'throttled') });
    await expect(api.run((engine) => amend(engine, jobId, { scheduledAt: 0 }))).rejects.toThrow('throttled');

    await s.w.clock.advance(399 * DAY_MS);
    await s.w.expire();
    await s.w.settle(2 * DAY_MS);

    expect(await s.w.record(jobId)).toMatchObject({ status: 'complete' });
  });

  test('on a queue that stood still for longer than SQS keeps its message: stays queued, and runs once it is promoted', async () => {
    const s = await setup();
    await s.w.clock.advance(MESSAGE_LIFE_MS + HOUR_MS);
    await s.w.expire();
    await s.w.settle(2 * HOUR_MS);
    expect(await s.w.record(s.jobId)).toMatchObject({ status: 'queued', attempt: 0 });

    await amend(s.w.engine, s.jobId, { scheduledAt: 0 });
    await s.w.settle();

    expect(await s.w.record(s.jobId)).toMatchObject({ status: 'complete', attempt: 1 });
    expect(s.ran).toEqual(['first']);
  });

  test.each(['second', LARGE])('gets another input', async (text) => {
    const s = await setup();
    await amend(s.w.engine, s.jobId, { input: s.input(text) });
    await s.w.settle();
    expect(s.ran).toEqual([text]);
    expect(s.w.records.get(s.jobId)?.result).toBeDefined();
  });

  test('gets another input and another time in one', async () => {
    const s = await setup({ delaySeconds: 36_000 });
    await amend(s.w.engine, s.jobId, { input: s.input('second'), scheduledAt: 0 });
    await s.w.work();
    expect(s.ran).toEqual(['second']);
  });
});

describe('is refused', () => {
  test('for a job that is not there', async () => {
    const { w } = await setup();
    await expect(amend(w.engine, 'nobody', { scheduledAt: 0 })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('for a job that runs or has ended', async () => {
    const { w, jobId } = await setup();
    w.records.set(jobId, { ...w.records.get(jobId)!, status: 'active' });
    await expect(amend(w.engine, jobId, { scheduledAt: 0 })).rejects.toMatchObject({
      code: 'conflict',
      jobStatus: 'active',
    });
    w.records.set(jobId, { ...w.records.get(jobId)!, status: 'complete' });
    await expect(amend(w.engine, jobId, { scheduledAt: 0 })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('the input of a job that has begun', async () => {
    const { w, jobId, input } = await setup();
    w.records.set(jobId, { ...w.records.get(jobId)!, attempt: 1 });
    await expect(amend(w.engine, jobId, { input: input('x') })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('the input of a job of the system’s own', async () => {
    const { w } = await setup();
    const order = { action: 'abort' as const, filter: { taskName: 'note' }, dryRun: true };
    const { jobId } = await enqueueBulk(w.engine, order, undefined);
    const input = { action: 'abort', filter: {}, dry_run: false };
    await expect(amend(w.engine, jobId, { input: { value: input } })).rejects.toMatchObject({ code: 'conflict' });
    expect(await amend(w.engine, jobId, { scheduledAt: w.clock.now() + 1_000 })).toMatchObject({ status: 'queued' });
  });

  test('an input that does not fit its task', async () => {
    const { w, jobId } = await setup();
    await expect(amend(w.engine, jobId, { input: { value: { text: 1 } } })).rejects.toMatchObject({
      code: 'invalid_input',
      fields: [{ path: '$.text' }],
    });
  });
});

describe('heals', () => {
  test.each(['crash before', 'throttled'] as const)(
    'a message that is not sent (%s): the sweep sends',
    async (fault) => {
      const s = await setup({ delaySeconds: 600 });
      const api = s.w.invocation({ faults: on('send', fault) });
      await api.run((engine) => amend(engine, s.jobId, { scheduledAt: 0 }));
      await s.w.settle();
      expect(s.ran).toEqual(['first']);
      expect((await startedAt(s))! - s.start).toBeLessThanOrEqual(180_000);
    },
  );

  test.each(['reschedule', 'amend input'])('a reply that was lost, and the SDK’s second try of "%s"', async (name) => {
    const s = await setup({ delaySeconds: 600 });
    const api = s.w.invocation({ faults: on(name, 'retried') });
    const amendment = { scheduledAt: 0, ...(name === 'reschedule' ? {} : { input: s.input('second') }) };
    const record = await api.run((engine) => amend(engine, s.jobId, amendment));
    expect(record).toMatchObject({ dispatch: 2 });
    await s.w.settle();
    expect(s.ran).toEqual([name === 'reschedule' ? 'first' : 'second']);
  });

  test.each(['reschedule', 'amend input'])(
    'a reply to "%s" that was lost, and the SDK asks when the job has run',
    async (name) => {
      const s = await setup({ delaySeconds: 600 });
      const retriedAfter = async () => {
        await s.w.clock.advance(61_000);
        await s.w.sweep();
        await s.w.work({ message: s.w.messages().at(-1)! });
      };
      const api = s.w.invocation({ faults: on(name, { retriedAfter }) });
      const amendment = { scheduledAt: 0, ...(name === 'reschedule' ? {} : { input: s.input('second') }) };

      const record = await api.run((engine) => amend(engine, s.jobId, amendment));

      expect(record).toMatchObject({ dispatch: 2, status: 'complete' });
      await s.w.settle();
      expect(s.ran).toEqual([name === 'reschedule' ? 'first' : 'second']);
    },
  );

  test('a reply to another input that was lost, and the SDK asks when its first attempt has failed', async () => {
    const s = await setup();
    const retriedAfter = async () => {
      await s.w.clock.advance(61_000);
      await s.w.sweep();
      await s.w.work({ message: s.w.messages().at(-1)! });
    };
    const api = s.w.invocation({ faults: on('amend input', { retriedAfter }) });

    const record = await api.run((engine) => amend(engine, s.jobId, { input: s.input('fail') }));

    expect(record).toMatchObject({ dispatch: 2, status: 'queued', attempt: 1 });
    expect(s.ran).toEqual(['fail']);
  });

  test('a claim that comes in between: the change is refused, the job runs as it was', async () => {
    const s = await setup();
    const api = s.w.invocation({
      faults: async ({ name }) => {
        if (name === 'amend input') await s.w.work();
        return undefined;
      },
    });
    await expect(api.run((engine) => amend(engine, s.jobId, { input: s.input('second') }))).rejects.toMatchObject({
      code: 'conflict',
      jobStatus: 'complete',
    });
    expect(s.ran).toEqual(['first']);
  });

  test('a change that is refused, and whose slower copy lands after all, is made once', async () => {
    const s = await setup({ delaySeconds: 600 });
    const { store } = s.w.engine;
    let calls = 0;
    const doubled: JobStore = {
      ...store,
      apply: async (jobId, transition, values) => {
        const record = (await store.get(jobId)) as JobRecord;
        const done = await store.apply(jobId, transition, values);
        return calls++ === 0 ? { ok: false, record: { ...record, status: 'active' } } : done;
      },
    };
    const record = await amend({ ...s.w.engine, store: doubled }, s.jobId, { scheduledAt: s.start + HOUR_MS });
    expect(record).toMatchObject({ dispatch: 2, status: 'queued', scheduled_at: s.start + HOUR_MS });
    expect(calls).toBe(1);
  });

  test('two changes at once: both are told the truth, and the job runs once', async () => {
    const s = await setup({ delaySeconds: 600 });
    const both = await Promise.all([
      amend(s.w.engine, s.jobId, { input: s.input(`${LARGE}a`) }),
      amend(s.w.engine, s.jobId, { input: s.input(`${LARGE}b`), scheduledAt: 0 }),
    ]);
    expect(both.map(({ dispatch }) => dispatch).toSorted()).toEqual([2, 3]);
    const last = both[0].dispatch === 3 ? 'a' : 'b';
    await s.w.settle();
    expect(s.ran).toEqual([`${LARGE}${last}`]);
  });

  test('a sweep that read the job before: what it takes away is never the new mark', async () => {
    const s = await setup({ delaySeconds: 36_000 });
    const time = s.start + 36_000_000;
    const early = time - 14 * 60_000;
    await s.w.clock.advance(early - s.w.clock.now());
    await s.w.sweep({
      faults: async ({ name }) => {
        if (name === 'sweep done') await amend(s.w.engine, s.jobId, { scheduledAt: time + 10 * HOUR_MS });
        return undefined;
      },
    });
    expect((await s.w.record(s.jobId))?.due_at).toBeDefined();
    await s.w.settle(3 * 24 * HOUR_MS);
    expect(s.ran).toEqual(['first']);
  });

  test('a sweep that read the job before two changes that bring its old mark back', async () => {
    const s = await setup({ delaySeconds: 36_000 });
    const time = s.start + 36_000_000;
    await s.w.clock.advance(time - 14 * 60_000 - s.w.clock.now());
    const slow = s.w.invocation({ skewMs: -90_000 }); // they looked at their clocks before, and were slow
    await s.w.sweep({
      faults: async ({ name }) => {
        if (name !== 'sweep done') return undefined;
        for (const text of ['second', 'third'])
          await slow.run((engine) => amend(engine, s.jobId, { input: s.input(text) }));
        return undefined;
      },
    });
    expect(await s.w.record(s.jobId)).toMatchObject({ dispatch: 3, due_at: expect.any(Number) });
    await s.w.settle(HOUR_MS);
    expect(s.ran).toEqual(['third']);
  });
});

test('whatever is done to a job that waits, and whoever crashes: it runs once, with its last input, or is aborted', async () => {
  const step = fc.oneof(
    fc.record({
      does: fc.constant('amend' as const),
      at: fc.constantFrom(undefined, 0, 60_000, 5 * HOUR_MS),
      text: fc.constantFrom(undefined, 'a', 'b', LARGE),
    }),
    fc.record({ does: fc.constant('work' as const) }),
    fc.record({ does: fc.constant('sweep' as const) }),
    fc.record({ does: fc.constant('abort' as const) }),
    fc.record({ does: fc.constant('retry' as const) }),
    fc.record({ does: fc.constant('double' as const) }),
    fc.record({ does: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 61_000, 20 * 60_000) }),
  );
  const fault = fc.constantFrom(undefined, 'crash before', 'crash after', 'throttled', 'unanswered', 'retried');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom({}, { delaySeconds: 600 }, { delaySeconds: 7_200 }),
      fc.array(fc.tuple(step, fault, fc.integer({ min: 1, max: 4 })), { maxLength: 12 }),
      async (options, steps) => {
        const s = await setup(options as EnqueueOptions);
        for (const [{ does, ...given }, what, n] of steps) {
          const faults = (call: { n: number }) => (call.n === n ? what : undefined);
          const api = s.w.invocation({ faults });
          const { at, text, ms } = given as { at?: number; text?: string; ms?: number };
          const asked = {
            ...(at === undefined ? {} : { scheduledAt: at === 0 ? 0 : s.w.clock.now() + at }),
            ...(text === undefined ? {} : { input: s.input(text) }),
          };
          const changed = (change: Promise<unknown>) => change.catch(() => undefined);
          if (does === 'amend') await changed(api.run((engine) => amend(engine, s.jobId, asked)));
          if (does === 'abort') await changed(api.run((engine) => abort(engine, s.jobId)));
          if (does === 'retry') await changed(api.run((engine) => retryJob(engine, s.jobId)));
          if (does === 'work') await changed(s.w.work({ faults }));
          if (does === 'sweep') await changed(s.w.sweep({ faults }));
          if (does === 'double' && s.w.messages()[0] !== undefined) s.w.duplicate(s.w.messages()[0]!);
          if (does === 'wait') await s.w.clock.advance(ms!);
        }
        await s.w.settle(3 * 24 * HOUR_MS);
        const record = (await s.w.record(s.jobId))!;
        expect(['complete', 'aborted', 'failed']).toContain(record.status);
        if (record.status === 'complete') {
          const { json, at } = record.input as { json?: string; at?: string };
          const last = JSON.parse(json ?? (await s.w.payloads.get(at!))!).text;
          expect(s.ran.at(-1)).toBe(last);
        }
        expect(record.due_at).toBeUndefined();
      },
    ),
    { numRuns: 300 },
  );
}, 120_000);
