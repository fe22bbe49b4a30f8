import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMillis } from '../../lambdas/core/retry-policy.ts';

const backoff = { initialSeconds: 2, maxSeconds: 60 };
const ALMOST_ONE = 1 - Number.EPSILON;

test('the ceiling doubles with each attempt, up to the longest', () => {
  const ceilings = [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => backoffMillis(backoff, attempt, ALMOST_ONE));

  expect(ceilings).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('the wait is spread evenly from 0 to the ceiling', () => {
  expect([0, 0.25, 0.5, 0.75].map((fraction) => backoffMillis(backoff, 3, fraction))).toEqual([0, 2_000, 4_000, 6_000]);
});

test('an initial wait above the longest is the longest', () => {
  expect(backoffMillis({ initialSeconds: 100, maxSeconds: 10 }, 1, ALMOST_ONE)).toBe(10_000);
});

test('the wait is a whole number of milliseconds within its bounds, whatever the attempt', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 86_400, noNaN: true }),
      fc.double({ min: 0, max: 86_400, noNaN: true }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.double({ min: 0, max: ALMOST_ONE, noNaN: true }),
      (initialSeconds, maxSeconds, attempt, fraction) => {
        const wait = backoffMillis({ initialSeconds, maxSeconds }, attempt, fraction);
        return Number.isInteger(wait) && wait >= 0 && wait <= Math.ceil(maxSeconds * 1000);
      },
    ),
    { seed: 1, examples: [[0, 300, 5_000, 0.5]] },
  );
});
