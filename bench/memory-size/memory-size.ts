/**
 * Which memory size a function should have: `npm run bench:memory-size [-- rounds] [-- --write]`. The CPU time of an invocation and of a start
 * is measured, with our own functions in this process and an emulator; price and time by size come from what AWS says of both.
 */
import { startTemporaryEmulator } from '../../test/temporary-emulator.ts';
import { MEMORY_MB } from '../cost/operations.ts';
import { startStint } from '../cost/stint.ts';
import { machine, publish, table } from '../figures.ts';
import { PRICES_OF } from '../prices.ts';
import { functionBundle } from '../start/bundles.ts';
import { Starter } from '../start/probe.ts';
import { countFromArguments, median } from '../statistics.ts';
import { balancedMb, billedMs, type Invocation, millionDollars, SIZES_MB, stretched } from './model.ts';

const ROUNDS = countFromArguments(40);
/** A call of AWS within a region: assumed, between the 5 and 10 ms that are usual. */
const CALL_MS = 7;
/** A process should not fill its memory by being there. */
const ROOM = 2;

await using cleanup = new AsyncDisposableStack();
const emulator = await startTemporaryEmulator('bench-memory-size-emulator');
cleanup.defer(() => emulator.stop());
const stint = await startStint(emulator.endpoint, emulator.endpoint);

/** CPU milliseconds of this process while it runs, and what it wrote kept from the screen. */
async function cpuOf(code: () => Promise<unknown>): Promise<number> {
  const write = process.stdout.write;
  process.stdout.write = (() => true) as typeof write;
  const before = process.cpuUsage();
  try {
    await code();
  } finally {
    process.stdout.write = write;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const enqueue = () => stint.call('POST /tasks/plain/jobs', { input: { n: 1 } });
const enqueueMany = (count: number) =>
  stint.call('POST /jobs/batch', {
    jobs: Array.from({ length: count }, () => ({ task_name: 'plain', input: { n: 1 } })),
  });
const cpu = {
  enqueue: [] as number[],
  list: [] as number[],
  ten: [] as number[],
  alone: [] as number[],
  sweep: [] as number[],
};
for (let round = -ROUNDS; round < ROUNDS; round++) {
  const measured = {
    enqueue: await cpuOf(enqueue),
    alone: 0,
    ten: 0,
    list: await cpuOf(() => stint.call('GET /jobs')),
    sweep: await cpuOf(() => stint.sweep()),
  };
  const [alone = []] = await stint.receive();
  measured.alone = await cpuOf(() => stint.work(alone));
  await cpuOf(() => enqueueMany(10));
  const [ten = []] = await stint.receive();
  measured.ten = await cpuOf(() => stint.work(ten));
  if (round < 0) continue; // half of the rounds are the compiler's
  for (const [what, ms] of Object.entries(measured)) cpu[what as keyof typeof cpu].push(ms);
}

using starter = new Starter();
const startOf = async (name: 'api' | 'worker' | 'sweep') => {
  const start = starter.add(await functionBundle(name));
  const starts = Array.from({ length: 6 }, start).slice(1);
  return { cpuMs: median(starts.map((each) => each.cpu)), rssMb: median(starts.map((each) => each.rss)) / 2 ** 20 };
};
const starts = { api: await startOf('api'), worker: await startOf('worker'), sweep: await startOf('sweep') };

const invocation = (cpuMs: readonly number[], calls: number): Invocation => ({
  cpuMs: median(cpuMs),
  waitMs: calls * CALL_MS,
});
/** Of calls only those in a row count: what is asked side by side is waited for once. */
const kinds = [
  { of: 'worker', what: 'a batch of ten', at: invocation(cpu.ten, 2) },
  { of: 'worker', what: 'a batch of one', at: invocation(cpu.alone, 2) },
  { of: 'api', what: 'enqueue, one job', at: invocation(cpu.enqueue, 2) },
  { of: 'api', what: 'a list page', at: invocation(cpu.list, 2) },
  { of: 'sweep', what: 'a tick with nothing to do', at: invocation(cpu.sweep, 5) },
] as const;
const least = (of: keyof typeof starts) => starts[of].rssMb * ROOM;
const rows = kinds.map(({ of, what, at }) => [
  `${of}: ${what}`,
  at.cpuMs.toFixed(1),
  String(at.waitMs),
  ...SIZES_MB.map((mb) => `${billedMs(at, mb)} ms, $${millionDollars(at, mb).toFixed(3)}`),
  balancedMb(at, least(of)).toLocaleString('en'),
  String(MEMORY_MB[of]),
]);

publish(
  'performance',
  'memory-size',
  `Medians of ${ROUNDS} rounds: ${machine()}. Prices of ${PRICES_OF}, arm64. Assumed: a core of Lambda is as fast as one of this machine, and ${CALL_MS} ms a call of AWS. A cell has the billed time of an invocation, and
dollars a million for the time alone. Balanced: where price times time is least, of the sizes that have twice the room that a started process takes (${Object.entries(
    starts,
  )
    .map(([name, { rssMb }]) => `${name} ${rssMb.toFixed(0)} MB`)
    .join(', ')}).

${table(
  ['invocation', 'CPU ms', 'waits ms', ...SIZES_MB.map((mb) => `${mb.toLocaleString('en')} MB`), 'balanced', 'chosen'],
  rows,
  'left',
)}

Import to ready, by size, in ms (before it AWS starts the process and Node, at any size):

${table(
  ['function', 'CPU ms', ...SIZES_MB.map((mb) => `${mb.toLocaleString('en')} MB`)],
  Object.entries(starts).map(([name, { cpuMs }]) => [
    name,
    cpuMs.toFixed(0),
    ...SIZES_MB.map((mb) => stretched(cpuMs, mb).toFixed(0)),
  ]),
  'left',
)}`,
  {
    title: 'An invocation by memory size',
    unit: 'billed ms',
    series: SIZES_MB.map((mb) => `${mb.toLocaleString('en')} MB`),
    rows: kinds.map(({ of, what, at }) => ({
      label: `${of}: ${what}`,
      values: SIZES_MB.map((mb) => billedMs(at, mb)),
    })),
  },
);
