/**
 * What Stint costs on AWS: `npm run bench:cost [-- --write]`. Its own functions in this process, on an emulator of their own, and
 * a meter between. Calls, units, SQS requests and log bytes are counted; what the functions' time would be on AWS is assumed.
 */
import { startTemporaryEmulator } from '../../test/temporary-emulator.ts';
import { publish, table } from '../figures.ts';
import { PRICES_OF } from '../prices.ts';
import { type Bill, billOf, dollars, LINE_OVERHEAD, parts, type Run, sum } from './bill.ts';
import { startMeter } from './meter.ts';
import { peers } from './peers.ts';
import { startStint } from './stint.ts';

/** In dollars, of a million plain jobs. */
const GOALS = { single: 4.75, batched: 2.9, writeUnits: 4 };

/**
 * Billed milliseconds of a warm invocation, rounded up from: two rounds of calls at 5 to 10 ms within a region, and the CPU
 * that bench:cpu measures, stretched by the function's share of a core (256 MB of 1,769).
 */
const ASSUMED_MS = { call: 20, batchOf100: 250, workerBatchOf10: 40, workerAlone: 20, list: 40, sweep: 200 };

const WAIT_SECONDS = 20;

await using cleanup = new AsyncDisposableStack();
const emulator = await startTemporaryEmulator('bench-cost-emulator');
cleanup.defer(() => emulator.stop());
const meter = await startMeter(emulator.endpoint);
cleanup.defer(() => meter.close());
const stint = await startStint(emulator.endpoint, meter.endpoint);

const rows: { readonly what: string; readonly bill: Bill }[] = [];
const measure = async (what: string, run: Run, code: () => Promise<unknown>): Promise<Bill> => {
  const used = await meter.of(code);
  const bill = billOf(used, run);
  rows.push({ what, bill });
  return bill;
};
const enqueue = (task: string, body: object = {}) =>
  stint.call(`POST /tasks/${task}/jobs`, { input: { n: 1 }, ...body });
const enqueueMany = (count: number, task_name = 'plain') =>
  stint.call('POST /jobs/batch', { jobs: Array.from({ length: count }, () => ({ task_name, input: { n: 1 } })) });
const received = async (jobs: number) => {
  const batches = await stint.receive();
  const [batch = []] = batches;
  if (batches.length !== Math.ceil(jobs / 10) || batch.length !== Math.min(jobs, 10))
    throw new Error(`Messages of ${jobs} jobs came as ${batches.map(({ length }) => length)}.`);
  return batches;
};
const workAll = async (batches: Awaited<ReturnType<typeof received>>) => {
  for (const batch of batches) await stint.work(batch);
};

await meter.of(() => enqueue('plain')); // sets up connections, and runs the startup hooks
await meter.of(async () => workAll(await received(1)));

const single = await measure('enqueue, one job', { api: 1, ms: ASSUMED_MS.call }, () => enqueue('plain'));
const [alone = []] = await received(1);
const runAlone = await measure('run, a batch of one', { worker: 1, ms: ASSUMED_MS.workerAlone }, () =>
  stint.work(alone),
);
const batched = await measure('enqueue, a job of 100', { api: 1, ms: ASSUMED_MS.batchOf100, per: 100 }, () =>
  enqueueMany(100),
);
const hundred = await received(100);
const run = await measure(
  'run, a job of full batches of 10',
  { worker: 10, ms: 10 * ASSUMED_MS.workerBatchOf10, per: 100 },
  () => workAll(hundred),
);
await meter.of(() => enqueueMany(10, 'fails_once'));
const failing = await received(10);
await measure('an attempt that fails and is retried', { worker: 1, ms: ASSUMED_MS.workerBatchOf10, per: 10 }, () =>
  workAll(failing),
);
await meter.of(async () => workAll(await received(10)));

await measure('schedule, in more than 15 minutes', { api: 1, ms: ASSUMED_MS.call }, () =>
  enqueue('plain', { delay_seconds: 3_600 }),
);
for (let i = 1; i < 20; i++) await meter.of(() => enqueue('plain', { delay_seconds: 3_600 }));
const now = Date.now;
Date.now = () => now() + 3_500_000; // the sweep sends them, some moments ahead of their time
await measure('a sweep that sends 20 of these, each of 20', { ms: ASSUMED_MS.sweep, per: 20 }, () => stint.sweep());
Date.now = now;

