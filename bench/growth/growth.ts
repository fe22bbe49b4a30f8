/**
 * Whether what has been makes what comes dearer: `npm run bench:growth [-- rounds] [-- --small] [-- --write]`. The same operations in turn on
 * tables that hold few finished jobs, many, very many, and future ones on top: units and calls as AWS would bill them, and CPU time.
 * `--small` makes a tenth of the jobs.
 */
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { BOUNDS } from '../../lambdas/adapters/aws-clients.ts';
import { startTemporaryEmulator } from '../../test/temporary-emulator.ts';
import { startMeter, type Used } from '../cost/meter.ts';
import { type Stint, startStint } from '../cost/stint.ts';
import { machine, publish, table } from '../figures.ts';
import { countFromArguments, median } from '../statistics.ts';
import { fill, itemOf } from './seed.ts';

const ROUNDS = countFromArguments(3);
const PART = process.argv.includes('--small') ? 0.1 : 1;
/** Of finished jobs. With fewer than some hundred the pages of a list would not be full, and cheaper than any. */
const [FEW, MANY, VERY_MANY] = [300, 1_000, 100_000 * PART];
const FUTURE = 10_000 * PART;
const MOST_RATIO = 1.1;
/** How often an operation is done in a round for its CPU time. */
const TIMES = 15;

// For a query the emulator looks at each item of the table, in seconds: the functions' bound on a call would end it.
BOUNDS.requestHandler.requestTimeout = 600_000;

