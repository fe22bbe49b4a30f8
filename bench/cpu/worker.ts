import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { emfMeter } from '../../lambdas/adapters/emf-meter.ts';
import { queueHandler } from '../../lambdas/adapters/lambda/queue-handler.ts';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { systemClock } from '../../lambdas/adapters/system.ts';
import { deliver } from '../../lambdas/core/deliver.ts';
import type { Delivery, JobStore } from '../../lambdas/core/ports.ts';
import type { AnyTask } from '../../lambdas/core/task.ts';
import { engineOn, type Scene, sink } from './stub.ts';

/** What Lambda tells an invocation. */
export const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

/** The worker as its function puts it together, metrics included, on a store. */
export function workerOn(store: JobStore, task: AnyTask): (event: SQSEvent) => Promise<SQSBatchResponse> {
  const withoutMeter = engineOn(store, task);
  const meter = emfMeter('Stint', withoutMeter.tasks, systemClock, sink.writeMetrics);
  const engine = { ...withoutMeter, meter };
  const settings = { queue: 'default', maxReceiveCount: 100 };
  const answer = (delivery: Delivery, end: number) => deliver(engine, settings, delivery, end);
  const handler = queueHandler({} as SQSClient, '', systemClock, answer, meter.flush);
  return (event) => handler(event, context);
}

/** A store that answers at once what a real one would: what is left is the engine's own work. */
export function storeThatAnswersAtOnce({ claimed, completed }: Scene): JobStore {
  return {
    ...memoryJobStore(),
    apply: async (_jobId, { name }) => ({ ok: true, record: name === 'claim' ? claimed : completed }),
  };
}

/** A batch of messages of a job. */
export function eventOf({ body }: Scene, messages: number): SQSEvent {
  const record = (i: number) =>
    ({
      messageId: `message-${i}`,
      receiptHandle: '',
      body,
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
    }) as SQSRecord;
  return { Records: Array.from({ length: messages }, (_, i) => record(i)) };
}
