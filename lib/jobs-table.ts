import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

type Key = readonly [attribute: string, type: dynamodb.AttributeType];
const { STRING, NUMBER } = dynamodb.AttributeType;

/**
 * The indexes, all sparse and KEYS_ONLY: an entry costs a write unit, and what is listed is read from the table.
 *
 * No index has the bare status as its key: it would be a hot partition, and cost two writes on each change. DynamoDB
 * adds or deletes one index per stack update (CloudFormation does not wait for its backfill), and a key never changes:
 * a new index is a release of its own, and the code before it must live without it.
 */
const INDEXES: Readonly<Record<string, readonly [partition: Key, sort: Key]>> = {
  'by-task': [
    ['by_task', STRING],
    ['created_at', NUMBER],
  ],
  'by-user': [
    ['by_user', STRING],
    ['created_at', NUMBER],
  ],
  'by-project': [
    ['by_project', STRING],
    ['created_at', NUMBER],
  ],
  /** Failed jobs. */
  failed: [
    ['by_task', STRING],
    ['failed_at', NUMBER],
  ],
  /** Jobs the sweep must act on at `due_at`. */
  attention: [
    ['shard', NUMBER],
    ['due_at', NUMBER],
  ],
};

export interface JobsTableProps {
  /** Whether the table outlives the stack and refuses to be deleted. */
  readonly retain: boolean;
  /** Default true. */
  readonly pointInTimeRecovery?: boolean | undefined;
  /** Default: DynamoDB's own key. */
  readonly encryptionKey?: IKey | undefined;
}

/** The index the sweep reads. */
export const ATTENTION_INDEX = 'attention';
/** The indexes that lists are read from. */
export const LIST_INDEXES: readonly string[] = Object.keys(INDEXES).filter((name) => name !== ATTENTION_INDEX);

/**
 * The one table: a job record per item, billed per request.
 *
 * Point-in-time recovery reaches 35 days back; TTL deletes expired records (it is switched on by the table's creation,
 * and never changes its attribute, for a change takes an hour in which nothing expires).
 */
export class JobsTable extends dynamodb.TableV2 {
  constructor(scope: Construct, id: string, { retain, pointInTimeRecovery = true, encryptionKey }: JobsTableProps) {
    super(scope, id, {
      partitionKey: { name: 'pk', type: STRING },
      billing: dynamodb.Billing.onDemand(),
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: pointInTimeRecovery },
      globalSecondaryIndexes: Object.entries(INDEXES).map(([indexName, [partition, sort]]) => ({
        indexName,
        partitionKey: { name: partition[0], type: partition[1] },
        sortKey: { name: sort[0], type: sort[1] },
        projectionType: dynamodb.ProjectionType.KEYS_ONLY,
      })),
      removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      deletionProtection: retain,
    });
    if (encryptionKey) this.#encrypt(encryptionKey);
  }

  /** As `TableEncryptionV2.customerManagedKey` does, which refuses a stack whose region is chosen when it is deployed. */
  #encrypt(key: IKey): void {
    const table = this.node.defaultChild as dynamodb.CfnGlobalTable;
    table.addPropertyOverride('SSESpecification', { SSEEnabled: true, SSEType: 'KMS' });
    table.addPropertyOverride('Replicas.0.SSESpecification', { KMSMasterKeyId: key.keyArn });
  }

  /** ARN of an index. */
  indexArn(index: string): string {
    return `${this.tableArn}/index/${index}`;
  }
}
