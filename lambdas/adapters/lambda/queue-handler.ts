import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Clock, Delivery } from '../../core/ports.ts';
import type { Answer } from '../../core/settle.ts';

/** Whatever hangs is left so long before the invocation is killed: the rest of its batch is still acknowledged. */
const LAST_WORD_MS = 300;

export type BatchHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/**
 * A Lambda handler of an SQS queue: its messages side by side, each answered on its own. Never throws, for a throw would fail
 * the whole batch and make Lambda slow down.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 * @param answer must itself never reject; if it does, its message is left
 * @param finish called once all messages of an invocation are answered; must not throw
 */
export function queueHandler(
  sqs: SQSClient,
  queueUrl: string,
  clock: Clock,
  answer: (delivery: Delivery, invocationEnd: number) => Promise<Answer>,
  finish: () => void = () => undefined,
): BatchHandler {
  return async (event, context) => {
    const remaining = context.getRemainingTimeInMillis();
    const end = clock.now() + remaining;
    let cancel: () => void = () => undefined;
    const late = new Promise<Answer>((resolve) => {
      cancel = clock.after(Math.max(0, remaining - LAST_WORD_MS), () => resolve('leave'));
    });
    const answerTo = async (record: SQSRecord): Promise<Answer> => {
      try {
        return await answer(deliveryOf(sqs, queueUrl, record), end);
      } catch {
        return 'leave'; // it has logged all that can go wrong with a job; if that fails too, the message comes back
      }
    };
    const answers = await Promise.all(event.Records.map((record) => Promise.race([answerTo(record), late])));
    cancel();
    finish();
    const left = event.Records.filter((_record, i) => answers[i] !== 'ack');
    return { batchItemFailures: left.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

function deliveryOf(sqs: SQSClient, queueUrl: string, record: SQSRecord): Delivery {
  return {
    messageId: record.messageId,
    body: record.body,
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    sentAt: Number(record.attributes.SentTimestamp),
    handBack: async (seconds) => {
      await sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: record.receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    },
  };
}
