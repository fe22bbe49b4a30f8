import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testJobs } from '../../testing/index.ts';
import { blocksOf, testsSay } from './page.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/testing.md'), 'utf8');
const code = blocksOf(page, 'ts');

test('its tests pass', { timeout: 60_000 }, () => {
  expect(testsSay(code)).toMatch(/Tests +6 passed/);
});

test('its table names all that a kit has', () => {
  const table = page.slice(page.indexOf('| of the kit |'), page.indexOf('Pass `queues`'));
  for (const name of Object.keys(testJobs({ tasks: [] }))) expect(table).toMatch(new RegExp(`\`${name}\\b`));
});
