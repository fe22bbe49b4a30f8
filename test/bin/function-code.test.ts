import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkThatItLoads } from '../../bin/local/function-code.ts';
import { tempDir } from './temp-dir.ts';

/** A project that is loaded by this script. */
function projectLoadedBy(script: string): string {
  const root = tempDir();
  mkdirSync(join(root, 'bin/local'), { recursive: true });
  writeFileSync(join(root, 'bin/local/load-project.ts'), script);
  return root;
}

test('tasks that load are no matter', async () => {
  await checkThatItLoads(projectLoadedBy(''));
});

test('tasks that do not load are told in the words of what they threw', async () => {
  const root = projectLoadedBy("console.error('lambdas/tasks/a.ts:1:2: no luck'); process.exit(1);");

  await expect(checkThatItLoads(root)).rejects.toThrow(/^lambdas\/tasks\/a\.ts:1:2: no luck$/);
});

test('tasks that wait as they are loaded are not waited for', async () => {
  const root = projectLoadedBy('await new Promise((resolve) => setTimeout(resolve, 60_000));');

  await expect(checkThatItLoads(root, undefined, 300)).rejects.toThrow('have not loaded within 0.3 s');
});
