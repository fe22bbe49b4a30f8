import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundleFunctions } from '../../bin/local/bundles.ts';
import { projectFolder } from './project-folder.ts';

function setup() {
  const { root, write } = projectFolder();
  return { write, bundle: () => bundleFunctions(root, join(root, 'lambdas')) };
}

test('each function is one file of code, and knows the files that it is made of', async () => {
  const { bundle } = setup();

  const bundles = await bundle();

  expect([...bundles].map(([entry, { files }]) => [entry, [...files]])).toEqual([
    ['api', ['lambdas/api.ts', 'lambdas/tasks.ts']],
    ['worker', ['lambdas/worker.ts', 'lambdas/tasks.ts']],
    ['bury', ['lambdas/bury.ts']],
    ['sweep', ['lambdas/sweep.ts']],
  ]);
  expect(Buffer.from(bundles.get('bury')!.code).toString()).toContain('bury');
});

test('a comment changes no hash, code does', async () => {
  const { bundle, write } = setup();
  const hashes = async () => [...(await bundle()).values()].map(({ hash }) => hash);
  const before = await hashes();

  write('lambdas/tasks.ts', '// Two tasks.\nexport const tasks = [1, 2];\n');
  expect(await hashes()).toEqual(before);
  write('lambdas/tasks.ts', 'export const tasks = [1, 2, 3];\n');
  expect((await hashes()).map((hash, i) => hash === before[i])).toEqual([false, false, true, true]);
});

test('an error names file, line and column, and shows the line', async () => {
  const { bundle, write } = setup();

  write('lambdas/tasks.ts', '\nexport const tasks = [1, 2;\n');

  await expect(bundle()).rejects.toThrow(
    'lambdas/tasks.ts:2:27: Expected "]" but found ";"\n  export const tasks = [1, 2;',
  );
});

test('an import of what is not there names the file that imports it', async () => {
  const { bundle, write } = setup();

  write('lambdas/bury.ts', "import { a } from './nowhere.ts';\nexport const handler = () => a;\n");

  await expect(bundle()).rejects.toThrow('lambdas/bury.ts:1:19: Could not resolve "./nowhere.ts"');
});

test('an error that several functions have is told once', async () => {
  const { bundle, write } = setup();

  write('lambdas/tasks.ts', "import { nope } from './bury.ts';\nexport const tasks = [nope];\n");

  await expect(bundle()).rejects.toThrow(
    /^lambdas\/tasks\.ts:1:10: No matching export in "lambdas\/bury\.ts" for import "nope"\n[^\n]+$/,
  );
});
