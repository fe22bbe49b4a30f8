import { createHook } from 'node:async_hooks';
import { settled, waitingToSettle } from '../lambdas/adapters/memory/clock.ts';
import { currentInvocation } from './invocation.ts';

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

/**
 * The timers that tasks have set. Of all else it is only known how much there is; but a test runner sets timers that end after a
 * moment, and one that was there when the task began would hide the task's own.
 */
const taskTimers = new Set<Timer>();
/** Node says of a timer whether it has fired, or was cleared, in a field of its own only; a hook would have to follow every promise. */
type Timer = NodeJS.Timeout & { readonly _destroyed?: boolean };
const noteTimers = createHook({
  init(_id, kind, _trigger, timer) {
    if (kind === 'Timeout' && currentInvocation.getStore() !== undefined) taskTimers.add(timer as Timer);
  },
});

/** By kind, how much was active when no task ran, at the least: the test runner's own. */
const floor = new Map<string, number>();
let isFloorKnown = false;

/**
 * Tells whether running tasks wait for something real, such as a file, a socket or a timer of Node's: meanwhile the fake
 * clock must stand, or their deadlines would pass while a disk turns.
 *
 * But for timers it cannot see what is whose: it compares what is active in the process with what was active when no task ran.
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
  /** Timers that no task of this kit waits for: there when none ran, or waited for once in vain. */
  const given = new WeakSet<Timer>();
  noteTimers.enable();
  const isTimed = () => [...timersSet()].some((timer) => !given.has(timer));
  const giveUpTimers = () => {
    for (const timer of timersSet()) given.add(timer);
  };

  return {
    rest() {
      since = undefined;
      giveUpTimers();
      lowerFloor(active());
    },
    async isBusy(progress) {
      for (let turn = 0; turn < IDLE_TURNS; turn++) {
        if (isTimed() || isAboveFloor()) {
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
      // What is still there stays: to wait for it once was enough.
      if (since !== undefined && isAboveFloor()) raiseFloor(active());
      if (since !== undefined) giveUpTimers();
      since = undefined;
      return false;
    },
  };
}

/** The timers of tasks that have neither fired nor been cleared. */
function timersSet(): ReadonlySet<Timer> {
  for (const timer of taskTimers) if (timer._destroyed || !timer.hasRef()) taskTimers.delete(timer);
  return taskTimers;
}

/** By kind, what is active besides the timers of tasks. */
function active(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    if (!NEVER_WORK.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  // What kits wait for is no work, and those of other tests go on beside this one.
  counts.set('Immediate', (counts.get('Immediate') ?? 0) - waitingToSettle());
  counts.set('Timeout', (counts.get('Timeout') ?? 0) - waitingForMilli - timersSet().size);
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

let waitingForMilli = 0;

async function nextMilli(): Promise<void> {
  waitingForMilli++;
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      waitingForMilli--;
      resolve();
    }, 1);
  });
}
