import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, Context, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { apiLambda } from '../../lambdas/adapters/lambda/api.ts';
import { sweepHandler } from '../../lambdas/adapters/lambda/sweep.ts';
import { workerHandler } from '../../lambdas/adapters/lambda/worker.ts';
import { NonRetryableError } from '../../lambdas/core/errors.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { hooks } from '../../lambdas/hooks.ts';
import { queues } from '../../lambdas/queues.ts';
import { tableDefinition } from '../../test/contract/table-definition.ts';

/** A plain job does nothing, and its payloads are small; a failing one throws at its first attempt: for good, if its input says so. */
const tasks = [
  defineTask({ name: 'plain', input: z.unknown(), output: z.unknown(), run: () => ({ done: true }) }),
  defineTask({
    name: 'fails_once',
    input: z.unknown(),
    output: z.unknown(),
    backoff: { initialSeconds: 0, maxSeconds: 0 },
    run: ({ attempt }, input) => {
      if (input === 'for good') throw new NonRetryableError('never');
      if (attempt === 1) throw new Error('not yet');
      return { done: true };
    },
  }),
];

const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

/** The functions of the stack, in this process, on an emulator. */
export interface Stint {
  readonly table: string;
  call(methodAndPath: string, body?: unknown): Promise<Record<string, unknown>>;
  /** Messages as an event source mapping would hand them over, ten to an event. @returns its events */
  receive(): Promise<SQSRecord[][]>;
  work(batch: readonly SQSRecord[]): Promise<void>;
  sweep(): Promise<void>;
  /** A sweep looks at each dead letter: one that is to be measured alone must find none. */
  removeDeadLetters(): Promise<void>;
}

/**
 * Makes the stack's table and queues. Several may be on one emulator, each under a name of its own.
 * @param metered the endpoint that the functions' calls go to; the emulator's own serves what is AWS's work: to receive and delete
 */
export async function startStint(emulator: string, metered: string, name = 'stint'): Promise<Stint> {
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: metered,
  });
  const TableName = `${name}-jobs`;
  await new DynamoDBClient({ endpoint: emulator }).send(new CreateTableCommand({ TableName, ...tableDefinition() }));
  const sqs = new SQSClient({ endpoint: emulator, useQueueUrlAsEndpoint: false });
  const queue = async (kind: string) =>
    (await sqs.send(new CreateQueueCommand({ QueueName: `${name}-${kind}` }))).QueueUrl ?? '';
  const QueueUrl = await queue('default');
  const deadLetters = await queue('dead-letters');
  Object.assign(process.env, {
    STINT_TABLE_NAME: TableName,
    STINT_QUEUES: JSON.stringify({ default: QueueUrl }),
    STINT_DEAD_LETTERS_URL: deadLetters,
    UNDELIVERABLE_URL: await queue('undeliverable'),
    QUEUE_NAME: 'default',
    MAX_RECEIVE_COUNT: '100',
    MAX_WAITS: '3',
    STINT_AUTH: JSON.stringify({ mode: 'iam' }),
    LOG_LEVEL: 'INFO',
  });
  const api = apiLambda({ tasks, hooks });
  const worker = await workerHandler({ tasks, hooks });
  const sweep = sweepHandler({ tasks, hooks });
  return {
    table: TableName,
    async call(methodAndPath, body) {
      const answer = await api(eventOf(methodAndPath, body));
      if ((answer.statusCode ?? 500) >= 300) throw new Error(`${methodAndPath}: ${answer.statusCode} ${answer.body}`);
      return JSON.parse(answer.body ?? '');
    },
    async receive() {
      const batches: SQSRecord[][] = [];
      for (;;) {
        const MaxNumberOfMessages = queues.default.batchSize;
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages, MessageSystemAttributeNames: ['All'] }),
        );
        if (Messages.length === 0) return batches;
        const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
        await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
        batches.push(Messages.map(recordOf));
      }
    },
    async work(batch) {
      const { batchItemFailures } = await worker({ Records: [...batch] }, context);
      if (batchItemFailures.length > 0) throw new Error('A message was left.');
    },
    sweep: () => sweep({}, context),
    removeDeadLetters: async () => void (await sqs.send(new PurgeQueueCommand({ QueueUrl: deadLetters }))),
  };
}

function recordOf({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }: Message): SQSRecord {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes as unknown as SQSRecord['attributes'],
  } as SQSRecord;
}

/** As API Gateway sends it for a caller that has signed. */
function eventOf(methodAndPath: string, body: unknown): APIGatewayProxyEventV2 {
  const [method = '', target = ''] = methodAndPath.split(' ');
  const [rawPath = '', rawQueryString = ''] = target.split('?');
  const userArn = 'arn:aws:sts::000000000000:assumed-role/caller/session';
  return {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      requestId: 'gateway-1',
      http: { method, path: rawPath },
      authorizer: { iam: { accountId: '000000000000', userArn, userId: 'AROA:session', callerId: 'AROA:session' } },
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  } as unknown as APIGatewayProxyEventV2;
}
