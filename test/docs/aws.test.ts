import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingTests, testsNamedIn } from './titles.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/aws.md'), 'utf8');

interface Row {
  readonly number: number;
  readonly here: string;
  readonly tests: string;
}

const rows: readonly Row[] = page
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => {
    const [, number = '', , here = '', tests = ''] = line.split('|');
    return { number: Number(number), here, tests };
  });

test('every truth has its row, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 38 }, (_, i) => i + 1));
});

test('the files that it names exist', () => {
  for (const { here } of rows)
    for (const [, path = ''] of here.matchAll(/`((?:lib|lambdas|client|docs)\/[^`]*)`/g))
      expect(existsSync(join(root, path)), path).toBe(true);
});

test.each(rows)('row $number is held by tests that exist, by title', ({ tests }) => {
  expect(testsNamedIn(tests).length).toBeGreaterThan(0);
  expect(missingTests(tests)).toEqual([]);
});
