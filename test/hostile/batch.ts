import type { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { queueHandler } from '../../lambdas/adapters/lambda/queue-handler.ts';
import type { MemoryQueues, StoredMessage } from '../../lambdas/adapters/memory/queues.ts';
import { buryUndeliverable } from '../../lambdas/core/bury.ts';
import { deliver } from '../../lambdas/core/deliver.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import type { Clock } from '../../lambdas/core/ports.ts';

const UNDELIVERABLE = 'undeliverable';
const BATCH = 10;
const MAX_RECEIVE_COUNT = { job: 100, undeliverable: 1_000 } as const;

/** What a queue's function was given and answered, message by message. */
export interface Deliveries {
  /** How often each message id was delivered. Fresh copies have ids of their own. */
  readonly byMessage: ReadonlyMap<string, number>;
  /** All deliveries, of all messages. */
  readonly total: number;
}

/** What the functions work on: a world, or real time with queues and a table in memory. */
export interface System {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly queues: MemoryQueues;
}

/**
 * The functions of a world's queues as Lambda runs them: whole batches through the real queue handler, acknowledged by its answer,
 * and SQS's own move of what was received too often.
 */
export function functionsOf(w: System, queue = 'default', seconds = 60) {
  const byMessage = new Map<string, number>();
  const inHand = new Map<string, StoredMessage>();
  const sqs = {
    send: async ({ input }: ChangeMessageVisibilityCommand) => {
      const message = inHand.get(input.ReceiptHandle ?? '');
      if (message !== undefined) message.visibleAt = w.clock.now() + (input.VisibilityTimeout ?? 0) * 1000;
    },
  } as unknown as SQSClient;
  const worker = queueHandler(sqs, queue, w.clock, (delivery, end) =>
    deliver(w.engine, { queue, maxReceiveCount: MAX_RECEIVE_COUNT.job }, delivery, end),
  );
  const bury = queueHandler(sqs, UNDELIVERABLE, w.clock, (delivery) => buryUndeliverable(w.engine, delivery));

  const messagesOf = (name: string) => w.queues.queues.get(name) ?? [];
  const moveAway = (name: string, most: number, to: StoredMessage[]) => {
    for (const message of [...messagesOf(name)]) {
      if (message.receiveCount < most || message.visibleAt > w.clock.now()) continue;
      w.queues.remove(name, message);
      to.push({ ...message, receiveCount: 0 });
    }
  };
  const batch = async (name: string): Promise<SQSBatchResponse | undefined> => {
    const taken = w.queues.take(name, BATCH, seconds + 5);
    if (taken.length === 0) return undefined;
    const records = taken.map(({ message, delivery }, i): SQSRecord => {
      byMessage.set(message.messageId, (byMessage.get(message.messageId) ?? 0) + 1);
      inHand.set(`${name} ${i}`, message);
      return {
        messageId: delivery.messageId,
        receiptHandle: `${name} ${i}`,
        body: delivery.body,
        attributes: {
          ApproximateReceiveCount: String(delivery.receiveCount),
          SentTimestamp: String(delivery.sentAt),
          SenderId: 'a stranger',
          ApproximateFirstReceiveTimestamp: String(w.clock.now()),
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: '',
        awsRegion: '',
      };
    });
    const context = { getRemainingTimeInMillis: () => seconds * 1000 } as Context;
    const answered = await (name === UNDELIVERABLE ? bury : worker)({ Records: records }, context);
    const failed = new Set(answered.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { message } of taken) if (!failed.has(message.messageId)) w.queues.remove(name, message);
    return answered;
  };
  /** Runs whatever is visible, in both queues, until nothing is. */
  const round = async () => {
    let idle = false;
    while (!idle) {
      moveAway(queue, MAX_RECEIVE_COUNT.job, messagesOf(UNDELIVERABLE));
      moveAway(UNDELIVERABLE, MAX_RECEIVE_COUNT.undeliverable, w.queues.deadLetters);
      const answers = [await batch(queue), await batch(UNDELIVERABLE)];
      idle = answers.every((answer) => answer === undefined);
    }
  };
  return {
    deliveries: {
      byMessage,
      get total() {
        return [...byMessage.values()].reduce((sum, count) => sum + count, 0);
      },
    } satisfies Deliveries,
    batch,
    /**
     * Lets `ms` of the world's time pass, its functions receiving whatever becomes visible.
     * @param pass moves time on
     */
    async run(ms: number, pass: (ms: number) => Promise<void>): Promise<void> {
      const end = w.clock.now() + ms;
      for (;;) {
        await round();
        const next = [...messagesOf(queue), ...messagesOf(UNDELIVERABLE)]
          .map(({ visibleAt }) => visibleAt)
          .filter((at) => at <= end);
        if (next.length === 0) break;
        await pass(Math.max(1, Math.min(...next) - w.clock.now()));
      }
      await pass(Math.max(0, end - w.clock.now()));
    },
  };
}
