import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchSources } from '../../bin/local/source-watch.ts';
import { tempDir } from './temp-dir.ts';

function setup() {
  const root = tempDir();
  mkdirSync(join(root, 'lambdas'));
  writeFileSync(join(root, 'lambdas', 'a.ts'), 'a');
  const watch = watchSources(root, ['lambdas', 'cdk.json']);
  watch.hasSettled();
  return { watch, write: (name: string, text: string) => writeFileSync(join(root, name), text), root };
}

test('a change is told once, when it is over', () => {
  const { watch, write } = setup();

  write('lambdas/a.ts', 'ab');
  expect(watch.hasSettled()).toBe(false);
  write('lambdas/a.ts', 'abc');
  expect(watch.hasSettled()).toBe(false);
  expect(watch.hasSettled()).toBe(true);
  expect(watch.hasSettled()).toBe(false);
});

test('a file that comes and one that goes are changes', () => {
  const { watch, write, root } = setup();

  write('cdk.json', '{}');
  expect([watch.hasSettled(), watch.hasSettled()]).toEqual([false, true]);
  rmSync(join(root, 'lambdas', 'a.ts'));
  expect([watch.hasSettled(), watch.hasSettled()]).toEqual([false, true]);
});

test('what changed before the first look is not missed', () => {
  const { root } = setup();

  expect(watchSources(root, ['lambdas']).hasSettled()).toBe(true);
});
