/**
 * How long a function takes to be ready: `npm run bench:start [-- rounds] [-- --write]`. Each function's bundle, as it is deployed, is
 * imported by a process of its own, in turn with one that has the SDK's clients and nothing else.
 */

import { machine, publish, table } from '../figures.ts';
import { countFromArguments, median, ratioOf } from '../statistics.ts';
import { FUNCTIONS, functionBundle, sdkAndZodBundle, sdkBundle } from './bundles.ts';
import { type Start, Starter } from './probe.ts';

const ROUNDS = countFromArguments(25);
const MOST_RATIO = 1.25;

using starter = new Starter();
const bundles = await Promise.all([sdkBundle(), sdkAndZodBundle(), ...FUNCTIONS.map(functionBundle)]);
const subjects = bundles.map((bundle) => ({ ...bundle, start: starter.add(bundle), starts: [] as Start[] }));
for (let round = -1; round < ROUNDS; round++)
  for (const { start, starts } of subjects) {
    const started = start();
    if (round >= 0) starts.push(started); // the first read came from the disk
  }

const [sdk] = subjects;
const of = (starts: readonly Start[], what: keyof Start) => starts.map((start) => start[what]);
const againstSdk = (starts: readonly Start[], what: keyof Start) =>
  ratioOf(of(starts, what), of(sdk?.starts ?? [], what));
const rows = subjects.map(({ name, bytes, gzipped, starts }) => ({
  name,
  bytes,
  gzipped,
  ms: median(of(starts, 'ms')),
  ratio: againstSdk(starts, 'ms'),
  cpu: median(of(starts, 'cpu')),
  cpuRatio: againstSdk(starts, 'cpu'),
}));
const references = 2;
const missed = rows.slice(references).filter(({ cpuRatio }) => cpuRatio > MOST_RATIO);
const kB = (bytes: number) => (bytes / 1000).toFixed(1);
const origins = [...new Set(subjects.flatMap(({ from }) => Object.keys(from)))]
  .map((origin) => ({ origin, bytes: subjects.map(({ from }) => from[origin] ?? 0) }))
  .sort((a, b) => Math.max(...b.bytes) - Math.max(...a.bytes));

publish(
  'performance',
  'start',
  `${ROUNDS} processes each, in turn: ${machine()}. Medians; ratios are medians of pairs of one round. Goal:
≤ ${MOST_RATIO} × the CPU time of the importing thread, which is what the clock shows on an idle machine.

${table(
  ['import to ready', 'clock ms', 'ratio', 'CPU ms', 'ratio', 'kB', 'gzipped', 'goal'],
  rows.map(({ name, bytes, gzipped, ms, ratio, cpu, cpuRatio }, i) => [
    name,
    ms.toFixed(1),
    ratio.toFixed(2),
    cpu.toFixed(1),
    cpuRatio.toFixed(2),
    kB(bytes),
    kB(gzipped),
    i < references ? '' : cpuRatio <= MOST_RATIO ? 'met' : 'MISSED',
  ]),
  'left',
)}

Where the bytes are from, in kB:

${table(
  ['', ...subjects.map(({ name }) => name)],
  origins.map(({ origin, bytes }) => [origin, ...bytes.map((count) => (count === 0 ? '' : kB(count)))]),
  'left',
)}`,
  {
    title: 'From import to ready',
    unit: 'ms of the processor',
    rows: rows.map(({ name, cpu }) => ({ label: name, values: [cpu] })),
    goal: Math.round(MOST_RATIO * (rows[0]?.cpu ?? 0)),
  },
);
if (missed.length > 0) process.exitCode = 1;
