import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { fakeClock } from '../../lambdas/adapters/memory/clock.ts';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { memoryLog } from '../../lambdas/adapters/memory/log.ts';
import { memoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import { memoryQueues } from '../../lambdas/adapters/memory/queues.ts';
import { systemChance, systemClock } from '../../lambdas/adapters/system.ts';
import { abort } from '../../lambdas/core/abort.ts';
import type { TaskContext } from '../../lambdas/core/context.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { CancelError, NonRetryableError, RetryAfterError, StintError } from '../../lambdas/core/errors.ts';
import type { Hooks } from '../../lambdas/core/hooks.ts';
import type { Clock, JobStore } from '../../lambdas/core/ports.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { functionsOf, type System } from './batch.ts';

/** Every way in which an attempt ends. */
const KINDS = [
  'returns',
  'returns at once',
  'throws',
  'throws a text',
  'throws, then returns',
  'asks for a later try',
  'gives up',
  'cancels itself',
  'runs out of time, and heeds it',
  'runs out of time, and does not',
  'is aborted',
  'reports progress',
  'enqueues a child',
  'returns what does not fit',
  'is lost to another',
  'is not written',
] as const;
type Kind = (typeof KINDS)[number];

const JOBS = 100;

interface Left {
  readonly contexts: { readonly kind: Kind; readonly ctx: WeakRef<TaskContext> }[];
  readonly signals: WeakRef<AbortSignal>[];
}

type Pause = (ctx: TaskContext, ms: number) => Promise<string>;

/** A task that ends as it is told to, and keeps nothing of what it was given but weak references. */
function tasksThat(engine: () => Engine, left: Left, pause: Pause) {
  const child = defineTask({ name: 'child', input: z.unknown(), output: z.unknown(), run: () => 'done' });
  const parent = defineTask({
    name: 'parent',
    input: z.object({ kind: z.enum(KINDS) }),
    output: z.union([z.string(), z.object({ jobId: z.string() })]),
    maxAttempts: 2,
    timeoutSeconds: 2,
    backoff: { initialSeconds: 0, maxSeconds: 0 },
    run: async (ctx, { kind }): Promise<string> => {
      left.contexts.push({ kind, ctx: new WeakRef(ctx) });
      left.signals.push(new WeakRef(ctx.signal));
      switch (kind) {
        case 'returns at once':
          return 'done';
        case 'returns':
        case 'is not written':
          await pause(ctx, 20);
          return 'done';
        case 'throws':
          throw new Error('it went wrong');
        case 'throws a text':
          throw 'it went wrong';
        case 'throws, then returns':
          if (ctx.attempt === 1) throw new Error('not yet');
          return 'done';
        case 'asks for a later try':
          if (ctx.attempt === 1) throw new RetryAfterError(1);
          return 'done';
        case 'gives up':
          throw new NonRetryableError('it never will');
        case 'cancels itself':
          throw new CancelError('nobody wants it');
        case 'runs out of time, and heeds it':
          return pause(ctx, 60_000);
        case 'runs out of time, and does not':
          return new Promise<string>(() => undefined);
        case 'is aborted':
          await abort(engine(), ctx.jobId);
          await pause(ctx, 1_100);
          await ctx.progress(0.5);
          return 'done';
        case 'reports progress':
          await pause(ctx, 1_100);
          await ctx.progress(0.5, 'half');
          return 'done';
        case 'enqueues a child':
          return (await ctx.enqueue(child, {})) as unknown as string;
        case 'returns what does not fit':
          return 7 as unknown as string;
        case 'is lost to another':
          if (ctx.attempt > 1) return 'done';
          await engine().store.apply(ctx.jobId, STOLEN, { owner: 'another' });
          await pause(ctx, 1_100);
          await ctx.progress(0.5);
          return 'done';
      }
    },
  });
  return [parent, child];
}

/** What no part of Stint does: takes the job of another's attempt. */
const STOLEN = {
  does: 'update',
  name: 'stolen',
  when: { is: 'all', of: [] },
  set: { owner: { from: 'given', name: 'owner' } },
  remove: [],
} as const;

/** The first write of a job's end is refused by a table that does not answer. */
function forgetful(store: JobStore, kindOf: (jobId: string) => string): JobStore {
  const refused = new Set<string>();
  return {
    ...store,
    apply: async (jobId, transition, values) => {
      if (transition.name === 'complete' && !refused.has(jobId) && kindOf(jobId).includes('is not written')) {
        refused.add(jobId);
        throw new StintError('unavailable', 'throttled');
      }
      return store.apply(jobId, transition, values);
    },
  };
}

/** Hooks that throw, wait, and hang for longer than they may. */
const hooks: Hooks = {
  beforeProcess: [() => Promise.resolve(), () => Promise.reject(new Error('a broken hook'))],
  onFailure: () => {
    throw new Error('a broken hook');
  },
};

const listeners = () => Object.fromEntries(process.eventNames().map((name) => [name, process.listenerCount(name)]));

function active(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function enqueueAll(engine: Engine): Promise<void> {
  for (let i = 0; i < JOBS; i++) {
    const kind: Kind = KINDS[i % KINDS.length]!;
    await enqueue(engine, 'parent', { kind });
  }
}

const ENDS: Record<string, number> = {};
for (let i = 0; i < JOBS; i++) {
  const kind = KINDS[i % KINDS.length]!;
  const aborted = kind === 'cancels itself' || kind === 'is aborted';
  const failed = /^throws( a text)?$|^gives up$|^runs out|does not fit$/.test(kind);
  const end = aborted ? 'aborted' : failed ? 'failed' : 'complete';
  ENDS[end] = (ENDS[end] ?? 0) + 1 + (kind === 'enqueues a child' ? 1 : 0);
}

/** A worker on a clock, its table and queues in memory, as the adapter assembles one. */
function workerOn(clock: Clock, pause: Pause) {
  const left: Left = { contexts: [], signals: [] };
  const store = memoryJobStore();
  const queues = memoryQueues(['default', 'undeliverable'], clock);
  const kindOf = (jobId: string) => JSON.stringify(store.records.get(jobId)?.input);
  const stop = new AbortController();
  let waiting = 0;
  const engine: Engine = {
    tasks: createRegistry(tasksThat(() => engine, left, pause)),
    hooks,
    state: {} as Engine['state'],
    shutdown: stop.signal,
    store: forgetful(store, kindOf),
    payloads: memoryPayloads(),
    queues: { ...queues, names: ['default'] },
    clock: {
      now: () => clock.now(),
      after(ms, then) {
        let over = false;
        const once = () => {
          waiting -= over ? 0 : 1;
          over = true;
        };
        waiting++;
        const cancel = clock.after(ms, () => {
          once();
          then();
        });
        return () => {
          once();
          cancel();
        };
      },
    },
    chance: systemChance,
    log: memoryLog(),
  };
  const system: System = { engine, clock: engine.clock, queues };
  return { left, store, queues, engine, system, shutdown: stop.signal, waiting: () => waiting };
}

/** A task keeps its own house; what is looked for is what the engine leaves. */
type Worker = ReturnType<typeof workerOn>;

async function expectNothingLeft({ left, store, shutdown, waiting }: Worker, before: ReturnType<typeof listeners>) {
  const ends: Record<string, number> = {};
  for (const { status } of store.records.values()) ends[status] = (ends[status] ?? 0) + 1;
  expect(ends).toEqual(ENDS);
  expect(left.contexts.length).toBeGreaterThan(JOBS);

  expect(waiting(), 'timers').toBe(0);
  expect(listeners(), 'listeners of the process').toEqual(before);
  expect(getEventListeners(shutdown, 'abort'), 'listeners of the shutdown').toEqual([]);
  const signals = left.signals.flatMap((signal) => signal.deref() ?? []);
  expect(
    signals.flatMap((signal) => getEventListeners(signal, 'abort')),
    'listeners of the jobs’ signals',
  ).toEqual([]);
  signals.length = 0;
  await collectGarbage();
  // A promise that nobody will ever settle, a closure in a timer or a listener would hold on to its job.
  const held = left.contexts.filter(({ ctx }) => ctx.deref() !== undefined).map(({ kind }) => kind);
  expect(held, 'jobs held in memory').toEqual([]);
}

test('100 jobs of all kinds leave no timer, listener or promise behind', async () => {
  const clock = fakeClock();
  // On a clock that stands, a pause is the clock's own: it ends with the signal, and takes its listener away.
  const worker = workerOn(clock, (ctx, ms) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const stop = () => {
      cancel();
      reject(ctx.signal.reason);
    };
    const cancel = clock.after(ms, () => {
      ctx.signal.removeEventListener('abort', stop);
      resolve('slept');
    });
    ctx.signal.addEventListener('abort', stop, { once: true });
    return promise;
  });
  await enqueueAll(worker.engine);
  const before = listeners();

  let over = false;
  const running = functionsOf(worker.system)
    .run(10 * 60_000, (ms) => clock.advance(ms))
    .finally(() => {
      over = true;
    });
  while (!over) await clock.advance(100);
  await running;

  expect(clock.waiting).toBe(0);
  await expectNothingLeft(worker, before);
});

test('100 jobs of all kinds, side by side in real time, leave nothing active in the process', async () => {
  const worker = workerOn(systemClock, (ctx, ms) => sleep(ms, 'slept', { signal: ctx.signal }));
  const { queues, store } = worker;
  await enqueueAll(worker.engine);
  const before = { listeners: listeners(), active: active() };

  const batch = () => functionsOf(worker.system, 'default', 8).batch('default');
  while (queues.queues.get('default')?.length !== 0) {
    await Promise.all(Array.from({ length: 11 }, batch));
    // What comes again need not be waited for: retries, and what was lost or not written, whose lease is over.
    for (const messages of queues.queues.values()) for (const message of messages) message.visibleAt = 0;
    for (const [id, record] of store.records)
      store.records.set(id, { ...record, scheduled_at: 0, lease_expires_at: 0 });
  }

  for (const [type, count] of Object.entries(active()))
    expect(count, `active ${type}s`).toBeLessThanOrEqual(before.active[type] ?? 0); // some are the test runner's own
  await expectNothingLeft(worker, before.listeners);
});
