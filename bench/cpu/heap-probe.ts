/** The process in which heap.ts measures: AWS is stubbed as in cpu.ts, and ours and the thinnest handler take turns. Prints JSON. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { itemClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb/job-store.ts';
import { pocTestTask } from '../../lambdas/tasks/poc-test-task.ts';
import { median } from '../statistics.ts';
import type { Allocations } from './heap.ts';
import { newScene, recordedUpdates, stubbedSettings } from './stub.ts';
import { byDocuments, thinnest } from './thinnest.ts';
import { eventOf, storeThatAnswersAtOnce, workerOn } from './worker.ts';

const ROUNDS = 11;
const BATCHES = 20;
const BATCH = 10;

const { gc } = globalThis;
if (gc === undefined) throw new Error('It needs the flags that heap.ts gives it.');

const scene = await newScene(pocTestTask, { message: 'Hello' });
const event = eventOf(scene, BATCH);
const settings = stubbedSettings(scene);
const items = itemClient(settings);
const ours = workerOn(dynamoDbJobStore(items, 'jobs'), pocTestTask);
const one: SQSEvent = { Records: event.Records.slice(0, 1) };
const [claim, finish] = (await recordedUpdates(items, () => ours(one))) as [UpdateCommandInput, UpdateCommandInput];
const documents = DynamoDBDocumentClient.from(new DynamoDBClient(settings));
const handlers: Record<keyof Allocations, (event: SQSEvent) => Promise<SQSBatchResponse>> = {
  ours,
  thinnest: thinnest(byDocuments(documents), () => [claim, finish]),
  engine: workerOn(storeThatAnswersAtOnce(scene), pocTestTask),
};

async function kilobytesAJob(handler: (event: SQSEvent) => Promise<SQSBatchResponse>): Promise<number> {
  gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < BATCHES; i++) {
    const { batchItemFailures } = await handler(event);
    if (batchItemFailures.length > 0) throw new Error('A message was left.');
  }
  return (process.memoryUsage().heapUsed - before) / (BATCHES * BATCH) / 1000;
}

const taken = { ours: [], thinnest: [], engine: [] } as Record<keyof Allocations, number[]>;
for (let round = -10; round < ROUNDS; round++)
  for (const [name, handler] of Object.entries(handlers) as [keyof Allocations, (typeof handlers)['ours']][]) {
    const kilobytes = await kilobytesAJob(handler);
    if (round >= 0) taken[name].push(kilobytes); // before, code is compiled
  }
const medians = Object.fromEntries(Object.entries(taken).map(([name, all]) => [name, Math.round(median(all))]));
console.log(JSON.stringify(medians));
