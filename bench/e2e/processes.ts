import { readdirSync, readFileSync } from 'node:fs';

/** Of /proc: Linux counts in these on every machine of ours. */
const TICKS_A_SECOND = 100;

/** CPU seconds by process id of those that the emulator runs for a stack's functions of one name, since each began. */
export type CpuSeconds = ReadonlyMap<number, number>;

/** What one process has used of the processor so far, in seconds. */
export function cpuOfProcess(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** What follows the command's name in brackets: state, parent, … user and system time as the 12th and 13th. */
function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/**
 * What the processes of some functions have used of the processor so far. Linux only: it reads /proc.
 * @param isOne tells a function's process by its command line
 */
export function cpuOf(emulatorPid: number, isOne: (command: string) => boolean): CpuSeconds {
  const found = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each)))
    try {
      if (Number(statOf(Number(name))[1]) !== emulatorPid) continue;
      if (isOne(readFileSync(`/proc/${name}/cmdline`, 'utf8'))) found.set(Number(name), cpuOfProcess(Number(name)));
    } catch {
      // It ended while we looked.
    }
  return found;
}

/** What was used between two looks. A process that came in between counts whole, its start with it. */
export function usedBetween(before: CpuSeconds, after: CpuSeconds): number {
  return [...after].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
}
