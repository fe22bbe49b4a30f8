import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hashOfSources } from '../../bin/local/sources-hash.ts';
import { tempDir } from './temp-dir.ts';

function setup() {
  const root = tempDir();
  mkdirSync(join(root, 'lambdas', 'tasks'), { recursive: true });
  writeFileSync(join(root, 'lambdas', 'tasks', 'a.ts'), 'a');
  writeFileSync(join(root, 'cdk.json'), '{}');
  return { root, hash: (also?: unknown) => hashOfSources(root, ['lambdas', 'cdk.json', 'tsconfig.json'], also) };
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
