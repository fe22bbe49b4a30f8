import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from './bundles.ts';

const queue = 'http://127.0.0.1:9/000000000000/jobs';
const ENVIRONMENT = {
  PATH: process.env.PATH,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  STINT_TABLE_NAME: 'jobs',
  STINT_QUEUES: JSON.stringify({ default: queue }),
  STINT_DEAD_LETTERS_URL: queue,
  UNDELIVERABLE_URL: queue,
  QUEUE_NAME: 'default',
  MAX_RECEIVE_COUNT: '100',
  MAX_WAITS: '3',
  STINT_AUTH: JSON.stringify({ mode: 'iam' }),
};

/**
 * Imports a bundle, and says how long it took until its handler was there: on the clock, and of the processor for the thread that
 * does it. On an idle machine the two are about the same; on a busy one only the second tells of the bundle.
 */
const PROBE = `
  const cpu = process.threadCpuUsage(), began = performance.now();
  const { handler } = await import(process.argv[2]);
  const ms = performance.now() - began, { user, system } = process.threadCpuUsage(cpu);
  if (typeof handler !== 'function') throw new Error('It has no handler.');
  console.log(JSON.stringify({ ms, cpu: (user + system) / 1000, rss: process.memoryUsage.rss() }));
  process.exit(0);
`;

/** From import to ready: milliseconds on the clock and of the processor, and the bytes that the process then holds. */
export interface Start {
  readonly ms: number;
  readonly cpu: number;
  readonly rss: number;
}

/** A folder with bundles that can be started, each time in a process of its own. */
export class Starter implements Disposable {
  readonly #dir = mkdtempSync(join(tmpdir(), 'stint-start-'));
  readonly #probe = join(this.#dir, 'probe.mjs');
  #bundles = 0;

  constructor() {
    writeFileSync(this.#probe, PROBE);
  }

  /** @returns what starts it once */
  add({ code }: Bundle): () => Start {
    const file = join(this.#dir, `bundle-${this.#bundles++}.mjs`);
    writeFileSync(file, code);
    return () =>
      JSON.parse(execFileSync(process.execPath, [this.#probe, file], { env: ENVIRONMENT, encoding: 'utf8' })) as Start;
  }

  [Symbol.dispose](): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
