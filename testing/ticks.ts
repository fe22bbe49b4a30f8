import { cron } from '../lambdas/adapters/cron.ts';
import type { Engine } from '../lambdas/core/engine.ts';
import { enqueueTicks } from '../lambdas/core/schedules.ts';

/** The cron schedules of tasks, by the fake clock: each tick's job is made at its very second. */
export interface Ticks {
  /** Makes the jobs of the ticks since it was last asked. */
  pass(): Promise<void>;
  /** The first tick after now, up to `until`. */
  next(until: number): number | undefined;
}

const MINUTE_MS = 60_000;

export function ticksOf(engine: Engine): Ticks {
  const { clock } = engine;
  const schedules = engine.tasks.all.flatMap((task) => task.schedules);
  let passed = clock.now();
  /** Up to when it has looked, and what it has found. */
  let looked = passed;
  let found: number | undefined;

  const firstWithin = (from: number, to: number): number | undefined => {
    const firsts = schedules.flatMap((schedule) => cron.ticks(schedule, from, to).slice(0, 1));
    return firsts.length === 0 ? undefined : Math.min(...firsts);
  };
  return {
    async pass() {
      const now = clock.now();
      if (schedules.length === 0 || now <= passed) return;
      // Without the sweep's look ahead: whoever drains does not wait for ticks to come.
      const upToNow = {
        ticks: (schedule: Parameters<typeof cron.ticks>[0], from: number) => cron.ticks(schedule, from, now),
      };
      await enqueueTicks(engine, upToNow, { until: passed, made: new Map() }, Number.POSITIVE_INFINITY);
      passed = now;
    },
    next(until) {
      if (schedules.length === 0) return undefined;
      const now = clock.now();
      if (found !== undefined && found <= now) found = undefined;
      looked = Math.max(looked, now);
      // A pattern may tick each minute, or once a year.
      for (let span = MINUTE_MS; found === undefined && looked < until; span *= 2) {
        found = firstWithin(looked, looked + span);
        looked = found ?? looked + span;
      }
      return found !== undefined && found <= until ? found : undefined;
    },
  };
}
