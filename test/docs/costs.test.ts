import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { costPage } from '../../bench/cost/cost-page.ts';
import { idleLines, measured } from '../../bench/cost/estimate.ts';
import { idleMonth } from '../../bench/idle-month.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/costs.md'), 'utf8');

test.each(Object.entries(costPage()))(
  'its table %s is that of what was measured: else run npm run docs:costs',
  (name, figures) => {
    expect(page).toContain(`<!-- ${name} -->\n${figures}\n<!-- end of ${name} -->`);
  },
);

test('an idle month is that of the stack: else run npm run bench:idle -- --write', { timeout: 180_000 }, () => {
  expect(idleLines()).toEqual(idleMonth());
});

test('what was measured are the four write units of a plain job, and no read', () => {
  const { enqueue, run } = measured.operations;
  expect(enqueue.bill.writeUnits + run.bill.writeUnits).toBe(4);
  expect(enqueue.bill.readUnits + run.bill.readUnits).toBe(0);
});
