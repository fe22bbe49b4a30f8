import { setTimeout as sleep } from 'node:timers/promises';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Context, SQSRecord } from 'aws-lambda';
import { queueHandler } from '../../lambdas/adapters/lambda/queue-handler.ts';
import { sqsDeadLetters, sqsQueues } from '../../lambdas/adapters/sqs/queues.ts';
import { systemClock } from '../../lambdas/adapters/system.ts';
import type { Delivery } from '../../lambdas/core/ports.ts';
import { newQueue, sqs } from './aws.ts';
import { queuesContract } from './queues.ts';

queuesContract('SQS', async () => {
  const urls = { default: await newQueue(), slow: await newQueue() };
  const deadLettersUrl = await newQueue();
  return {
    queues: sqsQueues(sqs, urls, deadLettersUrl),
    deadLetters: sqsDeadLetters(sqs, deadLettersUrl),
    take: (queue) => deliveries(urls[queue as keyof typeof urls]),
    pass: (seconds) => sleep(seconds * 1000 + 50),
  };
});

/** What Lambda would hand to the worker of a queue, as the worker's handler reads it. */
async function deliveries(url: string): Promise<readonly Delivery[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 30,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  const Records = Messages.map(
    (message) =>
      ({
        messageId: message.MessageId,
        receiptHandle: message.ReceiptHandle,
        body: message.Body,
        attributes: message.Attributes,
      }) as unknown as SQSRecord,
  );
  const seen: Delivery[] = [];
  const handler = queueHandler(sqs, url, systemClock, async (delivery) => {
    seen.push(delivery);
    return 'leave';
  });
  await handler({ Records }, { getRemainingTimeInMillis: () => 30_000 } as Context);
  return seen;
}
