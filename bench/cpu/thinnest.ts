import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { sink } from './stub.ts';

export type Calls = (jobId: string) => readonly [claim: UpdateCommandInput, finish: UpdateCommandInput];

export type Send = (update: UpdateCommandInput) => Promise<unknown>;

/** Updates by the document client, as most people write them. */
export const byDocuments =
  (documents: DynamoDBDocumentClient): Send =>
  (update) =>
    documents.send(new UpdateCommand(update));

/** The same updates by DynamoDB's own client. */
export function byItems(items: DynamoDBClient): Send {
  return async ({ Key, ExpressionAttributeValues, ...rest }) => {
    const values = { Key: marshall(Key ?? {}), ExpressionAttributeValues: marshall(ExpressionAttributeValues ?? {}) };
    const { Attributes } = await items.send(new UpdateItemCommand({ ...(rest as object), ...values } as never));
    return Attributes && unmarshall(Attributes);
  };
}

/**
 * The least that a worker of recorded jobs can be: message read, claim written, work, end written, a line logged; failures
 * reported by message. It checks nothing, has no deadline, no abort, no retries, no hooks.
 */
export function thinnest(send: Send, calls: Calls) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    await Promise.all(
      event.Records.map(async ({ messageId, body }) => {
        try {
          const { job_id } = JSON.parse(body) as { job_id: string };
          const [claim, finish] = calls(job_id);
          await send(claim);
          await send(finish);
          const line = { timestamp: new Date().toISOString(), level: 'INFO', message: 'job complete', job_id };
          sink.write(`${JSON.stringify(line)}\n`);
        } catch {
          batchItemFailures.push({ itemIdentifier: messageId });
        }
      }),
    );
    return { batchItemFailures };
  };
}

/** Two updates as one would write them by hand: short, conditional, and nothing asked back at the end. */
export const leastCalls: Calls = (jobId) => {
  const common = { TableName: 'jobs', Key: { pk: jobId }, ExpressionAttributeNames: { '#s': 'status' } };
  return [
    {
      ...common,
      UpdateExpression: 'SET #s = :active, started_at = :now',
      ConditionExpression: '#s = :queued',
      ExpressionAttributeValues: { ':active': 'active', ':queued': 'queued', ':now': Date.now() },
      ReturnValues: 'ALL_NEW',
    },
    {
      ...common,
      UpdateExpression: 'SET #s = :complete, completed_at = :now, #r = :result',
      ConditionExpression: '#s = :active',
      ExpressionAttributeNames: { '#s': 'status', '#r': 'result' },
      ExpressionAttributeValues: {
        ':complete': 'complete',
        ':active': 'active',
        ':now': Date.now(),
        ':result': '{"status":"success"}',
      },
    },
  ];
};
