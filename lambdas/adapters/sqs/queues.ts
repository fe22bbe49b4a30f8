import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { StintError, toError } from '../../core/errors.ts';
import type { DeadLetters, Queues } from '../../core/ports.ts';
import { queueFailed } from '../aws-error.ts';
import { xrayAttributes } from '../xray.ts';
import { sendInBatches } from './send-in-batches.ts';

/** Room for the reason beside a body near SQS's 1 MiB. */
const BODY_WITH_REASON_BYTES = 1_040_000;

/** How long the tidying pass hides what it looks at. */
const LOOK_SECONDS = 10;

/** The stack's queues. @param urls of the job queues, by name */
export function sqsQueues(client: SQSClient, urls: Readonly<Record<string, string>>, deadLettersUrl: string): Queues {
  const urlOf = (queue: string): string => {
    const url = Object.hasOwn(urls, queue) ? urls[queue] : undefined;
    if (url === undefined)
      throw new StintError('not_found', `Queue '${queue}' is not deployed. Deployed: ${Object.keys(urls).join(', ')}.`);
    return url;
  };
  return {
    names: Object.keys(urls),
    async send(queue, body, delaySeconds) {
      const url = urlOf(queue);
      await client
        .send(
          new SendMessageCommand({ QueueUrl: url, MessageBody: body, DelaySeconds: delaySeconds, ...xrayAttributes() }),
        )
        .catch(queueFailed);
    },
    async sendMany(queue, messages) {
      try {
        return await sendInBatches(client, urlOf(queue), messages);
      } catch (thrown) {
        const error = toError(thrown);
        return messages.map(() => error);
      }
    },
    async bury(body, reason) {
      const text = reason.replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD]/g, '?').slice(0, 1_000) || 'failed';
      const withReason = Buffer.byteLength(body) <= BODY_WITH_REASON_BYTES;
      const attributes = { reason: { DataType: 'String', StringValue: text } };
      await client
        .send(
          new SendMessageCommand({
            QueueUrl: deadLettersUrl,
            MessageBody: body,
            ...(withReason ? { MessageAttributes: attributes } : {}),
          }),
        )
        .catch(queueFailed);
    },
  };
}

/** `dead-letters`, to be tidied. */
export function sqsDeadLetters(client: SQSClient, url: string): DeadLetters {
  return {
    async receive() {
      const command = new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: LOOK_SECONDS,
        WaitTimeSeconds: 0,
      });
      const { Messages = [] } = await client.send(command).catch(queueFailed);
      return Messages.map(({ Body = '', ReceiptHandle }) => ({
        body: Body,
        remove: async () => {
          await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle })).catch(queueFailed);
        },
      }));
    },
  };
}
