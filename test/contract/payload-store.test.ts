import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoDbPayloads } from '../../lambdas/adapters/dynamodb/payload-store.ts';
import { documents, newTable } from './aws.ts';
import { payloadStoreContract } from './payload-store.ts';

payloadStoreContract('DynamoDB', async () => {
  const TableName = await newTable();
  return {
    store: dynamoDbPayloads(documents, TableName),
    async ttlOf(key) {
      const { Item } = await documents.send(new GetCommand({ TableName, Key: { pk: key }, ConsistentRead: true }));
      return Item?.ttl as number | undefined;
    },
  };
});
