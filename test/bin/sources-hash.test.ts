import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changedFiles, hashOf, readSources } from '../../bin/local/sources-hash.ts';
import { tempDir } from './temp-dir.ts';

function setup() {
  const root = tempDir();
  mkdirSync(join(root, 'lambdas', 'tasks'), { recursive: true });
  writeFileSync(join(root, 'lambdas', 'tasks', 'a.ts'), 'a');
  writeFileSync(join(root, 'cdk.json'), '{}');
  const read = () => readSources(root, ['lambdas', 'cdk.json', 'tsconfig.json']);
  return { root, read, hash: (also?: unknown) => hashOf(read(), also) };
}

test('the same sources have the same hash', () => {
  const { hash } = setup();

  expect(hash({ local: 'true' })).toBe(hash({ local: 'true' }));
});

test.each<[string, (root: string) => void]>([
  ['a file that changed', (root) => writeFileSync(join(root, 'lambdas', 'tasks', 'a.ts'), 'b')],
  ['a file that came', (root) => writeFileSync(join(root, 'lambdas', 'b.ts'), '')],
  [
    'a file that was renamed',
    (root) => {
      rmSync(join(root, 'lambdas', 'tasks', 'a.ts'));
      writeFileSync(join(root, 'lambdas', 'tasks', 'c.ts'), 'a');
    },
  ],
  ['a named file that was missing', (root) => writeFileSync(join(root, 'tsconfig.json'), 'missing')],
])('%s changes the hash', (_, change) => {
  const { root, hash } = setup();
  const before = hash();

  change(root);

  expect(hash()).not.toBe(before);
});

test('other flags change the hash', () => {
  const { hash } = setup();

  expect(hash({ local: 'true' })).not.toBe(hash({ local: 'false' }));
});

test('what changed is named: files that came, went, and have other content', () => {
  const { root, read } = setup();
  const before = read();

  writeFileSync(join(root, 'cdk.json'), '{ }');
  rmSync(join(root, 'lambdas', 'tasks', 'a.ts'));
  writeFileSync(join(root, 'lambdas', 'b.ts'), '');

  expect(changedFiles(before, read())).toEqual(['cdk.json', 'lambdas/b.ts', 'lambdas/tasks/a.ts']);
});

test('what editors put beside a file while they save it is none of the sources', () => {
  const { root, read } = setup();
  const before = read();

  for (const name of ['.a.ts.swp', 'a.ts~', '4913']) writeFileSync(join(root, 'lambdas', 'tasks', name), '');

  expect(changedFiles(before, read())).toEqual([]);
});
