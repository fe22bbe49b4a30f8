/**
 * What limits, at which rate: `npm run bench:scale [-- --write]`. Arithmetic and simulations, nothing is timed: the figures
 * are the same on every machine.
 */
import { SWEEP_AHEAD_MS } from '../../lambdas/core/engine.ts';
import { publish, table } from '../figures.ts';
import { drain } from './drain.ts';
import { hottestPartition, type Skew } from './hot-partitions.ts';
import { LIMITS } from './limits.ts';
import { type Need, needsOf } from './needs.ts';
import { sweepUnder } from './sweep-load.ts';

const RATES = [10, 1_000, 10_000];
const SECONDS = 1;
const SWEPT_MINUTES = 20;
/** The sweep sees a job so long before its time; its message waits for the rest. */
const HEAD_START_SECONDS = SWEEP_AHEAD_MS / 1000;

/** The tables of docs/scale.md that take no time, by the names of their marks. */
export function scalePage(): Record<'needs' | 'partitions' | 'drain', string> {
  return { needs: needs(), partitions: partitions(), drain: drains() };
}

function needs(): string {
  const columns = RATES.map((rate) => needsOf(rate, SECONDS));
  const [first = []] = columns;
  return table(
    ['of plain jobs', ...RATES.map((rate) => `${number(rate)} a second`), 'AWS allows'],
    first.map(({ what, limit, limitAtFirst }, i) => [
      what,
      ...columns.map((column) => marked(column[i])),
      [limit === undefined ? '' : number(limit), limitAtFirst === undefined ? '' : `at first ${number(limitAtFirst)}`]
        .filter(Boolean)
        .join('; '),
    ]),
    'left',
  );
}

/** Bold from where a default limit is reached. */
function marked(need: Need | undefined): string {
  if (need === undefined) return '';
  const { value, limit = Infinity, limitAtFirst = Infinity } = need;
  return value >= Math.min(limit, limitAtFirst) ? `**${number(value)}**` : number(value);
}

function partitions(): string {
  const skews: [what: string, skew: Skew][] = [
    ['twenty tasks, alike', 'even'],
    ['twenty tasks, the n-th 1/n as often as the first', 'zipf'],
    ['one task', 'one'],
  ];
  return table(
    [
      'writes a second of the busiest partition',
      ...RATES.map((rate) => `${number(rate)} jobs a second`),
      'jobs a second at 1,000',
    ],
    skews.map(([what, skew]) => {
      const share = hottestPartition(1, { tasks: 20, skew });
      return [
        what,
        ...RATES.map((rate) => bold(Math.round(share * rate), LIMITS.partitionWrites.value)),
        number(LIMITS.partitionWrites.value / share),
      ];
    }),
    'left',
  );
}

async function sweeps(): Promise<string> {
  const loads: [what: string, atOnce: number, aSecond: number][] = [
    ['100 a second', 0, 100],
    ['300 a second', 0, 300],
    ['400 a second', 0, 400],
    ['10,000 due at once', 10_000, 0],
    ['100,000 due at once', 100_000, 0],
    ['300,000 due at once', 300_000, 0],
    ['100,000 due at once, and 200 a second', 100_000, 200],
  ];
  const rows: string[][] = [];
  for (const [what, atOnce, aSecond] of loads) {
    const { left, longestWaits } = await sweepUnder({ atOnce, aSecond, minutes: SWEPT_MINUTES });
    const late = Math.max(...longestWaits) - HEAD_START_SECONDS;
    const waits = longestWaits.map((seconds) => Math.round(seconds)).join(', ');
    rows.push([what, number(left), waits, late > 0 ? `**up to ${span(Math.round(late))}**` : 'no']);
  }
  return table(
    ['scheduled jobs', `left after ${SWEPT_MINUTES} min`, 'longest wait in each shard, s', 'late'],
    rows,
    'left',
  );
}

function drains(): string {
  const settings = [5, 50, 1_000];
  return table(
    ['messages that wait', ...settings.map((most) => `maxConcurrency ${number(most)}`)],
    [1_000, 100_000, 1_000_000, 10_000_000].map((jobs) => [
      number(jobs),
      ...settings.map((maxConcurrency) => {
        const { seconds, workers } = drain({ jobs, seconds: SECONDS, batchSize: 10, maxConcurrency });
        return `${span(seconds)}, ${workers} workers`;
      }),
    ]),
  );
}

const number = (value: number) => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
const bold = (value: number, limit: number) => (value >= limit ? `**${number(value)}**` : number(value));
const span = (seconds: number) =>
  seconds < 120 ? `${seconds} s` : seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${number(seconds / 3_600)} h`;

if (import.meta.main)
  for (const [name, figures] of Object.entries({ ...scalePage(), sweep: await sweeps() }))
    publish('scale', name, figures);
