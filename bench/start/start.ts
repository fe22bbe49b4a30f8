/**
 * How long a function takes to be ready: `npm run bench:start [-- rounds] [-- --write]`. Each function's bundle, as it is deployed, is
 * imported by a process of its own, in turn with one that has the SDK's clients and nothing else.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine, publish, table } from '../figures.ts';
import { FUNCTIONS, functionBundle, sdkAndZodBundle, sdkBundle } from './bundles.ts';

const ROUNDS = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 25);
const MOST_RATIO = 1.25;

const queue = 'http://127.0.0.1:9/000000000000/jobs';
const env = {
  PATH: process.env.PATH,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  STINT_TABLE_NAME: 'jobs',
  STINT_QUEUES: JSON.stringify({ default: queue }),
  STINT_DEAD_LETTERS_URL: queue,
  UNDELIVERABLE_URL: queue,
  QUEUE_NAME: 'default',
  MAX_RECEIVE_COUNT: '100',
  MAX_WAITS: '5',
  STINT_AUTH: JSON.stringify({ mode: 'iam' }),
};

/**
 * Imports a bundle, and says how long it took until its handler was there: on the clock, and of the processor for the thread that
 * does it. On an idle machine the two are about the same; on a busy one only the second tells of the bundle.
 */
const PROBE = `
  const cpu = process.threadCpuUsage(), began = performance.now();
  const { handler } = await import(process.argv[2]);
  const ms = performance.now() - began, { user, system } = process.threadCpuUsage(cpu);
  if (typeof handler !== 'function') throw new Error('It has no handler.');
  console.log(JSON.stringify({ ms, cpu: (user + system) / 1000 }));
  process.exit(0);
`;

interface Start {
  readonly ms: number;
  readonly cpu: number;
}

const dir = mkdtempSync(join(tmpdir(), 'stint-start-'));
using cleanup = new DisposableStack();
cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
const probe = join(dir, 'probe.mjs');
writeFileSync(probe, PROBE);

const bundles = await Promise.all([sdkBundle(), sdkAndZodBundle(), ...FUNCTIONS.map(functionBundle)]);
const subjects = bundles.map((bundle, i) => {
  const file = join(dir, `bundle-${i}.mjs`);
  writeFileSync(file, bundle.code);
  return { ...bundle, file, starts: [] as Start[] };
});
for (let round = -1; round < ROUNDS; round++)
  for (const { file, starts } of subjects) {
    const told = execFileSync(process.execPath, [probe, file], { env, encoding: 'utf8' });
    if (round >= 0) starts.push(JSON.parse(told) as Start); // the first read came from the disk
  }

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const [sdk] = subjects;
/** Of pairs of one round, so that what the machine did beside is in both. */
const ratioOf = (starts: readonly Start[], what: keyof Start) =>
  median(starts.map((start, i) => start[what] / (sdk?.starts[i]?.[what] ?? Number.NaN)));
const rows = subjects.map(({ name, bytes, gzipped, starts }) => ({
  name,
  bytes,
  gzipped,
  ms: median(starts.map(({ ms }) => ms)),
  ratio: ratioOf(starts, 'ms'),
  cpu: median(starts.map(({ cpu }) => cpu)),
  cpuRatio: ratioOf(starts, 'cpu'),
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
);
if (missed.length > 0) process.exitCode = 1;
