import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { markerOf } from './emulator.ts';
import { isRunning } from './folder-lock.mjs';
import { signalGroup } from './run-logged.mjs';

const ENDED_WITHIN_MS = 15_000;

const recordSchema = z.object({
  /** The port that the saved state names in its queue URLs. */
  port: z.number(),
  pid: z.number(),
});
/** What is written down of the emulator that was started last, in `.local/emulator.json`. */
export type EmulatorRecord = z.infer<typeof recordSchema>;

export function readEmulatorRecord(file: string): EmulatorRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined; // None yet, or not readable: a new one will be written.
  }
}

export function writeEmulatorRecord(file: string, record: EmulatorRecord): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(record));
}

/**
 * Ends an emulator whose `npm start` was killed, if it has not ended by itself yet, and waits for it: it saves its
 * state. One whose command line does not name `stateDir` is not ours and left alone. Answers whether there was one.
 */
export async function endLeftover({ pid }: EmulatorRecord, stateDir: string): Promise<boolean> {
  const isOurs = () => isRunning(pid, markerOf(stateDir));
  if (!isOurs()) return false;
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + ENDED_WITHIN_MS;
  while (isOurs() && Date.now() < deadline) await sleep(50);
  if (isOurs()) signalGroup(pid, 'SIGKILL');
  return true;
}
