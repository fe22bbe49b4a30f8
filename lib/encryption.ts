import { Annotations, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * What KMS is asked for in the name of whoever uses an encrypted table or queue.
 *
 * SQS asks for GenerateDataKey and Decrypt where a message is sent, Decrypt where it is received; DynamoDB for the rest, too.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const USES = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** Lets a role use the key by way of DynamoDB and SQS: it can decrypt nothing by itself. The key's policy must leave that to IAM. */
export function grantKey(scope: Construct, grantee: IGrantable, key: IKey): Grant {
  const { region, urlSuffix } = Stack.of(scope);
  const services = ['dynamodb', 'sqs'].map((service) => `${service}.${region}.${urlSuffix}`);
  return Grant.addToPrincipal({
    grantee,
    actions: USES,
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': services } },
  });
}

/**
 * Lets CloudWatch Logs use the key, for log groups of this account. The policy of a key from elsewhere cannot be changed here: a warning
 * says so.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export function openKeyToLogs(scope: Construct, key: IKey): void {
  const { region, urlSuffix, partition, account } = Stack.of(scope);
  const { statementAdded } = key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LogGroups',
      principals: [new ServicePrincipal(`logs.${region}.${urlSuffix}`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'],
      conditions: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
      },
    }),
  );
  if (statementAdded) return;
  Annotations.of(scope).addWarningV2(
    'stint:key-policy',
    'encryptionKey is made elsewhere: its policy must let CloudWatch Logs use it, or the deploy fails. docs/deploy.md has the statement.',
  );
}

/**
 * Lets alarms of this account tell a topic that the key encrypts: without it they are silent, and nobody is told of that.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
export function openKeyToAlarms(scope: Construct, key: IKey): void {
  const { statementAdded } = key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Alarms',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  if (statementAdded) return;
  Annotations.of(scope).addWarningV2(
    'stint:key-policy-alarms',
    'encryptionKey is made elsewhere: its policy must let CloudWatch use it, or alarms tell nobody. docs/deploy.md has the statement.',
  );
}
