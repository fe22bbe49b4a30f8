import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { WaitSlots } from '../../core/ports.ts';
import { tableFailed } from '../aws-error.ts';

/**
 * So many slots, an item each, shared by all instances of the API.
 *
 * To take one costs half a read unit a slot and a write unit; to release it another write unit. One that is never released,
 * for its instance crashed, is free again when its time is over.
 * @param most 0–100 slots; 0: nobody waits
 */
export function dynamoDbWaitSlots(client: DynamoDBDocumentClient, tableName: string, most: number): WaitSlots {
  const keys = Array.from({ length: most }, (_each, i) => ({ pk: `wait#${i}` }));
  const write = async (pk: string, condition: string, values: Record<string, unknown>): Promise<boolean> => {
    const until = Number(values[':until']);
    const update = new UpdateCommand({
      TableName: tableName,
      Key: { pk },
      UpdateExpression: 'SET #until = :until, #holder = :holder, #ttl = :ttl',
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#until': 'until', '#holder': 'holder', '#ttl': 'ttl' },
      ExpressionAttributeValues: { ...values, ':ttl': Math.ceil(until / 1000) + 86_400 },
    });
    try {
      await client.send(update);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      return tableFailed(error);
    }
  };
  const free = async (now: number): Promise<string[]> => {
    if (most === 0) return [];
    const { Responses } = await client
      .send(new BatchGetCommand({ RequestItems: { [tableName]: { Keys: keys } } }))
      .catch(tableFailed);
    const taken = new Set((Responses?.[tableName] ?? []).filter(({ until }) => until >= now).map(({ pk }) => pk));
    return keys.map(({ pk }) => pk).filter((pk) => !taken.has(pk));
  };
  return {
    async take(now, until) {
      const holder = randomUUID();
      const slots = await free(now);
      // Any of them, so that those who come together do not all want the first.
      for (let i = Math.floor(Math.random() * slots.length), tries = 0; tries < slots.length; i++, tries++) {
        const pk = slots[i % slots.length] ?? '';
        const isFree = 'attribute_not_exists(#until) OR #until < :now OR #holder = :holder';
        if (await write(pk, isFree, { ':now': now, ':until': until, ':holder': holder }))
          return {
            release: async () => void (await write(pk, '#holder = :holder', { ':until': 0, ':holder': holder })),
          };
      }
      return undefined;
    },
  };
}