await using cleanup = new AsyncDisposableStack();
const emulator = await startTemporaryEmulator('bench-growth-emulator');
cleanup.defer(() => emulator.stop());
const meter = await startMeter(emulator.endpoint);
cleanup.defer(() => meter.close());
const client = new DynamoDBClient({
  endpoint: emulator.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

const enqueue = (stint: Stint, count: number, options: object = {}) =>
  stint.call('POST /jobs/batch', {
    jobs: Array.from({ length: count }, () => ({ task_name: 'plain', input: { n: 1 }, ...options })),
  });
const work = async (stint: Stint) => {
  for (const batch of await stint.receive()) await stint.work(batch);
};
/** A stack whose table holds so many finished jobs: the newest few were run, the others are copies of one. */
async function stackWith(name: string, finished: number): Promise<Stint> {
  const stint = await startStint(emulator.endpoint, meter.endpoint, name);
  await meter.of(async () => {
    await enqueue(stint, FEW);
    await work(stint);
  });
  await fill(client, stint.table, await itemOf(client, stint.table, 'complete'), finished - FEW);
  return stint;
}

/** Units of the table and requests of SQS: what is billed by the piece. */
const billed = ({ readUnits, writeUnits, sqsRequests }: Used) => readUnits + writeUnits + sqsRequests;
const callsOf = ({ calls }: Used) => Object.values(calls).reduce((sum, count) => sum + count, 0);
interface Operation {
  readonly what: string;
  /** It queries indexes, which takes the emulator seconds, and changes nothing: its CPU time is taken on the emulator's answers, given again. */
  readonly queries: boolean;
  readonly code: (stint: Stint) => Promise<unknown>;
}
const OPERATIONS: readonly Operation[] = [
  { what: '20 jobs enqueued', queries: false, code: (stint) => enqueue(stint, 20) },
  { what: '20 jobs run', queries: false, code: work },
  { what: 'list page of 20', queries: true, code: (stint) => stint.call('GET /jobs') },
  { what: 'a sweep', queries: true, code: (stint) => stint.sweep() },
  { what: 'stats', queries: true, code: (stint) => stint.call('GET /stats') },
];

/** An operation's figures, one for each time. */
interface Measured {
  readonly units: number[];
  readonly calls: number[];
  /** CPU milliseconds of this process: the functions and the meter, for the emulator has its own. */
  readonly cpu: number[];
}
type Stage = readonly Measured[];
const newStage = (): Stage => OPERATIONS.map(() => ({ units: [], calls: [], cpu: [] }));
async function measure(stint: Stint, stage: Stage): Promise<void> {
  const timed = async (operation: number, code: () => Promise<unknown>) => {
    const before = process.cpuUsage();
    await code();
    const { user, system } = process.cpuUsage(before);
    stage[operation]?.cpu.push((user + system) / 1000);
  };
  const used = async (operation: number, code: () => Promise<unknown>) => {
    const all = await meter.of(code);
    stage[operation]?.units.push(billed(all));
    stage[operation]?.calls.push(callsOf(all));
  };
  for (const [operation, { queries, code }] of OPERATIONS.entries())
    if (queries) {
      await used(operation, () => code(stint));
      for (let i = 0; i < TIMES; i++) await timed(operation, () => meter.again(() => code(stint)));
    }
  // A job that is enqueued is then run, so these two take turns.
  for (let i = 0; i < TIMES; i++)
    for (const [operation, { queries, code }] of OPERATIONS.entries())
      if (!queries) await timed(operation, () => used(operation, () => code(stint)));
}
/** How long the emulator takes for one page of an index: what is in the way of a figure on the clock. */
async function bareQuery({ table: TableName }: Stint): Promise<number> {
  const query = new QueryCommand({
    TableName,
    IndexName: 'by-task',
    KeyConditionExpression: 'by_task = :partition',
    ExpressionAttributeValues: { ':partition': { S: 'plain#0' } },
    ScanIndexForward: false,
    Limit: 20,
  });
  const began = performance.now();
  await client.send(query);
  return performance.now() - began;
}

const few = await stackWith('few', FEW);
for (let i = 0; i < 3; i++) await measure(few, newStage()); // code is compiled, connections are there
const many = await stackWith('many', MANY);
const veryMany = await stackWith('very-many', VERY_MANY);
const reference = newStage();
const [atMany, atVeryMany, withFuture] = [newStage(), newStage(), newStage()];
for (let round = 0; round < ROUNDS; round++) {
  await measure(few, reference);
  await measure(many, atMany);
  await measure(veryMany, atVeryMany);
}
const queries = [await bareQuery(few), await bareQuery(many), await bareQuery(veryMany)];
await meter.of(() => enqueue(few, 1, { delay_seconds: 86_400 }));
await fill(client, veryMany.table, await itemOf(client, few.table, 'queued'), FUTURE);
const referenceThen = newStage();
for (let round = 0; round < ROUNDS; round++) {
  await measure(few, referenceThen);
  await measure(veryMany, withFuture);
}
queries.push(await bareQuery(veryMany));

const stages = [
  { name: `${FEW} finished`, stage: reference, base: reference },
  { name: MANY.toLocaleString('en'), stage: atMany, base: reference },
  { name: VERY_MANY.toLocaleString('en'), stage: atVeryMany, base: reference },
  { name: `and ${FUTURE.toLocaleString('en')} future`, stage: withFuture, base: referenceThen },
];
/** Of CPU time the least of the rounds: what else the machine did only adds to it. */
const figureOf = (of: 'units' | 'calls' | 'cpu', values: readonly number[] = []) =>
  of === 'cpu' ? Math.min(...values) : median(values);
const ratio = (of: 'units' | 'calls' | 'cpu', operation: number, { stage, base }: (typeof stages)[number]) =>
  figureOf(of, stage[operation]?.[of]) / figureOf(of, base[operation]?.[of]);
const row = (what: string, of: 'units' | 'calls' | 'cpu', operation: number) => [
  what,
  ...stages.map((each) => {
    const value = figureOf(of, each.stage[operation]?.[of]);
    return `${value.toFixed(of === 'cpu' ? 1 : 0)} (${ratio(of, operation, each).toFixed(2)})`;
  }),
];
const verdict = (of: 'units' | 'calls' | 'cpu') =>
  OPERATIONS.every((_, i) => stages.every((each) => ratio(of, i, each) <= MOST_RATIO)) ? 'met' : 'MISSED';

publish(
  'performance',
  'growth',
  `${ROUNDS} rounds in turn: ${machine()}. CPU time is the least of the rounds; in brackets the ratio to the first column, measured in the same rounds. Goal: ≤ ${MOST_RATIO} × for units (${verdict('units')}), calls (${verdict('calls')}) and CPU time (${verdict('cpu')}).

${table(
  ['with jobs', ...stages.map(({ name }) => name)],
  [
    ...OPERATIONS.map(({ what }, i) => row(`${what}: units`, 'units', i)),
    ...OPERATIONS.map(({ what }, i) => row(`${what}: calls`, 'calls', i)),
    ...OPERATIONS.map(({ what }, i) => row(`${what}: CPU ms`, 'cpu', i)),
    ["the emulator's own, a page of an index: ms", ...queries.map((ms) => ms.toFixed(0))],
  ],
  'left',
)}`,
  {
    title: 'What operations cost as the table fills',
    unit: 'billed units',
    series: stages.map(({ name }) => name),
    rows: OPERATIONS.map(({ what: label }, i) => ({
      label,
      values: stages.map(({ stage }) => figureOf('units', stage[i]?.units)),
    })),
  },
);
// What is billed does not vary with the machine; CPU time does, and is told above.
if (verdict('units') !== 'met' || verdict('calls') !== 'met') process.exitCode = 1;
