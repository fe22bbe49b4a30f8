import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { PayloadStore } from '../../core/ports.ts';
import { tableFailed } from '../aws-error.ts';

/** Large payloads in items of their own, beside the job records: no transition rewrites, and so bills, them. */
export function dynamoDbPayloads(client: DynamoDBDocumentClient, tableName: string): PayloadStore {
  return {
    async put(key, json, ttl) {
      await client.send(new PutCommand({ TableName: tableName, Item: { pk: key, json, ttl } })).catch(tableFailed);
    },
    async get(key) {
      const read = new GetCommand({ TableName: tableName, Key: { pk: key }, ConsistentRead: true });
      const { Item } = await client.send(read).catch(tableFailed);
      return Item?.json as string | undefined;
    },
    async keep(key, ttl) {
      const update = new UpdateCommand({
        TableName: tableName,
        Key: { pk: key },
        ConditionExpression: '#ttl < :ttl', // false where there is none
        UpdateExpression: 'SET #ttl = :ttl',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':ttl': ttl },
      });
      await client.send(update).catch((error) => {
        if (!(error instanceof ConditionalCheckFailedException)) tableFailed(error);
      });
    },
  };
}
