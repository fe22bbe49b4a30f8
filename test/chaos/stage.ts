import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrapCdk, deploy } from '../../bin/local/deploy.ts';
import { executeApiUrl, type Outputs, toOutputs } from '../../bin/local/outputs.ts';
import { startTemporaryEmulator, type TemporaryEmulator } from '../temporary-emulator.ts';
import { type Cloud, openCloud } from './cloud.ts';
import { type FaultProxy, openFaultProxy } from './fault-proxy.ts';
import { JournalReader } from './journal.ts';
import { type Watcher, watchProcesses } from './processes.ts';
import type { Random } from './random.ts';

/** Where a run takes place: an emulator of its own, the chaos app in it, and what surrounds both. */
export interface Stage {
  readonly apiUrl: string;
  readonly cloud: Cloud;
  readonly proxy: FaultProxy;
  readonly watcher: Watcher;
  readonly journal: JournalReader;
}

export interface StageOptions {
  readonly random: Random;
  /** The window of the workers' clocks, in milliseconds. */
  readonly skew: readonly [from: number, to: number];
  readonly hasten: boolean;
  readonly signal: AbortSignal;
}

/** Starts all of it; no harm is done yet. @param cleanup gets what ends it again */
export async function setStage(options: StageOptions, cleanup: AsyncDisposableStack): Promise<Stage> {
  const { random, skew, hasten } = options;
  const emulator = await startTemporaryEmulator('chaos-emulator');
  cleanup.defer(() => emulator.stop());
  const proxy = await openFaultProxy(emulator.endpoint, random.fork('faults'));
  cleanup.defer(() => proxy.close());
  const journalDir = join(emulator.dir, 'journal');
  mkdirSync(journalDir);
  const context = {
    endpoint: proxy.url,
    journal: journalDir,
    skew: skew.join(','),
    sweepAhead: hasten ? '60000' : '0',
    // Low, so that messages end on `undeliverable`; but what bury leaves comes back after 35 s only.
    maxReceiveCount: hasten ? '30' : '8',
  };
  const outputs = await deployApp(emulator, context, options.signal);
  const watcher = watchProcesses(emulator.pid, random.fork('kills'));
  cleanup.defer(() => watcher.stop());
  return { apiUrl: outputs.api_url, cloud: openCloud(outputs), proxy, watcher, journal: new JournalReader(journalDir) };
}

async function deployApp(
  { root, endpoint, dir }: TemporaryEmulator,
  context: Record<string, string>,
  signal: AbortSignal,
): Promise<Outputs> {
  const options = {
    root,
    endpoint,
    app: 'node test/chaos/app/app.ts',
    context: { local: 'true', ...context },
    assemblyDir: join(dir, 'cdk.out'),
    log: join(root, '.local', 'log', 'chaos-cdk.log'),
    signal,
  };
  await bootstrapCdk(options);
  const stackOutputs = await deploy(options);
  return toOutputs(stackOutputs, { api: executeApiUrl(endpoint, stackOutputs.ApiUrl ?? ''), endpoint });
}
