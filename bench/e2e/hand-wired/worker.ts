/** Runs jobs as one would write it by hand: claim, work, end, a line logged; failures reported by message. */
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';

const TableName = process.env.TABLE_NAME ?? '';
const documents = DynamoDBDocumentClient.from(new DynamoDBClient());

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  await Promise.all(
    event.Records.map(async ({ messageId, body }) => {
      try {
        const { job_id } = JSON.parse(body) as { job_id: string };
        await runJob(job_id);
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return; // it ran already
        console.error(error);
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }),
  );
  return { batchItemFailures };
}

async function runJob(job_id: string): Promise<void> {
  const common = { TableName, Key: { pk: job_id }, ExpressionAttributeNames: { '#s': 'status' } };
  const { Attributes } = await documents.send(
    new UpdateCommand({
      ...common,
      UpdateExpression: 'SET #s = :active, started_at = :now',
      ConditionExpression: '#s = :queued',
      ExpressionAttributeValues: { ':active': 'active', ':queued': 'queued', ':now': Date.now() },
      ReturnValues: 'ALL_NEW',
    }),
  );
  const result = { status: 'success', job_id, processed_message: `Processed: ${Attributes?.input.message}` };
  await documents.send(
    new UpdateCommand({
      ...common,
      UpdateExpression: 'SET #s = :complete, completed_at = :now, #r = :result',
      ConditionExpression: '#s = :active',
      ExpressionAttributeNames: { '#s': 'status', '#r': 'result' },
      ExpressionAttributeValues: {
        ':complete': 'complete',
        ':active': 'active',
        ':now': Date.now(),
        ':result': result,
      },
    }),
  );
  console.log(JSON.stringify({ timestamp: new Date().toISOString(), level: 'INFO', message: 'job complete', job_id }));
}
