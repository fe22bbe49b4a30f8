import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Auth } from './auth.ts';
import type { JobFunction } from './job-function.ts';
import type { JobsTable } from './jobs-table.ts';

/** What a set of background jobs is made of, for whoever looks after it. */
export interface Administered {
  readonly auth: Auth;
  readonly table: JobsTable;
  readonly queues: readonly IQueue[];
  readonly deadLetters: IQueue;
  readonly undeliverable: IQueue;
  readonly functions: readonly JobFunction[];
}

/**
 * What the command line, SQS's own redrive and a look around need, action by action: depths, log lines, the messages of `dead-letters` and
 * their way back to the job queues, and with `api-key` the keys. Nothing that changes what is deployed, and no record: those the API tells.
 */
export function grantAdmin(scope: Construct, grantee: IGrantable, administered: Administered): Grant {
  const { auth, table, queues, deadLetters, undeliverable, functions } = administered;
  const arnsOf = (all: readonly IQueue[]) => all.map(({ queueArn }) => queueArn);
  const rights: readonly Right[] = [
    [['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'], [stackByName(scope)]],
    [['logs:FilterLogEvents', 'logs:GetLogEvents'], functions.map(({ logGroup }) => logGroup.logGroupArn)],
    [['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], arnsOf([...queues, deadLetters, undeliverable])],
    [
      [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:StartMessageMoveTask',
        'sqs:ListMessageMoveTasks',
        'sqs:CancelMessageMoveTask',
      ],
      arnsOf([deadLetters]),
    ],
    [['sqs:SendMessage'], arnsOf(queues)],
    ...(auth.mode === 'api-key' ? keyRights(table) : []),
  ];
  return rights
    .map(([actions, resourceArns, keys]) =>
      Grant.addToPrincipal({
        grantee,
        actions: [...actions],
        resourceArns: [...resourceArns],
        ...(keys !== undefined && { conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] } } }),
      }),
    )
    .reduce((all, grant) => all.combine(grant));
}

/** Whoever names a stack by its name asks for `stack/NAME/*`, to the letter, which the stack's own ARN does not match (aws-parallelcluster#754). */
function stackByName(scope: Construct): string {
  const stack = Stack.of(scope);
  return stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${stack.stackName}/*` });
}

/** Actions on resources; of a table only on items with such partition keys, where they are given. */
type Right = readonly [actions: readonly string[], resourceArns: readonly string[], keys?: string];

/** What `stint keys` calls, on items of keys alone: no job's record can be forged (lambdas/adapters/dynamodb/api-keys.ts). */
const keyRights = (table: JobsTable): readonly Right[] => [
  [['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'], [table.tableArn], 'key#*'],
  [['dynamodb:Query'], [table.indexArn('by-task')], '#api-keys'],
];
