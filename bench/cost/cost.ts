/**
 * What Stint costs on AWS: `npm run bench:cost [-- --write | --metrics]`. Its own functions in this process, on an emulator of their own, and
 * a meter between. With `--metrics` the log lines that carry the metrics of each task are counted, too. Calls, units, SQS requests and log bytes are counted; what the functions' time would be on AWS is assumed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publish, table } from '../figures.ts';
import { PRICES_OF } from '../prices.ts';
import { type Bill, dollars, LINE_OVERHEAD, parts, sum } from './bill.ts';
import { ASSUMED_MS, MEMORY_MB, measureOperations, type OperationName } from './operations.ts';
import { peers } from './peers.ts';

/** In dollars, of a million plain jobs. */
const GOALS = { single: 4.75, batched: 2.9, writeUnits: 4 };

if (process.argv.includes('--metrics')) process.env.STINT_METRICS_NAMESPACE = 'Stint/stint-prod/Jobs';
const operations = await measureOperations();
if (process.argv.includes('--write') && !process.argv.includes('--metrics'))
  writeFileSync(
    join(import.meta.dirname, 'measured.json'),
    `${JSON.stringify({ memoryMb: MEMORY_MB, operations: Object.fromEntries(operations.map(({ name, ...measured }) => [name, measured])) }, null, 2)}\n`,
  );
const billed = (name: OperationName): Bill => {
  const found = operations.find((operation) => operation.name === name);
  if (found === undefined) throw new Error(`${name} was not measured.`);
  return found.bill;
};
const [single, batched, run] = [billed('enqueue'), billed('enqueueOfHundred'), billed('run')];

const million = (each: number) => `$${(each * 1e6).toFixed(2)}`;
const whole = { single: sum(single, run), batched: sum(batched, run), alone: sum(single, billed('runAlone')) };
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
  operations.map(({ what, bill }) => [
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
  {
    title: 'A million plain jobs',
    unit: 'dollars',
    digits: 2,
    series: ['enqueued one by one', 'by the hundred'],
    rows: [{ name: 'Stint', ...stintMillions }, ...others].map((way) => ({
      label: way.name,
      values: [way.single * 1e6, way.batched * 1e6],
    })),
  },
);
if (dollars(whole.single) * 1e6 > GOALS.single || dollars(whole.batched) * 1e6 > GOALS.batched) process.exitCode = 1;
