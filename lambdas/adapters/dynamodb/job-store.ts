import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { type Applied, type Entry, type JobStore, LIST_KEYS } from '../../core/ports.ts';
import { PROTOCOL } from '../../core/protocol.ts';
import type { JobRecord } from '../../core/record.ts';
import type { Given, Transition } from '../../core/transition.ts';
import { tableFailed } from '../aws-error.ts';
import { pause } from '../pause.ts';
import { type Compiled, compile } from './compile.ts';

const PAGE_SIZE = 100;

/** The most keys that BatchGetItem takes. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const BATCH_GET = 100;
/** Replies without a single item that are borne in a row. */
const BATCH_TRIES = 5;

const compiled = new Map<Transition<never>, Compiled>(
  Object.values(PROTOCOL).map((transition) => [transition as Transition<never>, compile(transition as Transition)]),
);

/**
 * Job records in a DynamoDB table, keyed by `pk` = job id.
 *
 * Each transition is one conditional write; a refusal shows the record as it stands in the same call (`ALL_OLD`), so none
 * needs a second read. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html
 */
export function dynamoDbJobStore(client: DynamoDBClient, tableName: string): JobStore {
  /** The items of up to 100 keys. What a reply leaves out, for throttling or for its size, is asked for again. */
  const batchGet = async (jobIds: readonly string[]): Promise<JobRecord[]> => {
    const found: JobRecord[] = [];
    let keys = jobIds.map(keyOf);
    for (let tries = 0; keys.length > 0; tries++) {
      if (tries > 0) await pause(tries);
      const answer = await client
        .send(new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: keys } } }))
        .catch(tableFailed);
      const items = answer.Responses?.[tableName] ?? [];
      found.push(...items.map(toRecord));
      keys = (answer.UnprocessedKeys?.[tableName]?.Keys ?? []) as Item[];
      if (items.length > 0) tries = 0;
      else if (tries === BATCH_TRIES) tableFailed(new Error(`it left ${keys.length} records unread, again and again`));
    }
    return found;
  };
  return {
    async apply<K extends keyof Given>(jobId: string, transition: Transition<K>, values: Pick<Given, K>) {
      const given = values as Partial<Given>;
      const expressions = compiled.get(transition as Transition<never>) ?? compile(transition as Transition);
      const bound = expressions.bind(given);
      const common = {
        TableName: tableName,
        ConditionExpression: expressions.condition,
        ExpressionAttributeNames: expressions.names,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
        ...(Object.keys(bound).length > 0 ? { ExpressionAttributeValues: toItem(bound) } : {}),
      };
      try {
        if (transition.does === 'put') {
          const record = given.record as JobRecord;
          const { job_id: pk, ...rest } = record;
          await client.send(new PutItemCommand({ ...common, Item: toItem({ pk, ...rest }) }));
          return { ok: true, record };
        }
        const update = { ...common, Key: keyOf(jobId), UpdateExpression: expressions.update };
        if (transition.answer) {
          await client.send(new UpdateItemCommand(update));
          return { ok: true, record: given.after as JobRecord };
        }
        const { Attributes = {} } = await client.send(new UpdateItemCommand({ ...update, ReturnValues: 'ALL_NEW' }));
        return { ok: true, record: toRecord(Attributes) };
      } catch (error) {
        return refusal(error);
      }
    },

    async get(jobId) {
      const read = { TableName: tableName, Key: keyOf(jobId), ConsistentRead: true };
      const { Item } = await client.send(new GetItemCommand(read)).catch(tableFailed);
      return Item && toRecord(Item);
    },

    async due(shard, until, after) {
      const query = new QueryCommand({
        TableName: tableName,
        IndexName: 'attention',
        KeyConditionExpression: '#shard = :shard AND #due_at <= :until',
        ExpressionAttributeNames: { '#shard': 'shard', '#due_at': 'due_at' },
        ExpressionAttributeValues: toItem({ ':shard': shard, ':until': until }),
        Limit: PAGE_SIZE,
        ...(after && { ExclusiveStartKey: toItem(after) }),
      });
      const { Items = [], LastEvaluatedKey: next } = await client.send(query).catch(tableFailed);
      return { jobIds: Items.map((item) => String(unmarshall(item).pk)), ...(next && { next: unmarshall(next) }) };
    },

    async entries(index, key, { from, to, after, limit }) {
      if (from > to) return { entries: [], more: false }; // DynamoDB refuses such a range
      const { partition, sort } = LIST_KEYS[index];
      const query = new QueryCommand({
        TableName: tableName,
        IndexName: index,
        KeyConditionExpression: '#partition = :key AND #sort BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#partition': partition, '#sort': sort },
        ExpressionAttributeValues: toItem({ ':key': key, ':from': from, ':to': to }),
        ScanIndexForward: false,
        Limit: limit,
        ...(after && { ExclusiveStartKey: toItem({ pk: after.jobId, [partition]: key, [sort]: after.at }) }),
      });
      const { Items = [], LastEvaluatedKey } = await client.send(query).catch(tableFailed);
      const entries = Items.map((item) => unmarshall(item)).map(
        ({ pk, [sort]: at }): Entry => ({ jobId: String(pk), at: Number(at) }),
      );
      return { entries, more: LastEvaluatedKey !== undefined };
    },

    async getMany(jobIds) {
      const unique = [...new Set(jobIds)];
      const batches: Promise<JobRecord[]>[] = [];
      for (let i = 0; i < unique.length; i += BATCH_GET) batches.push(batchGet(unique.slice(i, i + BATCH_GET)));
      return (await Promise.all(batches)).flat();
    },
  };
}

type Item = Record<string, AttributeValue>;

const toItem = (value: object): Item => marshall(value, { removeUndefinedValues: true });

const keyOf = (jobId: string): Item => ({ pk: { S: jobId } });

function toRecord(item: Item): JobRecord {
  const { pk, ...rest } = unmarshall(item);
  return { job_id: pk, ...rest } as JobRecord;
}

/** Only a failed condition is a refusal; throttling and silence are not. */
function refusal(error: unknown): Applied {
  if (!(error instanceof ConditionalCheckFailedException)) return tableFailed(error);
  return { ok: false, record: error.Item && toRecord(error.Item) };
}
