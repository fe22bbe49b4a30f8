import { expect, test } from 'vitest';
import * as z from 'zod';
import { cron } from '../../lambdas/adapters/cron.ts';
import { fakeClock, fixedChance } from '../../lambdas/adapters/memory/clock.ts';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { memoryLog } from '../../lambdas/adapters/memory/log.ts';
import { memoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import { memoryQueues } from '../../lambdas/adapters/memory/queues.ts';
import { StintError } from '../../lambdas/core/errors.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { checkSchedules, enqueueTicks } from '../../lambdas/core/schedules.ts';
import { defineTask, type Schedule } from '../../lambdas/core/task.ts';

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

function setup(schedules: readonly Schedule<Input>[]) {
  const clock = fakeClock(Date.parse('2026-03-01T10:00:30Z'));
  const queues = memoryQueues(['default'], clock);
  const store = memoryJobStore();
  const engine = {
    tasks: createRegistry([report(schedules)]),
    hooks: {},
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
  return { engine, clock, store, jobs, queues };
}

test('makes one job for each tick that is near, due at its very second', async () => {
  const { engine, jobs } = setup([{ cron: '*/5 * * * *', input: {} }]);
  await enqueueTicks(engine, cron, engine.clock.now() - 6 * 60_000);
  expect(jobs()).toEqual(['09:55:00', '10:00:00']);
});

test('makes no second job for a tick, however often and from however many processes it looks', async () => {
  const { engine, jobs, clock } = setup([{ cron: '* * * * *', input: {} }]);
  const since = clock.now();
  await Promise.all([enqueueTicks(engine, cron, since), enqueueTicks(engine, cron, since)]);
  await enqueueTicks(engine, cron, since);
  expect(jobs()).toEqual(['10:01:00', '10:02:00']);
});

test('goes on where the pass before ended, so that no tick is left out or looked at again', async () => {
  const { engine, jobs, clock, queues } = setup([{ cron: '* * * * *', input: {} }]);
  let since = await enqueueTicks(engine, cron, clock.now());
  await clock.advance(60_000);
  since = await enqueueTicks(engine, cron, since);
  expect(jobs()).toEqual(['10:01:00', '10:02:00', '10:03:00']);
  expect(queues.queues.get('default')).toHaveLength(3);
});

test('makes up for ticks missed in the last quarter of an hour, and no older ones', async () => {
  const { engine, jobs } = setup([{ cron: '*/10 * * * *', input: {} }]);
  await enqueueTicks(engine, cron, 0);
  expect(jobs()).toEqual(['09:50:00', '10:00:00']);
});

test('tells schedules of one pattern apart by their time zone and input', async () => {
  const { engine, jobs, clock } = setup([
    { cron: '* * * * *', input: { of: 'a' } },
    { cron: '* * * * *', input: { of: 'b' } },
    { cron: '* * * * *', input: { of: 'a' }, timeZone: 'Europe/Berlin' },
  ]);
  await enqueueTicks(engine, cron, clock.now() + 60_000);
  expect(jobs()).toEqual(['10:02:00', '10:02:00', '10:02:00']);
});

test('looks again at ticks that could not be enqueued', async () => {
  const { engine, jobs, clock } = setup([{ cron: '* * * * *', input: {} }]);
  const since = clock.now();
  const broken = { ...engine, queues: { ...engine.queues, send: () => Promise.reject(new Error('no network')) } };
  const after = await enqueueTicks(broken, cron, since);
  expect(after).toBe(since);
  await enqueueTicks(engine, cron, after);
  expect(jobs()).toEqual(['10:01:00', '10:02:00']);
});

test('a bad pattern, time zone or input is found when the stack is built', () => {
  const check = (schedule: Schedule<Input>) => () => checkSchedules([report([schedule])], cron);
  expect(check({ cron: '0 9 * * MON-FRI', input: {} })).not.toThrow();
  expect(check({ cron: '99 * * * *', input: {} })).toThrow(StintError);
  expect(check({ cron: '* * * * *', timeZone: 'Nowhere', input: {} })).toThrow(StintError);
  expect(check({ cron: '* * * * *', input: { of: 3 } as unknown as Input })).toThrow(/input does not fit/);
});
