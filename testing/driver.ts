import type { StoredMessage } from '../lambdas/adapters/memory/queues.ts';
import { toError } from '../lambdas/core/errors.ts';
import { UNDELIVERABLE, type World } from './world.ts';

/** What the functions of a world do when their time comes. */
export interface Functions {
  /** A worker of the queue receives a message. */
  work(queue: string, message: StoredMessage): Promise<unknown>;
  /** The function of a minute's tick. */
  minute(): Promise<unknown>;
  /** Called before messages are received. */
  readonly prepare?: () => Promise<void>;
  /** Whether running tasks wait for something real: then the clock stands. */
  readonly isBusy?: () => Promise<boolean>;
  /** When something else is to happen, after now and up to `until`; `prepare` does it. */
  readonly next?: (until: number) => number | undefined;
}

/** Makes the functions of a world act by themselves. */
export interface Driver {
  /**
   * Lets all go on: until `end`; or, with `stop`, until nothing is left to do.
   * @returns false when `end` has come first
   * @throws what a function threw
   */
  goOn(end: number, whenIdle: 'stop' | 'wait'): Promise<boolean>;
  /** How many workers have not ended yet. */
  readonly running: number;
}

const MINUTE_MS = 60_000;

export function driver(world: World, functions: Functions): Driver {
  const { clock } = world;
  const running = new Set<Promise<unknown>>();
  const failures: Error[] = [];
  let nextMinute = clock.now();

  const start = (work: Promise<unknown>) => {
    const ended = work
      .catch((thrown: unknown) => failures.push(toError(thrown)))
      .finally(() => {
        running.delete(ended);
      });
    running.add(ended);
  };
  const begin = async () => {
    if (clock.now() >= nextMinute) {
      nextMinute = clock.now() + MINUTE_MS;
      await functions.minute();
    }
    await functions.prepare?.();
    for (const { queue, message } of world.ready())
      start(queue === UNDELIVERABLE ? world.bury() : functions.work(queue, message));
  };
  /** When something happens next by itself. */
  const nextEvent = async (): Promise<number | undefined> => {
    const { messages, sweep } = await world.upcoming();
    const times = [...messages];
    if (sweep !== undefined) times.push(Math.max(sweep, nextMinute));
    if (running.size > 0) times.push(clock.next ?? clock.now() + 1_000);
    return times.length === 0 ? undefined : Math.min(...times);
  };

  return {
    get running() {
      return running.size;
    },
    async goOn(end, whenIdle) {
      for (;;) {
        await begin();
        await world.quiet();
        const [failure] = failures.splice(0);
        if (failure !== undefined) throw failure;
        if (await functions.isBusy?.()) continue;
        const event = await nextEvent();
        if (event === undefined && whenIdle === 'stop') return true;
        const until = Math.max(clock.now(), event ?? Number.POSITIVE_INFINITY);
        const next = functions.next?.(Math.min(until, end)) ?? until;
        if (next > end && whenIdle === 'stop') return false;
        if (next > end) {
          await clock.advance(end - clock.now());
          if (end < nextMinute) return false;
          continue;
        }
        await clock.advance(next - clock.now());
      }
    },
  };
}
