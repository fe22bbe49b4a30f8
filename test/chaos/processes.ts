import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Random } from './random.ts';

export type Part = 'api' | 'worker' | 'bury' | 'sweep';

export interface Death {
  readonly pid: number;
  /** When it was killed; of one that ended otherwise, when it was last seen alive. */
  readonly at: number;
  /** When it was known to be gone: all that it did was before, and what is done under its id from then on is another's. */
  readonly noticedAt: number;
}

export interface Watcher {
  /** Kills one of them, if one of the part that is drawn is alive. */
  kill(): void;
  deaths(): readonly Death[];
  kills(): Readonly<Record<Part, number>>;
  stop(): Promise<void>;
}

const LOOK_MS = 250;
/** Two of three kills hit a worker. */
const VICTIMS: readonly Part[] = ['worker', 'worker', 'worker', 'worker', 'api', 'api', 'bury', 'sweep'];

/**
 * Watches the functions' processes, which are the emulator's own children, and kills some of them with SIGKILL. Of every
 * process it knows until when it lived.
 */
export function watchProcesses(emulatorPid: number, random: Random): Watcher {
  const alive = new Map<number, { readonly part: Part; seen: number }>();
  const deaths: Death[] = [];
  const kills: Record<Part, number> = { api: 0, worker: 0, bury: 0, sweep: 0 };
  let stopped = false;

  const look = async () => {
    const began = Date.now();
    const running = await functionsOf(emulatorPid);
    for (const [pid, part] of running) alive.set(pid, { part, seen: began });
    for (const [pid, { seen }] of alive) {
      if (running.has(pid)) continue;
      alive.delete(pid);
      deaths.push({ pid, at: seen, noticedAt: Date.now() });
    }
  };

  const kill = () => {
    const part = random.pick(VICTIMS);
    const victims = [...alive].filter(([, each]) => each.part === part);
    if (victims.length === 0) return;
    const [pid] = random.pick(victims);
    const at = Date.now();
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      return; // it has just ended
    }
    kills[part]++;
    alive.delete(pid);
    deaths.push({ pid, at, noticedAt: Date.now() });
  };

  const loop = async () => {
    while (!stopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    await look();
  };
  const ended = loop();

  return {
    kill,
    deaths: () => deaths,
    kills: () => ({ ...kills }),
    stop: () => {
      stopped = true;
      return ended;
    },
  };
}

const run = promisify(execFile);

/** The living processes of functions of this emulator. A killed one that the emulator has not noticed yet is none (Z). */
async function functionsOf(emulatorPid: number): Promise<Map<number, Part>> {
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], { maxBuffer: 2 ** 24 });
  const found = new Map<number, Part>();
  for (const line of stdout.split('\n')) {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (Number(parent) !== emulatorPid || state?.startsWith('Z')) continue;
    const part = partOf(command ?? '');
    if (part !== undefined) found.set(Number(pid), part);
  }
  return found;
}

function partOf(command: string): Part | undefined {
  if (!command.includes('ministack-lambda-stint-chaos-')) return undefined;
  if (command.includes('JobsApiFunction')) return 'api';
  if (command.includes('JobsWorkers')) return 'worker';
  if (command.includes('JobsBuryFunction')) return 'bury';
  return command.includes('JobsSweepFunction') ? 'sweep' : undefined;
}
