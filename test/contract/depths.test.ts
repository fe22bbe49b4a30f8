import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { sqsDepths } from '../../lambdas/adapters/sqs/depths.ts';
import { newQueue, sqs } from './aws.ts';

test('SQS tells what is ready, in flight and delayed, queue by queue', async () => {
  const urls = {
    jobs: { default: await newQueue(), other: await newQueue() },
    deadLetters: await newQueue(),
    undeliverable: await newQueue(),
  };
  const send = (QueueUrl: string, DelaySeconds = 0) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', DelaySeconds }));
  for (let i = 0; i < 3; i++) await send(urls.jobs.default);
  for (let i = 0; i < 2; i++) await send(urls.jobs.other, 900);
  await send(urls.deadLetters);
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: urls.jobs.default, MaxNumberOfMessages: 1 }));

  expect(await sqsDepths(sqs, urls)).toEqual({
    queues: { default: { ready: 2, inFlight: 1, delayed: 0 }, other: { ready: 0, inFlight: 0, delayed: 2 } },
    deadLetters: { ready: 1, inFlight: 0, delayed: 0 },
    undeliverable: { ready: 0, inFlight: 0, delayed: 0 },
  });
});
