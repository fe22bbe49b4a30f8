import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { enqueue, MAX_DEPTH } from '../../lambdas/core/enqueue.ts';
import { NonRetryableError, RetryAfterError } from '../../lambdas/core/errors.ts';
import { PROTOCOL } from '../../lambdas/core/protocol.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { type AnyTask, MAX_ATTEMPTS_LIMIT } from '../../lambdas/core/task.ts';
import { driver } from '../../testing/driver.ts';
import { testJobs } from '../../testing/index.ts';
import { type Call, type Fault, type Faults, on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { world } from '../world/world.ts';

/** What a loop takes at most, from its first message to its end. */
interface Bound {
  runs: number;
  receives: number;
  /** Conditional writes to the table, refused ones among them. */
  writes: number;
  /** Sent: to a queue, or to `dead-letters`. */
  messages: number;
}

const WRITES = new Set(Object.values(PROTOCOL).map(({ name }) => name));
const LONGEST_MS = 14 * 86_400_000;

/** A system that is left to itself until nothing is left to do, and what it took. */
async function setup(tasks: readonly AnyTask[], faults: Faults = () => undefined) {
  const took: Bound = { runs: 0, receives: 0, writes: 0, messages: 0 };
  const w = world({ tasks, hooks: { beforeProcess: () => void took.runs++ } });
  const counted = (call: Call): Fault | undefined => {
    if (WRITES.has(call.name)) took.writes++;
    if (call.name === 'send' || call.name === 'bury') took.messages++;
    return undefined;
  };
  const within = { faults: (call: Call) => counted(call) ?? faults(call) };
  const bury = () => {
    took.receives++;
    return w.bury({ faults: counted });
  };
  const drive = driver(
    { ...w, bury },
    {
      work: (queue, message) => {
        took.receives++;
        return w.work({ queue, message, ...within });
      },
      minute: () => w.sweep(within),
    },
  );
  return {
    w,
    took,
    async enqueue(taskName = 'work') {
      const { engine } = w.invocation(within);
      return (await enqueue(engine, taskName, 1)).jobId;
    },
    async untilNothingIsLeft() {
      expect(await drive.goOn(w.clock.now() + LONGEST_MS, 'stop'), 'it ends by itself').toBe(true);
      return took;
    },
  };
}

const throwing = (error: () => Error, options = {}) =>
  taskOf(() => {
    throw error();
  }, options);

const one = (task: AnyTask, faults?: Faults) => async () => {
  const { enqueue, untilNothingIsLeft } = await setup([task], faults);
  await enqueue();
  return untilNothingIsLeft();
};

const chain: AnyTask = taskOf((ctx) => ctx.enqueue(chain, 1));

/** Each with the defaults of a task (three attempts, 30 s) and of a stack (a hundred deliveries). */
const LOOPS: readonly (readonly [title: string, loop: () => Promise<Bound>])[] = [
  ['a task that always throws', one(throwing(() => new Error('always')))],
  ['a task that always asks to be tried again at once', one(throwing(() => new RetryAfterError(0)))],
  ['a task that never ends', one(taskOf(() => new Promise(() => undefined)))],
  ['a task that always kills its worker', one(taskOf(), on('complete', 'crash before'))],
  ['an input or a result that does not fit', one(throwing(() => new NonRetryableError('no')))],
  ['a task that enqueues itself', one(chain)],
  ['a worker that dies before it can claim, as after a broken deploy', one(taskOf(), on('claim', 'crash before'))],
  [
    'a message that nobody can read',
    async () => {
      const { w, untilNothingIsLeft } = await setup([taskOf()]);
      await w.queues.send('default', 'not ours', 0);
      return untilNothingIsLeft();
    },
  ],
];

const page = readFileSync(join(import.meta.dirname, '../../docs/costs.md'), 'utf8');

describe('what a loop takes at most, as docs/costs.md has it:', () => {
  it.each(LOOPS)('%s', async (title, loop) => {
    const row = page.split('\n').find((line) => line.startsWith(`| ${title} |`)) ?? `no row of '${title}'`;
    const [runs, receives, writes, messages] = row.split('|').slice(2).map(Number);

    expect(await loop()).toEqual({ runs, receives, writes, messages });
  });

  it('a task may have fifty attempts, and no more', async () => {
    const { runs, receives } = await one(throwing(() => new Error('always'), { maxAttempts: MAX_ATTEMPTS_LIMIT }))();

    expect([runs, receives]).toEqual([50, 50]);
    expect(() => taskOf(undefined, { maxAttempts: 51 })).toThrow('maxAttempts');
  });

  it('a schedule that always fails runs its attempts at each tick, and nothing is left of them', async () => {
    let runs = 0;
    const task = throwing(
      () => {
        runs++;
        return new Error('always');
      },
      { schedules: [{ cron: '0 * * * *', input: 1 }] },
    );
    const kit = testJobs({ tasks: [task], now: new Date('2026-11-24T00:30:00Z') });

    await kit.advance('24h');

    expect(runs).toBe(24 * 3);
    expect(kit.jobs({ status: 'failed' })).toHaveLength(24);
  });

  it('a retry by hand gives as many attempts again; a job cannot retry itself', async () => {
    const refusals: unknown[] = [];
    const { w, took, enqueue, untilNothingIsLeft } = await setup([
      taskOf(async ({ jobId }) => {
        await retryJob(w.engine, jobId).catch((error) => refusals.push(error.code));
        throw new Error('always');
      }),
    ]);
    const jobId = await enqueue();
    await untilNothingIsLeft();
    expect(took.runs).toBe(3);

    await retryJob(w.engine, jobId);
    await untilNothingIsLeft();

    expect(took.runs).toBe(6);
    expect(refusals).toEqual(Array(6).fill('conflict'));
  });

  it('a redrive does too, and what failed again waits for the next', async () => {
    const { w, took, enqueue, untilNothingIsLeft } = await setup([throwing(() => new Error('always'))]);
    await enqueue();
    await untilNothingIsLeft();

    for (const runs of [6, 9]) {
      w.redrive();
      await untilNothingIsLeft();
      expect(took.runs).toBe(runs);
    }
  });

  it('a job that enqueues itself, and fails, is as deep as one that does not', async () => {
    let deepest = 0;
    const self: AnyTask = taskOf(
      async (ctx) => {
        await ctx.enqueue(self, 1, { idempotencyKey: `of ${ctx.jobId}` }); // one child, however often it is tried
        throw new Error('always');
      },
      { backoff: { initialSeconds: 0, maxSeconds: 0 } },
    );
    const { w, took, enqueue, untilNothingIsLeft } = await setup([self]);
    await enqueue();
    await untilNothingIsLeft();
    for (const { depth = 0 } of w.records.values()) deepest = Math.max(deepest, depth);

    expect(deepest).toBe(MAX_DEPTH);
    expect(took.runs).toBe(3 * (MAX_DEPTH + 1));
  });
});
