import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { awsClients, BOUNDS, documentClient, itemClient, sqsClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb/job-store.ts';
import { claim, create } from '../../lambdas/core/protocol.ts';
import { newRecord } from '../../lambdas/core/record.ts';

const small = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 100, requestTimeout: 100, throwOnRequestTimeout: true },
};
const sockets = new Set<Socket>();
let server: Server | undefined;

/** A server that hands each request to `answer`: its raw text, from what was read of it. */
async function listen(answer: (socket: Socket, request: string) => void): Promise<void> {
  server = createServer((socket) => {
    sockets.add(socket);
    let read = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      read += data.toString();
      const length = Number(/content-length: (\d+)/i.exec(read)?.[1] ?? 0);
      const body = read.split('\r\n\r\n')[1];
      if (body === undefined || Buffer.byteLength(body) < length) return;
      const request = read;
      read = '';
      answer(socket, request);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', () => resolve());
  await promise;
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const reply = (socket: Socket, status: number, body: object) => {
  const text = JSON.stringify(body);
  socket.write(
    `HTTP/1.1 ${status} X\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
};

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});

afterEach(() => {
  vi.unstubAllEnvs();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
});

const job = { queue: 'default', input: { json: '1' }, max_attempts: 3, created_at: 1, scheduled_at: 0 };
const record = newRecord('job-1', 'job-1', 'work', job);

test('a server that never answers is given up, and tried again', async () => {
  let requests = 0;
  await listen(() => {
    requests++;
  });
  const began = Date.now();

  await expect(documentClient(small).send(new GetCommand({ TableName: 't', Key: { pk: '1' } }))).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  await expect(
    itemClient(small).send(new GetItemCommand({ TableName: 't', Key: { pk: { S: '1' } } })),
  ).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(
    sqsClient(small).send(new SendMessageCommand({ QueueUrl: 'http://localhost/q', MessageBody: 'a' })),
  ).rejects.toMatchObject({ name: 'TimeoutError' });

  expect(requests).toBe(6);
  expect(Date.now() - began).toBeLessThan(5_000);
});

test('with its own bounds a call is given up in seconds, whatever hangs', () => {
  const { connectionTimeout, requestTimeout, throwOnRequestTimeout } = BOUNDS.requestHandler;
  expect(throwOnRequestTimeout).toBe(true); // without it a request that takes too long is only warned of
  expect((connectionTimeout + requestTimeout) * BOUNDS.maxAttempts).toBeLessThanOrEqual(15_000);
});

test('a connection that is reset after the write took effect: the SDK’s second try is refused, and shows our own record', async () => {
  const seen: string[] = [];
  await listen((socket, request) => {
    seen.push(/x-amz-target: \w+\.(\w+)/i.exec(request)?.[1] ?? '');
    if (seen.length === 1) {
      socket.resetAndDestroy();
      return;
    }
    const Item = {
      pk: { S: 'job-1' },
      run: { S: 'job-1' },
      status: { S: 'active' },
      owner: { S: 'me' },
      attempt: { N: '1' },
    };
    reply(socket, 400, {
      __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
      message: 'no',
      Item,
    });
  });
  const store = dynamoDbJobStore(itemClient(), 't');

  const given = { run: 'job-1', dispatch: 1, now: 1, owner: 'me', lease_expires_at: 2 };
  const answer = await store.apply('job-1', claim, given);

  expect(seen).toEqual(['UpdateItem', 'UpdateItem']);
  expect(answer).toEqual({
    ok: false,
    record: { job_id: 'job-1', run: 'job-1', status: 'active', owner: 'me', attempt: 1 },
  });
});

test('throttling is tried again, and then told as unavailable: never as a refusal', async () => {
  let requests = 0;
  await listen((socket) => {
    requests++;
    reply(socket, 400, {
      __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
      message: 'The level of configured provisioned throughput for one or more global secondary indexes was exceeded.',
    });
  });
  const store = dynamoDbJobStore(itemClient(small), 't');

  await expect(store.apply('job-1', create, { record })).rejects.toMatchObject({
    code: 'unavailable',
    cause: { name: 'ProvisionedThroughputExceededException' },
  });
  expect(requests).toBe(2);
});

test('the clients of one process share the connections to the table', async () => {
  let connections = 0;
  await listen((socket) => reply(socket, 200, {}));
  server?.on('connection', () => connections++);
  const { items, documents } = awsClients();

  for (let i = 0; i < 2; i++) {
    await items.send(new GetItemCommand({ TableName: 't', Key: { pk: { S: '1' } } }));
    await documents.send(new GetCommand({ TableName: 't', Key: { pk: '1' } }));
  }

  expect(connections).toBe(1);
});

test('a job store whose middleware was put together once tells calls at the same time apart', async () => {
  await listen((socket, request) => {
    const { pk } = JSON.parse(request.split('\r\n\r\n')[1] ?? '').Key as { pk: { S: string } };
    setTimeout(() => reply(socket, 200, { Item: { pk } }), pk.S === '0' ? 30 : 1);
  });
  const store = dynamoDbJobStore(itemClient(), 't');
  const ids = Array.from({ length: 10 }, (_, i) => String(i));

  const records = await Promise.all(ids.map((id) => store.get(id)));

  expect(records.map((record) => record?.job_id)).toEqual(ids);
});
