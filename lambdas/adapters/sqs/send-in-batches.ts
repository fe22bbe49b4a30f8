import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from '@aws-sdk/client-sqs';
import { StintError } from '../../core/errors.ts';
import type { Outgoing } from '../../core/ports.ts';
import { awsError } from '../aws-error.ts';
import { pause } from '../pause.ts';
import { xrayAttributes } from '../xray.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const MOST_MESSAGES = 10;
/** Of all messages of a request together. */
const MOST_BYTES = 1_048_576;
const TRIES = 4;
/** Requests under way at once. */
const AT_ONCE = 8;

type Outcome = Error | undefined;

/**
 * Sends messages ten at a time, as many as fit a request of 1 MiB.
 *
 * A reply of 200 may name entries that failed: these are sent again, but for those that SQS calls the sender's fault. A
 * request that failed as a whole has been tried by the SDK already.
 * @returns what became of each, in their order
 */
export async function sendInBatches(
  client: SQSClient,
  url: string,
  messages: readonly Outgoing[],
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = messages.map(() => undefined);
  const batches = packed(messages);
  for (let i = 0; i < batches.length; i += AT_ONCE)
    await Promise.all(batches.slice(i, i + AT_ONCE).map((batch) => sendBatch(client, url, messages, batch, outcomes)));
  return outcomes;
}

/** Indexes of messages that go together in one request, in their order. */
function packed(messages: readonly Outgoing[]): number[][] {
  const batches: number[][] = [];
  let batch: number[] = [];
  let bytes = 0;
  for (const [i, { body }] of messages.entries()) {
    const size = Buffer.byteLength(body);
    if (batch.length === MOST_MESSAGES || (batch.length > 0 && bytes + size > MOST_BYTES)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(i);
    bytes += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

async function sendBatch(
  client: SQSClient,
  url: string,
  messages: readonly Outgoing[],
  batch: readonly number[],
  outcomes: Outcome[],
): Promise<void> {
  let left = batch;
  for (let tries = 1; left.length > 0; tries++) {
    const entries = left.map((i): SendMessageBatchRequestEntry => {
      const { body = '', delaySeconds = 0 } = messages[i] ?? {};
      return { Id: String(i), MessageBody: body, DelaySeconds: delaySeconds, ...xrayAttributes() };
    });
    try {
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
      for (const { Id, Message, Code } of Failed)
        outcomes[Number(Id)] = new StintError('unavailable', Message ?? Code ?? 'not sent');
      const again = new Set(Failed.filter(({ SenderFault }) => SenderFault !== true).map(({ Id }) => Number(Id)));
      left = tries === TRIES ? [] : left.filter((i) => again.has(i));
    } catch (thrown) {
      for (const i of left) outcomes[i] = awsError('The queue', thrown);
      return;
    }
    for (const i of left) outcomes[i] = undefined;
    if (left.length > 0) await pause(tries);
  }
}
