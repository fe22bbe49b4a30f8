import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Depth, Depths } from '../../core/ports.ts';
import { queueFailed } from '../aws-error.ts';

export interface QueueUrls {
  /** Of the job queues, by name. */
  readonly jobs: Readonly<Record<string, string>>;
  readonly deadLetters: string;
  readonly undeliverable: string;
}

/** How many messages the stack's queues hold: a request a queue, all at once. */
export async function sqsDepths(client: SQSClient, urls: QueueUrls): Promise<Depths> {
  const [deadLetters, undeliverable, ...jobs] = await Promise.all(
    [urls.deadLetters, urls.undeliverable, ...Object.values(urls.jobs)].map((url) => depthOf(client, url)),
  );
  const none = { ready: 0, inFlight: 0, delayed: 0 };
  const queues = Object.keys(urls.jobs).map((name, i): [string, Depth] => [name, jobs[i] ?? none]);
  return { queues: Object.fromEntries(queues), deadLetters: deadLetters ?? none, undeliverable: undeliverable ?? none };
}

async function depthOf(client: SQSClient, url: string): Promise<Depth> {
  const { Attributes = {} } = await client
    .send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      }),
    )
    .catch(queueFailed);
  return {
    ready: Number(Attributes.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
  };
}
