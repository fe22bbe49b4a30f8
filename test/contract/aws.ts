import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb/job-store.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { tableDefinition } from './table-definition.ts';

const config = {
  endpoint: inject('endpointUrl'),
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};

export const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config), {
  marshallOptions: { removeUndefinedValues: true },
});

export function newItems(): DynamoDBClient {
  return new DynamoDBClient({ ...config, cacheMiddleware: true });
}
export const items = newItems();
/** As the functions have it: queue URLs are of another host than the emulator's. */
export const sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });

let count = 0;
const uniqueName = (what: string) => `${what}-${process.pid}-${++count}`;

const definition = tableDefinition();

/** A table of its own, so that no test sees another's jobs. @returns its name */
export async function newTable(): Promise<string> {
  const TableName = uniqueName('jobs');
  await documents.send(new CreateTableCommand({ ...definition, TableName }));
  return TableName;
}

/** A DynamoDB job store on a fresh table, with a way past its conditions. */
export async function newJobStore(client: DynamoDBClient = items) {
  const TableName = await newTable();
  return {
    table: TableName,
    store: dynamoDbJobStore(client, TableName),
    async write({ job_id, ...rest }: JobRecord) {
      await documents.send(new PutCommand({ TableName, Item: { pk: job_id, ...rest } }));
    },
    async remove(jobId: string) {
      await documents.send(new DeleteCommand({ TableName, Key: { pk: jobId } }));
    },
  };
}

/** A fresh queue. @returns its URL */
export async function newQueue(): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: uniqueName('queue') }));
  return QueueUrl ?? '';
}
