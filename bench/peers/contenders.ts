import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { installedPackages, installedPython } from '../installed.ts';
import type { Part, Worked } from './part.ts';
import type { Server } from './servers.ts';

const VERSIONS = { bullmq: '6.7.0', ioredis: '6.0.0', 'pg-boss': '12.38.0', saq: '0.26.4' };
const AT_ONCE = 10;
const WORKER_READY_MS = 2_000;

/** What runs jobs here, each part of it in a process of its own. */
export interface Contender {
  readonly name: string;
  /** CPU of a worker that finds its queue full. @returns microseconds a job */
  cpu(jobs: number, warmUp: number, taskMs: number): Promise<number>;
  /** From enqueue to start where a worker waits, in milliseconds. Undefined where there is no queue to wait at. */
  readonly latencies?: (jobs: number, everyMs: number) => Promise<readonly number[]>;
}

export async function bullMq({ url, version }: Server): Promise<Contender> {
  const packages = await installedPackages('bullmq', [`bullmq@${VERSIONS.bullmq}`, `ioredis@${VERSIONS.ioredis}`]);
  const command = [process.execPath, join(import.meta.dirname, 'bullmq.ts')];
  return onServer(`BullMQ ${VERSIONS.bullmq}, Redis ${version}`, command, { url, packages });
}

export async function pgBoss({ url, version }: Server): Promise<Contender> {
  const packages = await installedPackages('pg-boss', [`pg-boss@${VERSIONS['pg-boss']}`]);
  const command = [process.execPath, join(import.meta.dirname, 'pg-boss.ts')];
  return onServer(`pg-boss ${VERSIONS['pg-boss']}, PostgreSQL ${version}`, command, { url, packages });
}

export async function saq({ url, version }: Server): Promise<Contender> {
  const python = await installedPython('saq', [`saq[hiredis]==${VERSIONS.saq}`, 'typing_extensions']);
  const command = [python, join(import.meta.dirname, 'saq_part.py')];
  return onServer(`SAQ ${VERSIONS.saq}, Redis ${version}`, command, { url, packages: '' });
}

/** Stint's worker: its engine alone, or with AWS's clients and AWS stubbed below them. */
export function stint(name: string, role: 'engine' | 'clients'): Contender {
  const command = [process.execPath, join(import.meta.dirname, 'stint.ts')];
  const part = { url: '', queue: '', packages: '', everyMs: 0, atOnce: AT_ONCE };
  return {
    name,
    cpu: async (jobs, warmUp, taskMs) => (await run(command, role, { ...part, jobs, warmUp, taskMs })).cpu,
  };
}

type Place = Pick<Part, 'url' | 'packages'>;

function onServer(name: string, command: readonly string[], place: Place): Contender {
  const newPart = () => ({ ...place, queue: `q${randomUUID().slice(0, 8)}`, atOnce: AT_ONCE });
  return {
    name,
    async cpu(jobs, warmUp, taskMs) {
      const part = { ...newPart(), jobs, warmUp, taskMs, everyMs: 0 };
      await execute(command, 'produce', part);
      return (await run(command, 'work', part)).cpu;
    },
    async latencies(jobs, everyMs) {
      const part = { ...newPart(), jobs, warmUp: 0, taskMs: 0, everyMs };
      const worked = run(command, 'work', part);
      await sleep(WORKER_READY_MS);
      await execute(command, 'produce', part);
      return (await worked).latencies;
    },
  };
}

const run = async (command: readonly string[], role: string, part: Part): Promise<Worked> =>
  JSON.parse(await execute(command, role, part)) as Worked;

const LONGEST_MS = 120_000;

async function execute([file = '', ...args]: readonly string[], role: string, part: Part): Promise<string> {
  const options = { timeout: LONGEST_MS, maxBuffer: 2 ** 26 };
  const { stdout } = await promisify(execFile)(file, [...args, role, JSON.stringify(part)], options);
  return stdout;
}
