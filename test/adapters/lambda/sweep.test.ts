import {
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sweepHandler } from '../../../lambdas/adapters/lambda/sweep.ts';
import { newRecord } from '../../../lambdas/core/record.ts';
import { taskOf } from '../../world/task-of.ts';

const listeners = process.listeners('unhandledRejection');
const table = mockClient(DynamoDBClient);
const sqs = mockClient(SQSClient);
const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('STINT_TABLE_NAME', 'jobs');
  vi.stubEnv('STINT_QUEUES', '{"default":"https://sqs.us-east-1.amazonaws.com/1/default"}');
  vi.stubEnv('STINT_DEAD_LETTERS_URL', 'https://sqs.us-east-1.amazonaws.com/1/dead');
  vi.stubEnv('LOG_LEVEL', 'ERROR');
  table.reset();
  sqs.reset();
  table.on(QueryCommand).resolves({ Items: [] });
  sqs.on(ReceiveMessageCommand).resolves({});
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.removeAllListeners('unhandledRejection');
  for (const listener of listeners) process.on('unhandledRejection', listener);
});
afterAll(() => {
  table.restore(); // the clients of every file that shares their module
  sqs.restore();
});

test('a tick with nothing to do looks at every shard and at dead-letters, and writes nothing', async () => {
  await sweepHandler({ tasks: [taskOf()], hooks: {} })({}, context);
  expect(
    table.commandCalls(QueryCommand).map((call) => call.args[0].input.ExpressionAttributeValues?.[':shard']?.N),
  ).toEqual(['0', '1', '2', '3']);
  expect(sqs.commandCalls(ReceiveMessageCommand)).toHaveLength(1);
  expect([table.commandCalls(UpdateItemCommand).length, table.commandCalls(PutItemCommand).length]).toEqual([0, 0]);
});

/** A job of the table that is due. */
function dueJob() {
  const job = { queue: 'default', input: { json: '1' }, max_attempts: 3, created_at: 1, scheduled_at: 2 };
  const { job_id: pk, ...record } = { ...newRecord('job-1', 'job-1', 'work', job), due_at: 2 };
  const item = marshall({ pk, ...record }, { removeUndefinedValues: true });
  table
    .on(QueryCommand)
    .resolvesOnce({ Items: [{ pk: { S: pk } }] })
    .resolves({ Items: [] });
  table.on(GetItemCommand).resolves({ Item: item });
  table.on(UpdateItemCommand).resolves({ Attributes: item });
  table.on(PutItemCommand).resolves({});
}

const every = taskOf(undefined, { schedules: [{ cron: '* * * * *', input: 1 }] });

test('a tick sends what is due', async () => {
  dueJob();
  sqs.on(SendMessageCommand).resolves({});

  await sweepHandler({ tasks: [taskOf()], hooks: {} })({}, context);

  const [sent] = sqs.commandCalls(SendMessageCommand);
  expect(JSON.parse(sent!.args[0].input.MessageBody ?? '')).toMatchObject({ job_id: 'job-1', dispatch: 1 });
  expect(table.commandCalls(UpdateItemCommand)[0]!.args[0].input.UpdateExpression).toBe('REMOVE #due_at');
});

test('a tick makes the jobs of schedules that are near', async () => {
  table.on(PutItemCommand).resolves({});
  sqs.on(SendMessageCommand).resolves({});

  await sweepHandler({ tasks: [every], hooks: {} })({}, context);

  expect(table.commandCalls(PutItemCommand).length).toBeGreaterThan(0);
});

test('a tick that fails is a failed invocation, so that the function’s error metric counts it', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  table.on(QueryCommand).rejects(new ProvisionedThroughputExceededException({ $metadata: {}, message: 'no' }));

  await expect(sweepHandler({ tasks: [taskOf()], hooks: {} })({}, context)).rejects.toMatchObject({
    code: 'unavailable',
  });

  expect(write.mock.calls.map(([line]) => JSON.parse(String(line)))).toMatchObject([
    { level: 'ERROR', message: 'sweep failed, the next tick goes on' },
  ]);
});

test('what is due is sent before a schedule runs a hook', async () => {
  dueJob();
  const order: string[] = [];
  sqs.on(SendMessageCommand).callsFake(({ MessageBody = '' }) => {
    order.push(JSON.parse(MessageBody).job_id === 'job-1' ? 'due' : 'tick');
    return {};
  });

  await sweepHandler({ tasks: [every], hooks: { beforeEnqueue: () => void order.push('hook') } })({}, context);

  expect(order[0]).toBe('due');
  expect(order).toEqual(expect.arrayContaining(['hook', 'tick']));
});

test('each part is done although another fails', async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  table.on(QueryCommand).rejects(new ProvisionedThroughputExceededException({ $metadata: {}, message: 'no' }));
  table.on(PutItemCommand).resolves({});
  sqs.on(SendMessageCommand).resolves({});

  await expect(sweepHandler({ tasks: [every], hooks: {} })({}, context)).rejects.toThrow('did not answer');

  expect(table.commandCalls(PutItemCommand).length).toBeGreaterThan(0);
  expect(sqs.commandCalls(ReceiveMessageCommand)).toHaveLength(1);
});

test('a promise that a hook lets go, and that fails, is logged, and ends neither the process nor the sweep', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  table.on(PutItemCommand).resolves({});
  sqs.on(SendMessageCommand).resolves({});
  const exit = vi.fn();
  process.on('unhandledRejection', exit); // as the runtime's own, which is there before
  const beforeEnqueue = () => void Promise.reject(new Error('nobody awaits me'));

  await sweepHandler({ tasks: [every], hooks: { beforeEnqueue } })({}, context);
  await new Promise((resolve) => setTimeout(resolve, 0));

  expect(write.mock.calls.map(([line]) => JSON.parse(String(line)))).toContainEqual(
    expect.objectContaining({ level: 'ERROR', message: 'a promise failed that nobody awaits' }),
  );
  expect(exit).not.toHaveBeenCalled();
  expect(table.commandCalls(PutItemCommand).length).toBeGreaterThan(0);
});

test('a function whose environment is incomplete says what to do as it loads', () => {
  vi.stubEnv('STINT_TABLE_NAME', '');
  expect(() => sweepHandler({ tasks: [], hooks: {} })).toThrow(
    'The environment variable STINT_TABLE_NAME is not set: deploy the stack again',
  );
});
