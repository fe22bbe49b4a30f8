import {
  DeleteMessageCommand,
  InvalidMessageContents,
  OverLimit,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  RequestThrottled,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { sqsDeadLetters, sqsQueues } from '../../../lambdas/adapters/sqs/queues.ts';

const urls = { default: 'https://sqs/default', slow: 'https://sqs/slow' };

function setup() {
  const client = new SQSClient({});
  const aws = mockClient(client);
  return {
    aws,
    queues: sqsQueues(client, urls, 'https://sqs/dead'),
    deadLetters: sqsDeadLetters(client, 'https://sqs/dead'),
  };
}

const meta = { $metadata: {}, message: 'no' };
const errors: [string, Error, 'unavailable' | 'internal'][] = [
  ['throttled', new RequestThrottled(meta), 'unavailable'],
  ['over a limit', new OverLimit(meta), 'unavailable'],
  ['a timeout', Object.assign(new Error('timed out'), { name: 'TimeoutError' }), 'unavailable'],
  ['a broken connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'unavailable'],
  ['no queue', new QueueDoesNotExist(meta), 'internal'],
  ['characters that it refuses', new InvalidMessageContents(meta), 'internal'],
];

test('a message is sent to its queue with its delay', async () => {
  const { aws, queues } = setup();
  aws.on(SendMessageCommand).resolves({});
  await queues.send('slow', 'a', 7);
  expect(aws.call(0).args[0].input).toEqual({ QueueUrl: 'https://sqs/slow', MessageBody: 'a', DelaySeconds: 7 });
});

test('an envelope carries its reason for people, in characters that SQS takes', async () => {
  const { aws, queues } = setup();
  aws.on(SendMessageCommand).resolves({});
  for (const reason of ['no such file', 'a\u0000b\uFFFEc\uD800', '', 'x'.repeat(5_000)]) await queues.bury('a', reason);
  const reasons = aws.calls().map(({ args }) => {
    const { MessageAttributes, ...input } = args[0].input as {
      MessageAttributes?: { reason: { StringValue: string } };
    };
    expect(input).toEqual({ QueueUrl: 'https://sqs/dead', MessageBody: 'a' });
    return MessageAttributes?.reason.StringValue;
  });
  expect(reasons).toEqual(['no such file', 'a?b?c?', 'failed', 'x'.repeat(1_000)]);
});

test('an envelope near 1 MiB has no reason beside it: together they would be too large', async () => {
  const { aws, queues } = setup();
  aws.on(SendMessageCommand).resolves({});
  await queues.bury('x'.repeat(1024 * 1024), 'no such file');
  expect(aws.call(0).args[0].input).not.toHaveProperty('MessageAttributes');
});

test.each(errors)('what gets %s is not sent, buried, received or removed', async (_what, error, code) => {
  const { aws, queues, deadLetters } = setup();
  aws.onAnyCommand().rejects(error);
  const told = { name: 'StintError', code, message: expect.stringContaining(error.message), cause: error };
  await expect(queues.send('default', 'a', 0)).rejects.toMatchObject(told);
  await expect(queues.bury('a', 'x')).rejects.toMatchObject(told);
  await expect(deadLetters.receive()).rejects.toMatchObject(told);
  aws.on(ReceiveMessageCommand).resolves({ Messages: [{ Body: 'a', ReceiptHandle: 'r' }] });
  const [held] = await deadLetters.receive();
  await expect(held!.remove()).rejects.toMatchObject(told);
});

test('dead-letters are looked at ten at a time, for a few seconds, and removed by their receipt', async () => {
  const { aws, deadLetters } = setup();
  aws.on(ReceiveMessageCommand).resolvesOnce({
    Messages: [
      { Body: 'a', ReceiptHandle: 'r-1' },
      { Body: 'b', ReceiptHandle: 'r-2' },
    ],
  });
  aws.on(DeleteMessageCommand).resolves({});

  const held = await deadLetters.receive();
  await held[1]!.remove();

  expect(held.map(({ body }) => body)).toEqual(['a', 'b']);
  expect(aws.call(0).args[0].input).toMatchObject({ MaxNumberOfMessages: 10, WaitTimeSeconds: 0 });
  expect(aws.call(1).args[0].input).toEqual({ QueueUrl: 'https://sqs/dead', ReceiptHandle: 'r-2' });
});

test('an empty dead-letters has nothing to show', async () => {
  const { aws, deadLetters } = setup();
  aws.on(ReceiveMessageCommand).resolves({});
  expect(await deadLetters.receive()).toEqual([]);
});
