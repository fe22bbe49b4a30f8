import { settled } from '../lambdas/adapters/memory/clock.ts';

/** Node's own, for a test may put fakes in their place. */
const { setTimeout } = globalThis;
const realNow = performance.now.bind(performance);

/** For so long in real time the clock stands while nothing comes of what is under way. */
const PATIENCE_MS = 2_000;

/** Between two steps of real work, such as the lookup of a name and the connection, some turns pass without any. */
const IDLE_TURNS = 4;

/** So many turns are free of charge: a task that only lets the event loop turn is done by then. */
const QUICK_TURNS = 50;

/** A server that listens waits for nobody. */
const NEVER_WORK = new Set(['TCPServerWrap']);

/** By kind, how much was active when no task ran, at the least: the test runner's own. */
const floor = new Map<string, number>();
let isFloorKnown = false;

/**
 * Tells whether running tasks wait for something real, such as a file, a socket or a timer of Node's: meanwhile the fake
 * clock must stand, or their deadlines would pass while a disk turns.
 *
 * It cannot see what is whose: it compares what is active in the process with what was active when no task ran.
 */
export interface RealWork {
  /** Notes what is active although no task runs. */
  rest(): void;
  /**
   * Whether real work is under way; then it has waited for a moment. Gives up after 2 s without progress.
   * @param progress any number that changes when something has come of it
   */
  isBusy(progress: number): Promise<boolean>;
}

export function realWork(): RealWork {
  let since: number | undefined;
  let lastProgress = 0;
  let turns = 0;
  return {
    rest() {
      since = undefined;
      lowerFloor(active());
    },
    async isBusy(progress) {
      for (let turn = 0; turn < IDLE_TURNS; turn++) {
        if (isAboveFloor()) {
          if (since === undefined || progress !== lastProgress) {
            since = realNow();
            turns = 0;
          }
          lastProgress = progress;
          if (realNow() - since > PATIENCE_MS) break;
          await (turns++ < QUICK_TURNS ? settled() : nextMilli());
          return true;
        }
        await settled();
      }
      if (since !== undefined && isAboveFloor()) raiseFloor(active()); // it stays: to wait for it once was enough
      since = undefined;
      return false;
    },
  };
}

function active(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    if (!NEVER_WORK.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function isAboveFloor(): boolean {
  return [...active()].some(([kind, count]) => count > (floor.get(kind) ?? 0));
}

/** Of all that was seen at rest the least, for what ends by itself would hide a task's own. */
function lowerFloor(now: Map<string, number>): void {
  if (!isFloorKnown) raiseFloor(now);
  isFloorKnown = true;
  for (const [kind, count] of floor) floor.set(kind, Math.min(count, now.get(kind) ?? 0));
}

function raiseFloor(now: Map<string, number>): void {
  for (const [kind, count] of now) floor.set(kind, count);
}

const nextMilli = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
