import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingTests, testsNamedIn } from './titles.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'SECURITY.md'), 'utf8');

test('the threats that matter have their paragraph', () => {
  for (const threat of ['malicious job input', 'malicious task author', 'leaked key', 'confused deputy on the queue'])
    expect(page).toContain(`${threat}.**`);
});

test('the tests that it names are there', () => {
  expect(testsNamedIn(page).length).toBeGreaterThan(8);
  expect(missingTests(page)).toEqual([]);
});

test('the files that it names are there', () => {
  for (const [, path = ''] of page.matchAll(/`((?:lib|lambdas|docs|test|\.github)\/[^`]+)`/g))
    expect(existsSync(join(root, path)), path).toBe(true);
});
