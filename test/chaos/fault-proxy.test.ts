import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test } from 'vitest';
import { FAULTS, type Fault, openFaultProxy } from './fault-proxy.ts';
import { type Random, seeded } from './random.ts';

/** A proxy before a server that takes every call, and draws this fault for each, to the last of the SDK's tries. */
async function setup(fault: Fault | undefined) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    request.resume().on('end', () => {
      calls.push(operation);
      response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify({ MessageId: 'm' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const proxy = await openFaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, drawing(fault));
  onTestFinished(() => proxy.close());
  proxy.start();
  const options = {
    endpoint: proxy.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 3,
  };
  const dynamoDb = new DynamoDBClient(options);
  const sqs = new SQSClient({ ...options, useQueueUrlAsEndpoint: false, md5: false });
  onTestFinished(() => {
    dynamoDb.destroy();
    sqs.destroy();
  });
  const get = () => dynamoDb.send(new GetItemCommand({ TableName: 'table', Key: { pk: { S: 'job' } } }));
  const send = () => sqs.send(new SendMessageCommand({ QueueUrl: 'http://localhost/0/queue', MessageBody: 'body' }));
  return { proxy, calls, get, send };
}

/** Randomness that leads to the one fault: the proxy subtracts the odds of each in their order. */
function drawing(fault: Fault | undefined): Random {
  const odds = [1.5, 1.5, 0.4, 3, 2, 0.8, 8];
  const before = odds.slice(0, fault === undefined ? odds.length : FAULTS.indexOf(fault));
  const fraction = (before.reduce((sum, each) => sum + each, 0) + 0.01) / 100;
  return { ...seeded(1), fraction: () => fraction, whole: (min) => min, chance: () => true };
}

test('passes a call on, and its answer back', async () => {
  const { get, calls } = await setup(undefined);

  await expect(get()).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  expect(calls).toEqual(['GetItem']);
});

test('loses a request before it takes effect, in all tries', async () => {
  const { get, calls } = await setup('request lost');

  await expect(get()).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(calls).toEqual([]);
});

test('loses the reply of a request that took effect, in all tries', async () => {
  const { get, calls } = await setup('reply lost');

  await expect(get()).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(calls).toEqual(['GetItem', 'GetItem', 'GetItem']);
});

test.each([
  ['throttled', 'ProvisionedThroughputExceededException', 'RequestThrottled'],
  ['server error', 'InternalServerError', 'InternalServerError'],
] as const)('refuses as AWS does: %s', async (fault, ofDynamoDb, ofSqs) => {
  const { get, send, calls } = await setup(fault);

  await expect(get()).rejects.toMatchObject({ name: ofDynamoDb, $metadata: { attempts: 3 } });
  await expect(send()).rejects.toMatchObject({ name: ofSqs });
  expect(calls).toEqual([]);
});

test('doubles a message', async () => {
  const { send, proxy, calls } = await setup('message doubled');

  await send();
  await proxy.stop();
  expect(calls).toEqual(['SendMessage', 'SendMessage']);
});

test('harms nothing once it is stopped', async () => {
  const { get, proxy, calls } = await setup('request lost');

  await proxy.stop();
  await expect(get()).resolves.toMatchObject({ $metadata: { attempts: 1 } });
  expect(calls).toEqual(['GetItem']);
});
