import { expect, test } from 'vitest';
import * as z from 'zod';
import { cron } from '../../lambdas/adapters/cron.ts';
import { fakeClock, fixedChance } from '../../lambdas/adapters/memory/clock.ts';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { memoryLog } from '../../lambdas/adapters/memory/log.ts';
import { memoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import { memoryQueues } from '../../lambdas/adapters/memory/queues.ts';
import { StintError } from '../../lambdas/core/errors.ts';
import type { Hooks } from '../../lambdas/core/hooks.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { checkSchedules, enqueueTicks, type Passed } from '../../lambdas/core/schedules.ts';
import { defineTask, type Schedule } from '../../lambdas/core/task.ts';
import { taskOf } from '../world/task-of.ts';

type Input = { of?: string | undefined };

function report(schedules: readonly Schedule<Input>[]) {
  return defineTask({
    name: 'report',
    input: z.strictObject({ of: z.string().optional() }),
    output: z.null(),
    schedules,
    run: () => null,
  });
}

function setup(schedules: readonly Schedule<Input>[], hooks: Hooks = {}) {
  const clock = fakeClock(Date.parse('2026-03-01T10:00:30Z'));
  const queues = memoryQueues(['default'], clock);
  const store = memoryJobStore();
  const engine = {
    tasks: createRegistry([report(schedules)]),
    hooks,
    state: {},
    store,
    payloads: memoryPayloads(),
    queues,
    clock,
    chance: fixedChance(),
    log: memoryLog(),
  };
  const jobs = () =>
    [...store.records.values()].map((record) => new Date(record.scheduled_at).toISOString().slice(11, 19)).sort();
  const pass = (since: number | Passed, stopAt = Number.POSITIVE_INFINITY, changed = {}) =>
    enqueueTicks(
      { ...engine, ...changed },
      cron,
      typeof since === 'number' ? { until: since, made: new Map() } : since,
      stopAt,
    );
  return { pass, clock, store, jobs, queues };
}

test('makes one job for each tick that is near, due at its very second', async () => {
  const { pass, clock, jobs } = setup([{ cron: '*/5 * * * *', input: {} }]);
  await pass(clock.now() - 6 * 60_000);
  expect(jobs()).toEqual(['09:55:00', '10:00:00']);
});

test('makes no second job for a tick, however often and from however many processes it looks', async () => {
  const { pass, jobs, clock } = setup([{ cron: '* * * * *', input: {} }]);
  const since = clock.now();
  await Promise.all([pass(since), pass(since)]);
  await pass(since);
  expect(jobs()).toEqual(['10:01:00', '10:02:00']);
});

test('makes no second job for a tick whose input a hook changes, and thinks it made', async () => {
  let changes = 0;
  const beforeEnqueue = ({ input }: { input: unknown }) => Object.assign(input as object, { of: `${changes++}` });
  const { pass, clock, store } = setup([{ cron: '1 10 * * *', input: {} }], { beforeEnqueue });
  const since = clock.now();
  await pass(since);
  expect(await pass(since)).toEqual({ until: clock.now() + 2 * 60_000, made: new Map() });
  expect([...store.records.values()].map(({ input }) => input)).toEqual([{ json: '{"of":"0"}' }]);
});

test('goes on where the pass before ended, so that no tick is left out or looked at again', async () => {
  const { pass, jobs, clock, queues } = setup([{ cron: '* * * * *', input: {} }]);
  const passed = await pass(clock.now());
  await clock.advance(60_000);
  await pass(passed);
  expect(jobs()).toEqual(['10:01:00', '10:02:00', '10:03:00']);
  expect(queues.queues.get('default')).toHaveLength(3);
});

test('makes up for ticks missed in the last quarter of an hour, and no older ones', async () => {
  const { pass, jobs } = setup([{ cron: '*/10 * * * *', input: {} }]);
  await pass(0);
  expect(jobs()).toEqual(['09:50:00', '10:00:00']);
});

test('tells schedules of one pattern apart by their time zone and input', async () => {
  const { pass, jobs, clock } = setup([
    { cron: '* * * * *', input: { of: 'a' } },
    { cron: '* * * * *', input: { of: 'b' } },
    { cron: '* * * * *', input: { of: 'a' }, timeZone: 'Europe/Berlin' },
  ]);
  await pass(clock.now() + 60_000);
  expect(jobs()).toEqual(['10:02:00', '10:02:00', '10:02:00']);
});

test('looks again at ticks that could not be enqueued', async () => {
  const { pass, jobs, clock, queues } = setup([{ cron: '* * * * *', input: {} }]);
  const broken = { queues: { ...queues, send: () => Promise.reject(new Error('no network')) } };
  const passed = await pass(clock.now(), undefined, broken);
  expect(jobs()).toEqual([]);
  await pass(passed);
  expect(jobs()).toEqual(['10:01:00', '10:02:00']);
});

test('looks at what was made before what failed no second time', async () => {
  let hooks = 0;
  const { pass, jobs, clock, queues } = setup([{ cron: '* * * * *', input: {} }], { beforeEnqueue: () => hooks++ });
  let sends = 0;
  const broken = {
    queues: {
      ...queues,
      send: async (...sent: Parameters<typeof queues.send>) => {
        if (sends++ === 0) throw new Error('no network');
        await queues.send(...sent);
      },
    },
  };
  const passed = await pass(clock.now() - 60_000, undefined, broken);
  expect([jobs(), hooks]).toEqual([['10:01:00', '10:02:00'], 3]);
  await pass(passed);
  expect([jobs(), hooks]).toEqual([['10:00:00', '10:01:00', '10:02:00'], 4]);
});

test('hooks that hang keep no tick from its job: what there was no time for the next pass does first', async () => {
  const schedules = Array.from({ length: 35 }, (_each, i) => ({ cron: '1 10 * * *', input: { of: `${i}` } }));
  const { pass, jobs, clock } = setup(schedules, { beforeEnqueue: () => new Promise(() => undefined) });
  let passed: Passed = { until: clock.now(), made: new Map() };
  for (const made of [20, 35, 35]) {
    const began = clock.now();
    const passing = pass(passed, began + 15_000);
    await clock.advance(30_000);
    passed = await passing;
    expect(jobs()).toHaveLength(made);
  }
  expect(passed).toEqual({ until: clock.now() - 30_000 + 2 * 60_000, made: new Map() });
  expect(clock.waiting).toBe(0);
});

test('a bad pattern, time zone or input is found when the stack is built', () => {
  const check = (schedule: Schedule<Input>) => () => checkSchedules([report([schedule])], cron);
  expect(check({ cron: '0 9 * * MON-FRI', input: {} })).not.toThrow();
  expect(check({ cron: '99 * * * *', input: {} })).toThrow(StintError);
  expect(check({ cron: '* * * * *', timeZone: 'Nowhere', input: {} })).toThrow(StintError);
  expect(check({ cron: '* * * * *', input: { of: 3 } as unknown as Input })).toThrow(
    "Task 'report', schedule '* * * * *': its input does not fit the task. $.of: Invalid input: expected string, received number",
  );
  expect(check({ cron: '0 0 29 2 *', input: {} })).not.toThrow();
  const input = z.string().refine(async (name) => name !== '');
  const known = taskOf(() => null, { input, schedules: [{ cron: '* * * * *', input: 'ada' }] });
  expect(() => checkSchedules([known], cron)).not.toThrow(); // its schema answers later: at the tick
  expect(check({ cron: '0 0 30 2 *', input: {} })).toThrow("Task 'report', schedule '0 0 30 2 *': it never comes due");
});
