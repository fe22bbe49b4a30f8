/** A timer of a process: it waits while its process is suspended, and goes with it when it crashes. */
interface Timer {
  readonly at: number;
  readonly fires: () => void;
  readonly waits: () => boolean;
}

/** True time, and what falls due in it. Processes see it through clocks that are off. */
export interface Timeline {
  now(): number;
  /** @param waits a timer is not due while this says so; it fires late */
  after(ms: number, fires: () => void, waits?: () => boolean): () => void;
  /** Moves on; what falls due meanwhile fires at its own time, and `quiet` runs between. */
  advance(ms: number, quiet: () => Promise<void>): Promise<void>;
  /** Fires what is overdue: after a process was resumed. */
  catchUp(quiet: () => Promise<void>): Promise<void>;
  /** When the next timer falls due. */
  next(): number | undefined;
}

export function timeline(start: number): Timeline {
  let now = start;
  const timers = new Set<Timer>();
  const earliest = (): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) if (!timer.waits() && (first === undefined || timer.at < first.at)) first = timer;
    return first;
  };
  const advanceTo = async (end: number, quiet: () => Promise<void>) => {
    for (;;) {
      const timer = earliest();
      if (timer === undefined || timer.at > end) break;
      timers.delete(timer);
      now = Math.max(now, timer.at);
      timer.fires();
      await quiet();
    }
    now = end;
  };
  return {
    now: () => now,
    after(ms, fires, waits = () => false) {
      const timer = { at: now + ms, fires, waits };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance: (ms, quiet) => advanceTo(now + ms, quiet),
    catchUp: (quiet) => advanceTo(now, quiet),
    next: () => earliest()?.at,
  };
}
