import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Applied, type Entry, type JobStore, LIST_KEYS } from '../../core/ports.ts';
import { PROTOCOL } from '../../core/protocol.ts';
import type { JobRecord } from '../../core/record.ts';
import type { Given, Transition } from '../../core/transition.ts';
import { pause } from '../pause.ts';
import { type Compiled, compile } from './compile.ts';
import { unavailable } from './unavailable.ts';

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
export function dynamoDbJobStore(client: DynamoDBDocumentClient, tableName: string): JobStore {
  /** The items of up to 100 keys. What a reply leaves out, for throttling or for its size, is asked for again. */
  const batchGet = async (jobIds: readonly string[]): Promise<JobRecord[]> => {
    const found: JobRecord[] = [];
    let keys = jobIds.map((pk) => ({ pk }));
    for (let tries = 0; keys.length > 0; tries++) {
      if (tries > 0) await pause(tries);
      const answer = await client
        .send(new BatchGetCommand({ RequestItems: { [tableName]: { Keys: keys } } }))
        .catch(unavailable);
      const items = (answer.Responses?.[tableName] ?? []) as Item[];
      found.push(...items.map(toRecord));
      keys = (answer.UnprocessedKeys?.[tableName]?.Keys ?? []) as { pk: string }[];
      if (items.length > 0) tries = 0;
      else if (tries === BATCH_TRIES) unavailable(new Error(`it left ${keys.length} records unread, again and again`));
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
        ...(Object.keys(bound).length > 0 ? { ExpressionAttributeValues: bound } : {}),
      };
      try {
        if (transition.does === 'put') {
          const record = given.record as JobRecord;
          await client.send(new PutCommand({ ...common, Item: toItem(record) }));
          return { ok: true, record };
        }
        const update = { Key: { pk: jobId }, UpdateExpression: expressions.update, ReturnValues: 'ALL_NEW' as const };
        const { Attributes } = await client.send(new UpdateCommand({ ...common, ...update }));
        return { ok: true, record: toRecord(Attributes as Item) };
      } catch (error) {
        return refusal(error);
      }
    },

    async get(jobId) {
      const read = { TableName: tableName, Key: { pk: jobId }, ConsistentRead: true };
      const { Item } = await client.send(new GetCommand(read)).catch(unavailable);
      return Item === undefined ? undefined : toRecord(Item as Item);
    },

    async due(shard, until, after) {
      const page: QueryCommandOutput = await client
        .send(
          new QueryCommand({
            TableName: tableName,
            IndexName: 'attention',
            KeyConditionExpression: '#shard = :shard AND #due_at <= :until',
            ExpressionAttributeNames: { '#shard': 'shard', '#due_at': 'due_at' },
            ExpressionAttributeValues: { ':shard': shard, ':until': until },
            Limit: PAGE_SIZE,
            ...(after === undefined ? {} : { ExclusiveStartKey: { ...after } }),
          }),
        )
        .catch(unavailable);
      const jobIds = (page.Items ?? []).map((item) => String(item.pk));
      return { jobIds, ...(page.LastEvaluatedKey === undefined ? {} : { next: page.LastEvaluatedKey }) };
    },

    async entries(index, key, { from, to, after, limit }) {
      if (from > to) return { entries: [], more: false }; // DynamoDB refuses such a range
      const { partition, sort } = LIST_KEYS[index];
      const query = new QueryCommand({
        TableName: tableName,
        IndexName: index,
        KeyConditionExpression: '#partition = :key AND #sort BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#partition': partition, '#sort': sort },
        ExpressionAttributeValues: { ':key': key, ':from': from, ':to': to },
        ScanIndexForward: false,
        Limit: limit,
        ...(after && { ExclusiveStartKey: { pk: after.jobId, [partition]: key, [sort]: after.at } }),
      });
      const page: QueryCommandOutput = await client.send(query).catch(unavailable);
      const entries = (page.Items ?? []).map((item): Entry => ({ jobId: String(item.pk), at: Number(item[sort]) }));
      return { entries, more: page.LastEvaluatedKey !== undefined };
    },

    async getMany(jobIds) {
      const unique = [...new Set(jobIds)];
      const batches: Promise<JobRecord[]>[] = [];
      for (let i = 0; i < unique.length; i += BATCH_GET) batches.push(batchGet(unique.slice(i, i + BATCH_GET)));
      return (await Promise.all(batches)).flat();
    },
  };
}

type Item = Omit<JobRecord, 'job_id'> & { readonly pk: string };

function toItem({ job_id, ...rest }: JobRecord): Item {
  return { pk: job_id, ...rest };
}

function toRecord({ pk, ...rest }: Item): JobRecord {
  return { job_id: pk, ...rest };
}

/** Only a failed condition is a refusal; throttling and silence are not. */
function refusal(error: unknown): Applied {
  if (!(error instanceof ConditionalCheckFailedException)) return unavailable(error);
  return { ok: false, record: error.Item && toRecord(unmarshall(error.Item) as Item) };
}
