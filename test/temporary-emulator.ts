import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Emulator, startEmulator } from '../bin/local/emulator.ts';
import { freePort } from '../bin/local/free-port.ts';

const root = dirname(import.meta.dirname);

export interface TemporaryEmulator extends Emulator {
  root: string;
  /** For files beside its state; removed at the end. */
  dir: string;
  log: string;
}

/**
 * An emulator on a free port that keeps nothing, beside any other. After its end only `.local/log/<name>.log` is left.
 */
export async function startTemporaryEmulator(
  name: string,
  options: { readonly enforceIam?: boolean } = {},
): Promise<TemporaryEmulator> {
  const dir = mkdtempSync(join(tmpdir(), 'stint-test-'));
  const log = join(dir, 'emulator.log');
  try {
    const emulator = await startEmulator({
      root,
      port: await freePort(),
      stateDir: join(dir, 'state'),
      log,
      persist: false,
      ...options,
    });
    const stop = async () => {
      await emulator.stop();
      await keepLog(log, name);
      rmSync(dir, { recursive: true, force: true });
    };
    return { ...emulator, root, dir, log, stop };
  } catch (error) {
    await keepLog(log, name);
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

async function keepLog(log: string, name: string): Promise<void> {
  const kept = join(root, '.local', 'log', `${name}.log`);
  mkdirSync(dirname(kept), { recursive: true });
  await copyFile(log, kept).catch(() => {}); // It ended before it had a log.
}
