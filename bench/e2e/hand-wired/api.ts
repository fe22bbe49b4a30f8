/** Takes a job as one would write it by hand: checks the body, puts a record, sends a message, logs a line. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2 } from 'aws-lambda';
import * as z from 'zod';

const { TABLE_NAME = '', QUEUE_URL = '' } = process.env;
const documents = DynamoDBDocumentClient.from(new DynamoDBClient());
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
const bodySchema = z.strictObject({ message: z.string() });

export async function handler({ body }: APIGatewayProxyEventV2): Promise<APIGatewayProxyResultV2> {
  const input = bodySchema.safeParse(JSON.parse(body ?? ''));
  if (!input.success) return { statusCode: 422, body: input.error.message };
  const job_id = randomUUID();
  const Item = { pk: job_id, status: 'queued', input: input.data, created_at: Date.now() };
  await documents.send(new PutCommand({ TableName: TABLE_NAME, Item }));
  await sqs.send(new SendMessageCommand({ QueueUrl: QUEUE_URL, MessageBody: JSON.stringify({ job_id }) }));
  console.log(JSON.stringify({ timestamp: new Date().toISOString(), level: 'INFO', message: 'job enqueued', job_id }));
  return { statusCode: 202, body: JSON.stringify({ job_id, status: 'queued' }) };
}
