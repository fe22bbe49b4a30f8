import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Buckets } from '../../http/auth/limits.ts';
import { tableFailed } from '../aws-error.ts';

/**
 * Token buckets, each an item with one number, `tat`: until when the bucket is spoken for (GCRA,
 * https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm). It moves by one interval a request, and may stand
 * `burst` intervals ahead of now.
 *
 * A request costs one write unit; two when the bucket had run full, one of them of a refused condition; a refused request
 * one. Clocks of machines differ by milliseconds, which is what the limit may be off by.
 */
export function dynamoDbBuckets(client: DynamoDBDocumentClient, tableName: string): Buckets {
  return {
    async take({ name, intervalMs, burst }, now) {
      const latest = now + (burst - 1) * intervalMs;
      const write = async (set: string, condition: string, values: Record<string, number>) => {
        try {
          await client.send(
            new UpdateCommand({
              TableName: tableName,
              Key: { pk: `limit#${name}` },
              UpdateExpression: `SET tat = ${set}, #ttl = :ttl`,
              ConditionExpression: condition,
              ExpressionAttributeNames: { '#ttl': 'ttl' },
              ExpressionAttributeValues: { ':now': now, ':interval': intervalMs, ':ttl': ttlOf(latest), ...values },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }),
          );
          return undefined;
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return Number(error.Item?.tat?.N ?? 0);
          return tableFailed(error);
        }
      };
      // Both refused: the bucket was full at the one moment and over its brim at the other. Then the later one counts.
      const stands = await write('tat + :interval', 'tat BETWEEN :now AND :latest', { ':latest': latest });
      if (stands === undefined) return 0;
      if (stands > latest) return stands - latest;
      const raced = await write(':now + :interval', 'attribute_not_exists(tat) OR tat < :now', {});
      return raced === undefined || raced <= latest ? 0 : raced - latest;
    },
  };
}

/** A bucket that is full again says nothing: DynamoDB may delete it a day later. */
const ttlOf = (millis: number): number => Math.ceil(millis / 1000) + 86_400;
