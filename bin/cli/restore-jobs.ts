import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ResourceNotFoundException,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { FINISHED } from '../../lambdas/core/record.ts';
import { CommandError, EXIT } from './exit-code.ts';

type Item = Record<string, AttributeValue>;

/** In jobs. */
export interface Restored {
  readonly restored: number;
  /** Of the restored, those that had not ended: they run. */
  readonly unfinished: number;
  /** Those that were not missing. */
  readonly present: number;
}

export interface RestoreOptions {
  /** A table that was restored from a backup of `to`. */
  readonly from: string;
  readonly to: string;
  readonly now: number;
  /** Whether nothing is written. Default false. */
  readonly dryRun?: boolean;
  /** Told of what has been done so far. */
  readonly onProgress?: (restored: Restored) => void;
}

/** Writes at a time. */
const AT_ONCE = 25;

/**
 * Copies the jobs that a table lacks, with their payloads, out of another. What is there stays as it is, so it can be done again.
 *
 * A job that had not ended gets a `due_at`, for its message may be gone, and the sweep sends it another: last, when all payloads are there.
 * Left out: what has expired since, keys (one that was revoked would open again), limits and waits.
 * @throws CommandError where there is no table `from`
 */
export async function restoreJobs(client: DynamoDBClient, options: RestoreOptions): Promise<Restored> {
  const { from, to, now, dryRun = false, onProgress } = options;
  const done = { restored: 0, unfinished: 0, present: 0 };
  const copy = dryRun ? isMissing : putIfMissing;
  const inTurn = async (all: readonly Item[], each: (item: Item) => Promise<void>) => {
    for (let i = 0; i < all.length; i += AT_ONCE) await Promise.all(all.slice(i, i + AT_ONCE).map(each));
    onProgress?.(done);
  };
  const copyJob = async (item: Item) => {
    if (!(await copy(client, to, item))) done.present++;
    else {
      done.restored++;
      if (!hasEnded(item)) done.unfinished++;
    }
  };
  const unfinished: Item[] = [];
  for await (const page of pagesOf(client, from)) {
    const kept = page.filter(({ ttl }) => ttl?.N === undefined || Number(ttl.N) * 1000 > now);
    const jobs = kept.filter(isJob);
    if (!dryRun) await inTurn(kept.filter(isPayload), async (item) => void (await copy(client, to, item)));
    await inTurn(jobs.filter(hasEnded), copyJob);
    unfinished.push(...jobs.filter((item) => !hasEnded(item)).map((item) => dueAt(item, now)));
  }
  await inTurn(unfinished, copyJob);
  return done;
}

const isJob = ({ task_name, status }: Item): boolean => task_name?.S !== undefined && status?.S !== undefined;
const isPayload = ({ json }: Item): boolean => json?.S !== undefined;
const hasEnded = ({ status }: Item): boolean => (FINISHED as readonly (string | undefined)[]).includes(status?.S);
const dueAt = (item: Item, now: number): Item => ({ due_at: { N: String(now) }, ...item });

async function* pagesOf(client: DynamoDBClient, table: string): AsyncGenerator<Item[]> {
  for (let after: Item | undefined; ; ) {
    const page = await client
      .send(new ScanCommand({ TableName: table, ExclusiveStartKey: after }))
      .catch((cause: unknown) => {
        if (!(cause instanceof ResourceNotFoundException)) throw cause;
        throw new CommandError(EXIT.refused, `There is no table '${table}' here.`, { cause });
      });
    yield page.Items ?? [];
    after = page.LastEvaluatedKey;
    if (after === undefined) return;
  }
}

/** @returns whether it was missing */
async function putIfMissing(client: DynamoDBClient, TableName: string, Item: Item): Promise<boolean> {
  try {
    await client.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

async function isMissing(client: DynamoDBClient, TableName: string, { pk }: Item): Promise<boolean> {
  const read = { TableName, Key: { pk: pk as AttributeValue }, ProjectionExpression: 'pk', ConsistentRead: true };
  return (await client.send(new GetItemCommand(read))).Item === undefined;
}
