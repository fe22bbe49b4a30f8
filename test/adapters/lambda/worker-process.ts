// A worker as Lambda runs it, for worker.test.ts: in a process of its own, its table in memory. Says what happens in lines of
// its own on standard output, beside its log.

import { DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Context, SQSEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { workerHandler } from '../../../lambdas/adapters/lambda/worker.ts';
import { newRecord } from '../../../lambdas/core/record.ts';
import { taskOf } from '../../world/task-of.ts';

process.on('unhandledRejection', () => process.exit(128)); // as the runtime does, before it loads a handler

const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const job = { queue: 'default', input: { json: '1' }, max_attempts: 3, created_at: 1, scheduled_at: 0 };

mockClient(SQSClient).resolves({});
mockClient(DynamoDBClient)
  .on(UpdateItemCommand)
  .callsFake(({ Key = {}, UpdateExpression = '', ExpressionAttributeValues = {} }: UpdateItemCommandInput) => {
    const pk = String(unmarshall(Key).pk);
    const { job_id: _, ...record } = newRecord(pk, pk, 'work', job);
    const values = unmarshall(ExpressionAttributeValues);
    const status = values[/#status = (:\w+)/.exec(UpdateExpression)?.[1] ?? ''] ?? 'active';
    if (status !== 'active') say({ job: pk, status, error: values[':error'] });
    const item = { pk, ...record, input: { json: JSON.stringify(pk) }, status, owner: 'me', attempt: 1 };
    return { Attributes: marshall(item, { removeUndefinedValues: true }) };
  });

const task = taskOf(
  async (ctx, input) => {
    say({ began: input });
    if (input === 'careless') void sleep(20).then(() => Promise.reject(new Error('nobody awaits me')));
    if (input === 'long') await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
    if (input === 'long') say({ told: ctx.signal.reason.reason });
    await sleep(100);
    return 'done';
  },
  { maxAttempts: 1 },
);

const handler = await workerHandler({
  tasks: [task],
  hooks: {
    startup: async () => {
      await sleep(10);
      say({ hook: 'startup' });
    },
    shutdown: [
      async () => {
        await sleep(10);
        say({ hook: 'shutdown' });
      },
      () => new Promise(() => undefined),
    ],
  },
});
say({ ready: handler.length });

for await (const text of process.stdin) {
  const Records = (String(text).trim().split(' ') ?? []).map((id) => ({
    messageId: id,
    receiptHandle: id,
    body: JSON.stringify({ v: 1, job_id: id, run: id, dispatch: 1, task_name: 'work' }),
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1' },
  }));
  void handler({ Records } as unknown as SQSEvent, { getRemainingTimeInMillis: () => 30_000 } as Context).then(say);
}
