import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../../../lambdas/adapters/aws-clients.ts';

/**
 * Where tasks and hooks write down that they ran, for a test to read: a list in an item of its own, in the table that every
 * function may write to anyway. A job that carries the tag `journal:<id>` is written down, others cost nothing.
 */
export interface Entry {
  /** Name of the hook as on the wire, or what the task says. */
  readonly what: string;
  /** The process that wrote it. */
  readonly pid: number;
  readonly at: number;
  readonly job_id?: string;
  readonly attempt?: number;
  readonly status?: string;
  readonly error?: string;
  readonly has_result?: boolean;
  /** How often `startup` ran in this process. */
  readonly startups?: number | undefined;
}

const TAG = 'journal:';
const DAY_SECONDS = 86_400;

/** Key of the item of a journal. */
export const journalKey = (id: string): string => `journal#${id}`;

export const journalTag = (id: string): string => `${TAG}${id}`;

/** The journal that a job's tags ask for. */
export const journalOf = (tags: readonly string[] | undefined): string | undefined =>
  tags?.find((tag) => tag.startsWith(TAG))?.slice(TAG.length);

const documents = documentClient();

/** Appends an entry; resolves when it is written, so that the order of entries is the order of what they tell. */
export async function write(id: string | undefined, entry: Omit<Entry, 'pid' | 'at'>): Promise<void> {
  if (id === undefined) return;
  const now = Date.now();
  await documents.send(
    new UpdateCommand({
      TableName: process.env.STINT_TABLE_NAME,
      Key: { pk: journalKey(id) },
      UpdateExpression: 'SET entries = list_append(if_not_exists(entries, :none), :entry), #ttl = :ttl',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':none': [],
        ':entry': [{ pid: process.pid, at: now, ...entry }],
        ':ttl': Math.ceil(now / 1000) + DAY_SECONDS,
      },
    }),
  );
}
