import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of its own for the test, removed when it ends. */
export function tempDir(): string {
  const { dir, remove } = makeTempDir();
  onTestFinished(remove);
  return dir;
}

/** A folder for whoever removes it. */
export function makeTempDir(): { dir: string; remove(): void } {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'stint-test-')));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }) };
}
