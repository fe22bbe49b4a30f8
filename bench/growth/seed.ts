import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  ScanCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { timeOrderedId } from '../../lambdas/core/ids.ts';
import { SHARDS, shardOf } from '../../lambdas/core/record.ts';

type Item = Record<string, AttributeValue>;

/** The most that BatchWriteItem takes. */
const BATCH = 25;
const AT_ONCE = 4;
const MONTH_MS = 30 * 86_400_000;

/** The item of a job as the functions wrote it: one of that status. */
export async function itemOf(client: DynamoDBClient, table: string, status: string): Promise<Item> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
  const found = Items.find((item) => item.status?.S === status);
  if (found === undefined) throw new Error(`No job of ${table} is ${status}.`);
  return found;
}

/**
 * Fills a table with copies of a job's item, 25 in a call, each under an id of its own and in the partitions of the indexes that go
 * with it, spread over the month before: as quick as can be, and no different from jobs that ran.
 */
export async function fill(client: DynamoDBClient, table: string, item: Item, count: number): Promise<void> {
  const now = Date.now();
  let made = 0;
  const copy = (): WriteRequest => {
    const created = now - Math.floor((MONTH_MS * made++) / count) - 3_600_000;
    const id = timeOrderedId(created, randomBytes(10));
    const task = item.task_name?.S ?? '';
    return {
      PutRequest: {
        Item: {
          ...item,
          pk: { S: id },
          run: { S: id },
          created_at: { N: String(created) },
          shard: { N: String(shardOf(id, SHARDS.attention)) },
          by_task: { S: `${task}#${shardOf(id, SHARDS.task)}` },
        },
      },
    };
  };
  const some = async () => {
    while (made < count) {
      const wanted = Array.from({ length: Math.min(BATCH, count - made) }, copy);
      let left: Record<string, WriteRequest[]> = { [table]: wanted };
      while (Object.keys(left).length > 0) {
        const { UnprocessedItems = {} } = await client.send(new BatchWriteItemCommand({ RequestItems: left }));
        left = UnprocessedItems;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
}
