import { expect, test } from 'vitest';
import { balancedMb, billedMs, millionDollars, stretched } from '../../bench/memory-size/model.ts';

test('work is stretched by the share of a core, waiting is not', () => {
  expect(stretched(10, 1_769)).toBe(10);
  expect(stretched(10, 10_240)).toBe(10); // one thread has one core
  expect(billedMs({ cpuMs: 10, waitMs: 14 }, 512)).toBe(Math.ceil(14 + (10 * 1_769) / 512));
});

test('what only works costs the same at any size up to a core, what only waits costs by size', () => {
  const works = { cpuMs: 1_000, waitMs: 0 };
  const waits = { cpuMs: 0, waitMs: 1_000 };

  expect(millionDollars(works, 256) / millionDollars(works, 1_024)).toBeCloseTo(1, 2);
  expect(millionDollars(waits, 1_024) / millionDollars(waits, 256)).toBe(4);
});

test('balanced is a whole core for what only works, the least for what only waits, and between for what does as much of each', () => {
  expect(balancedMb({ cpuMs: 100, waitMs: 0 }, 128)).toBe(1_769);
  expect(balancedMb({ cpuMs: 0, waitMs: 100 }, 128)).toBe(128);
  expect(balancedMb({ cpuMs: 0, waitMs: 100 }, 180)).toBe(256);
  expect(balancedMb({ cpuMs: (100 * 512) / 1_769, waitMs: 100 }, 128)).toBe(512);
});