const { job_id: sought } = await firstOf(await stint.call('GET /jobs?limit=1'));
await measure('get a job', { api: 1, ms: ASSUMED_MS.call }, () => stint.call(`GET /jobs/${sought}`));
await measure('list page of 20 jobs, two tasks', { api: 1, ms: ASSUMED_MS.list }, () => stint.call('GET /jobs'));
await meter.of(() => enqueue('plain', { delay_seconds: 600 }));
const { job_id: waiting } = await firstOf(await stint.call('GET /jobs?limit=1'));
await measure(`long poll, ${WAIT_SECONDS} s waited`, { api: 1, ms: WAIT_SECONDS * 1000 }, () =>
  stint.call(`GET /jobs/${waiting}?wait=${WAIT_SECONDS}`),
);

async function firstOf(page: Record<string, unknown>): Promise<{ job_id: string }> {
  const [first] = page.jobs as { job_id: string }[];
  if (first === undefined) throw new Error('The list is empty.');
  return first;
}

const million = (each: number) => `$${(each * 1e6).toFixed(2)}`;
const whole = { single: sum(single, run), batched: sum(batched, run), alone: sum(single, runAlone) };
const verdict = (value: number, goal: number) => (value <= goal ? 'met' : 'MISSED');
const shown = (bill: Bill) => {
  const { api, requests, time, sqs, table, logs } = parts(bill);
  return [dollars(bill), api, requests, time, sqs, table, logs].map(million);
};
const goals = [
  ['enqueued one by one, run in full batches', whole.single, GOALS.single],
  ['enqueued by the hundred, run in full batches', whole.batched, GOALS.batched],
  ['enqueued one by one, each run alone', whole.alone, undefined],
] as const;
const round = (value: number) => String(Math.round(value * 100) / 100);
const others = peers({ single, batched, run });
const stintMillions = { single: dollars(whole.single), batched: dollars(whole.batched) };

publish(
  'performance',
  'cost',
  `List prices of us-east-1 of ${PRICES_OF}, no free tier, in \`bench/prices.ts\`. arm64; API at 256 MB, worker at 512 MB, sweep at 256 MB; HTTP API with IAM; log level INFO, the platform's own at WARN. Jobs
of one task, a no-op, without user, project or key; records below 1 KB. Counted: calls and bytes on the wire, DynamoDB's consumed capacity (of the emulator), log lines with ${LINE_OVERHEAD} bytes each on top. Assumed: billed
time of warm functions, ${ASSUMED_MS.call} ms a call of the API, ${ASSUMED_MS.batchOf100} ms a batch of 100, ${ASSUMED_MS.workerBatchOf10} ms a worker's batch of ten, ${ASSUMED_MS.workerAlone} ms a batch of one, ${ASSUMED_MS.list} ms a list, ${ASSUMED_MS.sweep} ms a sweep. Left out: cold starts, data sent to the internet, storage, polling of idle
queues (\`npm run bench:idle\`).

A million plain jobs, in dollars:

${table(
  ['a million plain jobs', 'dollars', 'gateway', 'invocations', 'GB-seconds', 'SQS', 'table', 'logs', 'goal', ''],
  goals.map(([what, bill, goal]) => [
    what,
    ...shown(bill),
    goal === undefined ? '' : `≤ $${goal.toFixed(2)}`,
    goal === undefined ? 'no goal' : verdict(dollars(bill) * 1e6, goal),
  ]),
  'left',
)}

Write units of a plain job: ${round(whole.single.writeUnits)} (goal ${GOALS.writeUnits}: ${verdict(whole.single.writeUnits, GOALS.writeUnits)}). The goals are of a queue that has work: its batches fill. Where messages come one at a time, each pays for its own receive, delete and invocation,
as in any system on SQS: the third line.

What each operation takes, and costs in all:

${table(
  ['operation', 'AWS calls', 'read units', 'write units', 'SQS requests', 'GB-seconds', 'log bytes', 'a million'],
  rows.map(({ what, bill }) => [
    what,
    ...[bill.calls, bill.readUnits, bill.writeUnits, bill.sqsRequests].map(round),
    bill.gbSeconds.toFixed(5),
    bill.logBytes.toFixed(0),
    million(dollars(bill)),
  ]),
  'left',
)}

AWS calls are those of the functions; SQS requests include the receive and the delete that Lambda makes for a batch.

The same job by other means, by the same arithmetic and prices, a million:

${table(
  ['by', 'one by one', 'ratio', 'by the hundred', 'ratio'],
  [
    ['Stint', million(stintMillions.single), '1.00', million(stintMillions.batched), '1.00'],
    ...others.map((peer) => [
      peer.name,
      million(peer.single),
      (peer.single / stintMillions.single).toFixed(2),
      million(peer.batched),
      (peer.batched / stintMillions.batched).toFixed(2),
    ]),
  ],
  'left',
)}

${others.map(({ name, is }) => `- ${name}: ${is}.`).join('\n')}`,
);
if (dollars(whole.single) * 1e6 > GOALS.single || dollars(whole.batched) * 1e6 > GOALS.batched) process.exitCode = 1;
