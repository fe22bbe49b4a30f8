import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packagesAreFresh } from '../../bin/local/node-packages.mjs';
import { tempDir } from './temp-dir.ts';

const zod = { 'node_modules/zod': { version: '4.6.7' } };
const forAnotherMachine = { 'node_modules/esbuild-darwin': { version: '0.28.2', optional: true } };

function project({
  wanted = {},
  found = {},
  node = true,
}: {
  wanted?: object;
  found?: object | undefined;
  node?: boolean;
}) {
  const root = tempDir();
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }));
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: found }));
  if (node) writeFileSync(join(root, 'node_modules', '.bin', 'node'), '');
  return root;
}

test('packages that are those of the lock file are fresh, though some are only for other machines', () => {
  expect(packagesAreFresh(project({ wanted: { ...zod, ...forAnotherMachine }, found: zod }))).toBe(true);
});

test.each([
  ['another version', { wanted: zod, found: { 'node_modules/zod': { version: '4.0.0' } } }],
  ['a package too few', { wanted: zod, found: {} }],
  ['a package too many', { wanted: {}, found: zod }],
  ['no Node of the project', { wanted: zod, found: zod, node: false }],
])('%s makes them stale', (_, installed) => {
  expect(packagesAreFresh(project(installed))).toBe(false);
});

test('an installation that was never finished is stale', () => {
  const root = project({ wanted: zod });
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), '{ "packages": {');

  expect(packagesAreFresh(root)).toBe(false);
  expect(packagesAreFresh(tempDir())).toBe(false);
});
