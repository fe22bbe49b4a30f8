import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type ApiKey, type ApiKeys, idOf } from '../../http/auth/api-key.ts';
import { tableFailed } from '../aws-error.ts';

/**
 * Where keys stand in the index by task, so that they can be listed. No task has such a name, so no list of jobs meets them.
 */
const LISTED_UNDER = '#api-keys';
/** So long an expired key is still listed. */
const KEPT_AFTER_END_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;

/** What the command line needs of the keys, beside what the API does. */
export interface ApiKeyAdmin extends ApiKeys {
  /** @param hash of the new key */
  add(hash: string, key: Omit<ApiKey, 'id' | 'lastUsedAt'>): Promise<void>;
  /** All keys, the oldest first. A new one may be missing for a moment. */
  list(): Promise<readonly { readonly hash: string; readonly key: ApiKey }[]>;
  /** From then on it opens nothing, but for instances that remember it for some seconds. */
  remove(hash: string): Promise<void>;
}

/** API keys in the table of the jobs, as `pk` = `key#` and the key's SHA-256. One index entry each; a use costs no write of it. */
export function dynamoDbApiKeys(client: DynamoDBDocumentClient, tableName: string): ApiKeyAdmin {
  return {
    async find(hash) {
      const read = new GetCommand({ TableName: tableName, Key: { pk: pkOf(hash) }, ConsistentRead: true });
      const { Item } = await client.send(read).catch(tableFailed);
      return Item === undefined ? undefined : keyOf(Item as Item);
    },
    async used(hash, now) {
      const update = new UpdateCommand({
        TableName: tableName,
        Key: { pk: pkOf(hash) },
        // A revoked key must not come back; and of many instances, one writes.
        ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(last_used_at) OR last_used_at <= :before)',
        UpdateExpression: 'SET last_used_at = :now',
        ExpressionAttributeValues: { ':now': now, ':before': now - HOUR_MS },
      });
      await client.send(update).catch((error) => {
        if (!(error instanceof ConditionalCheckFailedException)) tableFailed(error);
      });
    },
    async add(hash, key) {
      const put = new PutCommand({
        TableName: tableName,
        Item: itemOf(hash, key),
        ConditionExpression: 'attribute_not_exists(pk)',
      });
      await client.send(put);
    },
    async list() {
      const pks: { pk: string }[] = [];
      for (let from: Record<string, unknown> | undefined; ; ) {
        const page = await client.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: 'by-task',
            KeyConditionExpression: 'by_task = :listed',
            ExpressionAttributeValues: { ':listed': LISTED_UNDER },
            ExclusiveStartKey: from,
          }),
        );
        pks.push(...(page.Items ?? []).map(({ pk }) => ({ pk: String(pk) })));
        from = page.LastEvaluatedKey;
        if (from === undefined) break;
      }
      const items: Item[] = [];
      for (let i = 0; i < pks.length; i += 100) {
        let keys: Record<string, unknown>[] = pks.slice(i, i + 100);
        while (keys.length > 0) {
          const read = new BatchGetCommand({ RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } } });
          const { Responses, UnprocessedKeys } = await client.send(read);
          items.push(...((Responses?.[tableName] ?? []) as Item[]));
          keys = UnprocessedKeys?.[tableName]?.Keys ?? [];
        }
      }
      return items
        .map((item) => ({ hash: item.pk.slice(PK_PREFIX.length), key: keyOf(item) }))
        .sort((a, b) => a.key.createdAt - b.key.createdAt);
    },
    async remove(hash) {
      await client.send(new DeleteCommand({ TableName: tableName, Key: { pk: pkOf(hash) } }));
    },
  };
}

const PK_PREFIX = 'key#';
const pkOf = (hash: string): string => `${PK_PREFIX}${hash}`;

interface Item {
  readonly pk: string;
  readonly by_task: typeof LISTED_UNDER;
  readonly created_at: number;
  readonly name: string;
  readonly role: ApiKey['role'];
  readonly user_id?: string;
  readonly expires_at?: number;
  readonly last_used_at?: number;
  readonly ttl?: number;
}

function itemOf(hash: string, { name, role, userId, createdAt, expiresAt }: Omit<ApiKey, 'id'>): Item {
  return {
    pk: pkOf(hash),
    by_task: LISTED_UNDER,
    created_at: createdAt,
    name,
    role,
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(expiresAt === undefined
      ? {}
      : { expires_at: expiresAt, ttl: Math.ceil((expiresAt + KEPT_AFTER_END_MS) / 1000) }),
  };
}

function keyOf(item: Item): ApiKey {
  return {
    id: idOf(item.pk.slice(PK_PREFIX.length)),
    name: item.name,
    // Whatever was changed by hand: only the word itself makes an admin.
    role: item.role === 'admin' ? 'admin' : 'user',
    createdAt: item.created_at,
    ...(item.user_id === undefined ? {} : { userId: item.user_id }),
    ...(item.expires_at === undefined ? {} : { expiresAt: item.expires_at }),
    ...(item.last_used_at === undefined ? {} : { lastUsedAt: item.last_used_at }),
  };
}
