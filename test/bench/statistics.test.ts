import { expect, test } from 'vitest';
import { median, quantile, ratioOf } from '../../bench/statistics.ts';

test('quantiles are values that were measured, whatever their order', () => {
  const values = [5, 1, 4, 2, 3];

  expect([0, 0.5, 0.95, 1].map((part) => quantile(values, part))).toEqual([1, 3, 5, 5]);
  expect(median([])).toBeNaN();
});

test('a ratio is that of rounds, so one round in which the machine was slow for both changes nothing', () => {
  expect(ratioOf([2, 2, 90], [1, 1, 45])).toBe(2);
});
