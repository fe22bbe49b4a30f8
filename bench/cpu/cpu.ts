/**
 * CPU time of a job in the worker: `npm run bench:cpu [-- rounds] [-- --write]`. AWS is stubbed below the SDK's clients, so that all of
 * theirs and ours runs but the socket; ours and the thinnest handler take turns in one process.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import en from 'zod/v4/locales/en.js';
import { itemClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb/job-store.ts';
import { Sha256 } from '../../lambdas/adapters/signing.ts';
import type { JobStore } from '../../lambdas/core/ports.ts';
import { pocTestTask } from '../../lambdas/tasks/poc-test-task.ts';
import { machine, publish, table } from '../figures.ts';
import { countFromArguments, median, quantile, ratioOf } from '../statistics.ts';
import { byHand, claimsAtOnce } from './declined.ts';
import { POWERTOOLS, powertools } from './powertools.ts';
import { answering, newScene, recordedUpdates, sink, stubbedSettings } from './stub.ts';
import { byDocuments, byItems, leastCalls, thinnest } from './thinnest.ts';
import { eventOf, storeThatAnswersAtOnce, workerOn } from './worker.ts';

const ROUNDS = countFromArguments(25);
const BATCHES = 100;
const BATCH = 10;
/** Times that of the thinnest handler. The engine's goal is 30 µs on a machine where the thinnest takes 278; on a slower one both take longer. */
const GOALS = { ours: 1, engine: 30 / 278 };

z.config(en());
const scene = await newScene(pocTestTask, { message: 'Hello' });
const settings = stubbedSettings(scene);
const documents = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
const items = itemClient(settings);
const event = eventOf(scene, BATCH);

/** What the engine asks of its store for a job, and nothing else of the engine. */
async function storeAlone({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  await Promise.all(
    Records.map(async () => {
      for (const write of writes) await store.apply(...write);
      sink.write('');
    }),
  );
  return { batchItemFailures: [] };
}

const store = dynamoDbJobStore(items, 'jobs');
const ours = workerOn(store, pocTestTask);
const engineAlone = workerOn(storeThatAnswersAtOnce(scene), pocTestTask);
const one: SQSEvent = { Records: event.Records.slice(0, 1) };
const [claim, finish] = await recordedUpdates(items, () => ours(one));
const writes: Parameters<JobStore['apply']>[] = [];
const noting: JobStore['apply'] = (...write) => {
  writes.push(write as never);
  return store.apply(...write);
};
await workerOn({ ...store, apply: noting }, pocTestTask)(one);
if (claim === undefined || finish === undefined) throw new Error('The worker did not make two calls.');

/** The claims of a batch alone, each a call of its own. */
async function claimsOneByOne({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  await Promise.all(
    Records.map(async () => {
      await byItems(items)(claim as UpdateCommandInput);
      sink.write('');
    }),
  );
  return { batchItemFailures: [] };
}

const peer = await powertools(settings, byDocuments(documents), () => [claim, finish]);

interface Subject {
  readonly name: string;
  readonly handler: (event: SQSEvent) => Promise<SQSBatchResponse>;
  /** Microseconds of a job, by round. */
  readonly times: number[];
}
const subject = (name: string, handler: Subject['handler']): Subject => ({ name, handler, times: [] });
const sameCalls = (name: string, client: DynamoDBClient) =>
  subject(
    name,
    thinnest(byItems(client), () => [claim, finish]),
  );
const subjects = {
  thinnest: subject(
    'thinnest handler, the same two calls',
    thinnest(byDocuments(documents), () => [claim, finish]),
  ),
  ours: subject('Stint: hooks, validation, fencing, deadline, log, metrics', ours),
  least: subject('thinnest handler, two calls as short as can be', thinnest(byDocuments(documents), leastCalls)),
  store: subject("Stint's job store alone, the same two writes", storeAlone),
  plain: sameCalls('same two calls by the low-level client', new DynamoDBClient(settings)),
  cached: sameCalls('… its middleware put together once', new DynamoDBClient({ ...settings, cacheMiddleware: true })),
  hashed: sameCalls('… and keys kept', new DynamoDBClient({ ...settings, cacheMiddleware: true, sha256: Sha256 })),
  signed: sameCalls('… and one signer: the client of the job store', items),
  powertools: subject('Powertools batch, the same two calls', peer.batch),
  idempotent: subject('Powertools batch and idempotency, two calls of its own', peer.idempotent),
  byHand: subject(
    'declined: same two calls signed by hand, without the SDK',
    thinnest(byHand(answering(scene)), () => [claim, finish]),
  ),
  claims: subject("the claims of a batch alone, by the job store's client", claimsOneByOne),
  claimsAtOnce: subject('declined: these claims in one BatchExecuteStatement', claimsAtOnce(items)),
  engine: subject("Stint's engine alone, on a store that answers at once", engineAlone),
};
for (let round = -3; round < ROUNDS; round++)
  for (const { name, handler, times } of Object.values(subjects)) {
    sink.lines = 0;
    const before = process.cpuUsage();
    for (let i = 0; i < BATCHES; i++) {
      const { batchItemFailures } = await handler(event);
      if (batchItemFailures.length > 0) throw new Error(`${name} left a message.`);
    }
    const { user, system } = process.cpuUsage(before);
    if (sink.lines !== BATCHES * BATCH) throw new Error(`${name} wrote ${sink.lines} lines.`);
    if (round >= 0) times.push((user + system) / (BATCHES * BATCH)); // the first rounds are the compiler's
  }

const againstThinnest = ({ times }: Subject) => ratioOf(times, subjects.thinnest.times);
const isMet = (name: keyof typeof GOALS) => againstThinnest(subjects[name]) <= GOALS[name];
const verdict = (name: keyof typeof GOALS) => `≤ ${GOALS[name].toFixed(2)} × ${isMet(name) ? 'met' : 'MISSED'}`;
const goals = new Map([
  [subjects.ours, verdict('ours')],
  [subjects.engine, verdict('engine')],
]);

publish(
  'performance',
  'cpu',
  `${ROUNDS} rounds of ${BATCHES * BATCH} jobs of \`poc_test_task\` each, in turn, in batches of ${BATCH}: ${machine()}. CPU time of the whole process; ratios are
medians of pairs of one round. The engine's goal is 30 µs on a machine where the thinnest handler takes 278. ${POWERTOOLS}.

${table(
  ['a job in the worker', 'µs (median)', '10 % to 90 %', 'ratio', 'goal'],
  Object.values(subjects).map((each) => [
    each.name,
    median(each.times).toFixed(0),
    `${quantile(each.times, 0.1).toFixed(0)}–${quantile(each.times, 0.9).toFixed(0)}`,
    againstThinnest(each).toFixed(2),
    goals.get(each) ?? '',
  ]),
  'left',
)}`,
  {
    title: 'A job in the worker',
    unit: 'µs of the processor',
    rows: Object.values(subjects).map((each) => ({ label: each.name, values: [median(each.times)] })),
  },
);
if (!isMet('ours') || !isMet('engine')) process.exitCode = 1;
