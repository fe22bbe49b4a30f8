import { expect, test } from 'vitest';
import { heapOfAJob } from '../../bench/cpu/heap.ts';

/** Kilobytes of the heap a job, about 5 % above what they are. */
const BUDGET = { ours: 290, engine: 46 };

test('a job in the worker allocates less than in the thinnest handler that makes the same calls', () => {
  const { ours, thinnest, engine } = heapOfAJob();

  expect(ours).toBeLessThan(thinnest);
  expect(ours).toBeLessThan(BUDGET.ours);
  expect(engine).toBeLessThan(BUDGET.engine);
}, 60_000);
