import { setTimeout as sleep } from 'node:timers/promises';
import type { LogFollower } from './function-logs.ts';
import type { LogEvent } from './log-line.ts';
import type { SourceWatch } from './source-watch.ts';

const LOOK_EVERY_MS = 300;
/** Each asks the emulator once for every function. */
const LOOKS_PER_LOG_POLL = 3;

export interface WorkOptions {
  watch: SourceWatch;
  catchUp(): Promise<void>;
  logs: LogFollower;
  print(event: LogEvent): void;
  /** Resolves when there is no more to do. */
  until: Promise<unknown>;
}

/**
 * While someone works on the project: brings what changed to the functions, and shows what they log. One thing after
 * the other, so that no line comes in the middle of another.
 */
export async function followWork({ watch, catchUp, logs, print, until }: WorkOptions): Promise<void> {
  let isOver = false;
  const over = until.finally(() => {
    isOver = true;
  });
  for (let look = 1; !isOver; look++) {
    if (watch.hasSettled()) await catchUp();
    if (look % LOOKS_PER_LOG_POLL === 0) await show(logs, print);
    const rest = new AbortController();
    await Promise.race([over, sleep(LOOK_EVERY_MS, undefined, { signal: rest.signal })]);
    rest.abort();
  }
}

async function show(logs: LogFollower, print: (event: LogEvent) => void): Promise<void> {
  try {
    for (const event of await logs.next()) print(event);
  } catch {
    // What the emulator cannot tell now it tells at the next look; if it is gone, that ends the work.
  }
}
