import { SendMessageBatchCommand, type SendMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { sqsQueues } from '../../../lambdas/adapters/sqs/queues.ts';

type Failed = { Id: string; SenderFault: boolean; Code: string; Message?: string };

/** Queues whose SQS answers each request as `answer` says. */
function setup(answer: (bodies: string[], call: number) => Failed[] | Error) {
  const client = new SQSClient({ region: 'us-east-1' });
  const requests: SendMessageBatchCommandInput[] = [];
  mockClient(client)
    .on(SendMessageBatchCommand)
    .callsFake(async (input: SendMessageBatchCommandInput) => {
      requests.push(input);
      const Failed = answer(
        (input.Entries ?? []).map(({ MessageBody = '' }) => MessageBody),
        requests.length,
      );
      if (Failed instanceof Error) throw Failed;
      return { Failed, Successful: [] };
    });
  const queues = sqsQueues(client, { default: 'https://sqs/default' }, 'https://sqs/dead-letters');
  const bodies = () => requests.map(({ Entries = [] }) => Entries.map(({ MessageBody }) => MessageBody));
  return { queues, requests, bodies };
}

const messages = (...bodies: string[]) => bodies.map((body) => ({ body, delaySeconds: 0 }));
const failed = (Id: string, SenderFault: boolean): Failed => ({
  Id,
  SenderFault,
  Code: 'InternalError',
  Message: 'no',
});

test('sends ten messages a request, each with its delay', async () => {
  const { queues, requests, bodies } = setup(() => []);
  const many = Array.from({ length: 23 }, (_each, i) => ({ body: `${i}`, delaySeconds: i }));

  expect(await queues.sendMany('default', many)).toEqual(many.map(() => undefined));

  expect(bodies().map((each) => each.length)).toEqual([10, 10, 3]);
  expect(bodies().flat()).toEqual(many.map(({ body }) => body));
  expect(requests[2]!.Entries![2]).toMatchObject({ MessageBody: '22', DelaySeconds: 22 });
});

test('packs no more than 1 MiB of bytes into a request', async () => {
  const { queues, bodies } = setup(() => []);
  const large = 'é'.repeat(250_000); // 500,000 bytes
  await queues.sendMany('default', messages(large, large, large, 'x', 'é'.repeat(524_288), 'y'));
  expect(bodies().map((each) => each.length)).toEqual([2, 2, 1, 1]);
});

test('sends what failed again, and nothing else', async () => {
  const { queues, bodies } = setup((_bodies, call) => (call === 1 ? [failed('1', false)] : []));
  expect(await queues.sendMany('default', messages('a', 'b', 'c'))).toEqual([undefined, undefined, undefined]);
  expect(bodies()).toEqual([['a', 'b', 'c'], ['b']]);
});

test('says of each message why it may not be stored, and tries the sender’s fault no second time', async () => {
  const { queues, bodies } = setup((all) => all.map((body, i) => ({ ...failed(`${i}`, body === 'bad') })).slice(0, 1));
  const outcomes = await queues.sendMany('default', messages('bad', 'b'));
  expect(outcomes).toEqual([expect.objectContaining({ code: 'unavailable', message: 'no' }), undefined]);
  expect(bodies()).toEqual([['bad', 'b']]);
});

test('gives up on what fails again and again', async () => {
  const { queues, requests } = setup(() => [failed('0', false)]);
  expect(await queues.sendMany('default', messages('a', 'b'))).toEqual([expect.any(Error), undefined]);
  expect(requests.length).toBeLessThan(10);
});

test('a request that fails as a whole fails its own messages only', async () => {
  const { queues } = setup((bodies) => (bodies.includes('0') ? new Error('no answer') : []));
  const many = Array.from({ length: 12 }, (_each, i) => ({ body: `${i}`, delaySeconds: 0 }));
  const outcomes = await queues.sendMany('default', many);
  expect(outcomes.map((each) => each?.message)).toEqual([
    ...Array.from({ length: 10 }, () => 'The queue did not answer: no answer'),
    undefined,
    undefined,
  ]);
});

test('a queue that is not deployed fails each message', async () => {
  const { queues, requests } = setup(() => []);
  expect(await queues.sendMany('other', messages('a', 'b'))).toEqual([
    expect.objectContaining({ code: 'not_found' }),
    expect.objectContaining({ code: 'not_found' }),
  ]);
  expect(requests).toEqual([]);
});
