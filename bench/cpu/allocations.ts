/** What a job in the worker allocates: `npm run bench:allocations [-- --write]`. Held by test/bench/allocation-budget.test.ts, for it does not vary. */
import { publish, table } from '../figures.ts';
import { heapOfAJob } from './heap.ts';

const { ours, thinnest, engine } = heapOfAJob();
const row = (name: string, kilobytes: number) => [name, kilobytes.toFixed(0), (kilobytes / thinnest).toFixed(2)];

publish(
  'performance',
  'allocations',
  table(
    ['a job in the worker', 'KB of the heap', 'ratio'],
    [
      row('thinnest handler, the same two calls', thinnest),
      row('Stint: hooks, validation, fencing, deadline, log, metrics', ours),
      row("Stint's engine alone, on a store that answers at once", engine),
    ],
    'left',
  ),
);
