import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { accept } from './accepted-findings.ts';
import type { JobFunction } from './job-function.ts';

/**
 * Feeds a function from a queue; each message of a batch succeeds or fails alone.
 *
 * Nothing filters: SQS would delete what does not match. No batching window: a job would wait for it. The rights are
 * part of the function's role, which CloudFormation makes before the function and so before the mapping: a mapping made
 * first is refused for want of ReceiveMessage (aws-cdk#6770).
 */
export function consume(
  consumer: JobFunction,
  messages: sqs.IQueue,
  options: { readonly batchSize: number; readonly maxConcurrency?: number },
): void {
  consumer.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [messages.queueArn]);
  const mapping = new lambda.EventSourceMapping(consumer, 'Messages', {
    target: consumer,
    eventSourceArn: messages.queueArn,
    reportBatchItemFailures: true,
    ...options,
  });
  accept(mapping, 'queueRedrives');
}
