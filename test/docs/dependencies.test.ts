import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesByPackage, TABLE_OF_DEPENDENCIES, tableOfDependencies } from '../../bin/docs/dependencies.ts';
import { REASONS } from '../../bin/docs/dependency-reasons.ts';
import packageJson from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
const bytes = await bytesByPackage();

const SIZE = /\d+ KB/g;
const withoutSizes = (text: string) => text.replace(SIZE, '… KB');
const sizes = (text: string) => (text.match(SIZE) ?? []).map((size) => Number.parseInt(size, 10));

test('its tables are those of package.json and the packages: else run npm run docs:dependencies', () => {
  const [there = ''] = TABLE_OF_DEPENDENCIES.exec(page) ?? [];
  const made = tableOfDependencies(bytes);
  expect(withoutSizes(there)).toBe(withoutSizes(made));
  for (const [i, size] of sizes(made).entries()) expect(Math.abs(size - (sizes(there)[i] ?? 0))).toBeLessThanOrEqual(5);
});

test('every dependency has its reason, and no reason is of what is gone', () => {
  const { dependencies, devDependencies } = packageJson;
  expect(Object.keys(REASONS).toSorted()).toEqual(
    [...Object.keys(dependencies), ...Object.keys(devDependencies)].toSorted(),
  );
});

test('every licence lets anyone use, change and pass on', () => {
  const rows = (TABLE_OF_DEPENDENCIES.exec(page)?.[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  const licences = rows.map((row) => row.split(' | ').at(-2) ?? '');
  expect(licences).toHaveLength(Object.keys(REASONS).length);
  for (const licence of licences)
    for (const each of licence.split(' OR '))
      expect(['MIT', 'Apache-2.0', 'BSD-3-Clause', 'ISC', '0BSD']).toContain(each);
});

test('what a function’s bundle holds is a dependency, or comes with one', () => {
  const named = Object.keys(packageJson.dependencies);
  const known = ['AWS SDK', 'Stint, its tasks and hooks', ...named];
  // What the SDK remembers endpoints with.
  expect(
    Object.keys(bytes)
      .filter((name) => !known.includes(name))
      .toSorted(),
  ).toEqual(['mnemonist', 'obliterator']);
});
