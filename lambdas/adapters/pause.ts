import { setTimeout as sleep } from 'node:timers/promises';

/** Waits before a batch is tried again: half of 50, 100, 200 … ms and up to as much again, at most 800. */
export async function pause(tries: number): Promise<void> {
  const longest = Math.min(800, 25 * 2 ** tries);
  await sleep(longest / 2 + (longest / 2) * Math.random());
}
