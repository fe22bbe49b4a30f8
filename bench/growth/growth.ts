/**
 * Whether what has been makes what comes dearer: `npm run bench:growth [-- jobs] [-- --write]`. The same operations on a table with no
 * job, with so many finished ones, and with as many future ones on top; units and calls as AWS would bill them.
 */
import { startTemporaryEmulator } from '../../test/temporary-emulator.ts';
import { startMeter, type Used } from '../cost/meter.ts';
import { startStint } from '../cost/stint.ts';
import { publish, table } from '../figures.ts';

const JOBS = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 1_000);
const WAVE = 500;
const MOST_RATIO = 1.1;

await using cleanup = new AsyncDisposableStack();
const emulator = await startTemporaryEmulator('bench-growth-emulator');
cleanup.defer(() => emulator.stop());
const meter = await startMeter(emulator.endpoint);
cleanup.defer(() => meter.close());
const stint = await startStint(emulator.endpoint, meter.endpoint);

const enqueue = (count: number, options: object = {}) =>
  stint.call('POST /jobs/batch', {
    jobs: Array.from({ length: count }, () => ({ task_name: 'plain', input: { n: 1 }, ...options })),
  });
const work = async () => {
  for (const batch of await stint.receive()) await stint.work(batch);
};
const inWaves = async (wave: (count: number) => Promise<unknown>) => {
  for (let done = 0; done < JOBS; done += WAVE) await wave(Math.min(WAVE, JOBS - done));
};

/** Units of the table and requests of SQS: what is billed by the piece. */
const billed = ({ readUnits, writeUnits, sqsRequests }: Used) => readUnits + writeUnits + sqsRequests;
const OPERATIONS: readonly (readonly [what: string, code: () => Promise<unknown>])[] = [
  ['20 jobs enqueued', () => enqueue(20)],
  ['20 jobs run', work],
  ['list page of 20', () => stint.call('GET /jobs')],
  ['a sweep', () => stint.sweep()],
  ['stats', () => stint.call('GET /stats')],
];
const stages: { readonly name: string; readonly units: readonly number[] }[] = [];
const stage = async (name: string) => {
  const units: number[] = [];
  for (const [, code] of OPERATIONS) units.push(billed(await meter.of(code)));
  stages.push({ name, units });
};

await meter.of(async () => {
  await enqueue(300); // pages are full from the start: an empty list is cheaper than any
  await work();
});
await stage('300 finished');
await meter.of(() =>
  inWaves(async (count) => {
    await enqueue(count);
    await work();
  }),
);
await stage(`${(300 + JOBS).toLocaleString('en')} finished`);
await meter.of(() => inWaves((count) => enqueue(count, { delay_seconds: 86_400 })));
// The newest page is of finished jobs again, as it was.
await meter.of(async () => {
  await enqueue(300);
  await work();
});
await stage(`and ${JOBS.toLocaleString('en')} future`);

const [first] = stages;
const ratios = stages.map(({ units }) => units.map((each, i) => each / (first?.units[i] ?? Number.NaN)));
const met = ratios.flat().every((ratio) => ratio <= MOST_RATIO);
publish(
  'performance',
  'growth',
  `${JOBS.toLocaleString('en')} jobs a step. Read units, write units and SQS requests together, of which none varies with the machine; in brackets the ratio to the first column. Goal: ≤ ${MOST_RATIO} ×, ${met ? 'met' : 'MISSED'}.

${table(
  ['with jobs', ...stages.map(({ name }) => name)],
  OPERATIONS.map(([what], i) => [
    what,
    ...stages.map(({ units }, at) => `${Math.round((units[i] ?? 0) * 10) / 10} (${ratios[at]?.[i]?.toFixed(2)})`),
  ]),
  'left',
)}`,
);
if (!met) process.exitCode = 1;
