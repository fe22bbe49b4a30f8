import type { Chance, Clock } from '../../core/ports.ts';

/** A clock that stands until it is told to advance. */
export interface FakeClock extends Clock {
  /** Moves time on by `ms`; what falls due meanwhile is called at its own time, and awaited promises run between. */
  advance(ms: number): Promise<void>;
  /** Timers that wait: a finished job leaves none. */
  readonly waiting: number;
  /** When the earliest of them is due. */
  readonly next: number | undefined;
}

export function fakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let now = start;
  const timers = new Set<{ at: number; then: () => void }>();
  const earliest = () => [...timers].sort((a, b) => a.at - b.at)[0];
  return {
    now: () => now,
    after(ms, then) {
      const timer = { at: now + ms, then };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const end = now + ms;
      await settled();
      for (;;) {
        const next = earliest();
        if (next === undefined || next.at > end) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.then();
        await settled();
      }
      now = end;
      await settled();
    },
    get waiting() {
      return timers.size;
    },
    get next() {
      return earliest()?.at;
    },
  };
}

/** Node's own, for a test runner may put a fake in its place. */
const { setImmediate } = globalThis;

let settling = 0;

/** Lets every promise that can go on without time passing go on. */
export async function settled(): Promise<void> {
  settling++;
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      settling--;
      resolve();
    });
  });
}

/** How many callers of `settled` wait: so many immediates of the process are nobody's work. */
export const waitingToSettle = (): number => settling;

/** Ids in sequence and a fixed jitter: each run of a test is the same. */
export function fixedChance(fraction = 0.5): Chance {
  let count = 0;
  const hex = () => (++count).toString(16).padStart(12, '0');
  return {
    id: () => `00000000-0000-7000-8000-${hex()}`,
    token: () => `token-${++count}`,
    fraction: () => fraction,
  };
}
