import { ChangeMessageVisibilityCommand, OverLimit, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { queueHandler } from '../../../lambdas/adapters/lambda/queue-handler.ts';
import { fakeClock } from '../../../lambdas/adapters/memory/clock.ts';
import type { Delivery } from '../../../lambdas/core/ports.ts';
import type { Answer } from '../../../lambdas/core/settle.ts';
import { gate } from '../../world/task-of.ts';

function setup(answer: (delivery: Delivery, end: number) => Promise<Answer>, finish?: () => void) {
  const client = new SQSClient({});
  const aws = mockClient(client);
  const clock = fakeClock();
  const handler = queueHandler(client, 'https://sqs/default', clock, answer, finish);
  const invoke = (...ids: string[]) => {
    const Records = ids.map((id) => ({
      messageId: id,
      receiptHandle: `receipt of ${id}`,
      body: `body of ${id}`,
      attributes: { ApproximateReceiveCount: '3', SentTimestamp: '1767225600000' },
    }));
    return handler({ Records } as unknown as SQSEvent, { getRemainingTimeInMillis: () => 30_000 } as Context);
  };
  return { aws, clock, handler, invoke };
}

const failures = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

test('each message is answered on its own: those to be left are reported, the others are deleted by Lambda', async () => {
  const { invoke } = setup(async ({ messageId }) => (messageId === 'b' ? 'leave' : 'ack'));
  expect(await invoke('a', 'b', 'c')).toEqual(failures('b'));
  expect(await invoke('a', 'c')).toEqual(failures());
  expect(await invoke('b')).toEqual(failures('b'));
});

test('what is to be done once all are answered is done then', async () => {
  const did: string[] = [];
  const { invoke } = setup(
    async ({ messageId }) => {
      await Promise.resolve();
      did.push(messageId);
      return 'ack';
    },
    () => did.push('finish'),
  );

  await invoke('a', 'b');

  expect(did).toEqual(['a', 'b', 'finish']);
});

test('messages are dealt with side by side', async () => {
  const hold = gate();
  let together = 0;
  const { invoke } = setup(async () => {
    together++;
    await hold.opened;
    return 'ack';
  });
  const over = invoke('a', 'b', 'c');
  expect(together).toBe(3);
  hold.open();
  expect(await over).toEqual(failures());
});

test('a delivery tells what SQS said of it, and when the invocation ends', async () => {
  const seen: unknown[] = [];
  const { invoke, clock } = setup(async ({ handBack: _, ...delivery }, end) => {
    seen.push(delivery, end - clock.now());
    return 'ack';
  });
  await invoke('a');
  expect(seen).toEqual([{ messageId: 'a', body: 'body of a', receiveCount: 3, sentAt: 1_767_225_600_000 }, 30_000]);
});

test('handing back changes the visibility of that very receipt', async () => {
  const { aws, invoke } = setup(async (delivery) => {
    await delivery.handBack(7);
    return 'leave';
  });
  aws.on(ChangeMessageVisibilityCommand).resolves({});
  expect(await invoke('a')).toEqual(failures('a'));
  expect(aws.call(0).args[0].input).toEqual({
    QueueUrl: 'https://sqs/default',
    ReceiptHandle: 'receipt of a',
    VisibilityTimeout: 7,
  });
});

test('an SQS that refuses to change a visibility (120,000 in flight) tells the caller', async () => {
  let error: unknown;
  const { aws, invoke } = setup(async (delivery) => {
    error = await delivery.handBack(7).catch((thrown: unknown) => thrown);
    return 'leave';
  });
  aws.on(ChangeMessageVisibilityCommand).rejects(new OverLimit({ $metadata: {}, message: 'too many' }));
  expect(await invoke('a')).toEqual(failures('a'));
  expect(error).toBeInstanceOf(OverLimit);
});

test('an answer that hangs is left shortly before the end, and the rest of its batch is still acknowledged', async () => {
  const { invoke, clock } = setup(({ messageId }) =>
    messageId === 'hangs' ? new Promise(() => undefined) : Promise.resolve('ack'),
  );
  let response: unknown;
  void invoke('a', 'hangs', 'b').then((over) => {
    response = over;
  });

  await clock.advance(29_699);
  expect(response).toBeUndefined();
  await clock.advance(1);
  expect(response).toEqual(failures('hangs'));
  expect(clock.waiting).toBe(0);
});

test('no timer is left when all is answered in time', async () => {
  const { invoke, clock } = setup(async () => 'ack');
  await invoke('a', 'b');
  expect(clock.waiting).toBe(0);
});

test('an answer that breaks its word and throws leaves its own message only: a throw would fail the whole batch', async () => {
  const { invoke, clock } = setup(({ messageId }) => {
    if (messageId === 'throws') throw new Error('broken');
    return messageId === 'rejects' ? Promise.reject(new Error('broken')) : Promise.resolve('ack');
  });
  expect(await invoke('a', 'throws', 'rejects', 'b')).toEqual(failures('throws', 'rejects'));
  expect(clock.waiting).toBe(0);
});

test('Node 24 on Lambda refuses a handler of three parameters or more', () => {
  const { handler } = setup(async () => 'ack');
  expect(handler.length).toBeLessThan(3);
});
