import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, EventType } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { expect, test } from 'vitest';
import { BackgroundJobs } from '../../lib/background-jobs.ts';
import { BackgroundJobsStack } from '../../lib/background-jobs-stack.ts';
import { ENTRIES, FUNCTIONS, newApp, QUEUES, resource, resources } from './synth.ts';

/** A stack whose key is in a stack of its own, as people have them. */
function setup(keyOf: (stack: Stack) => IKey = (stack) => new Key(stack, 'Key', { enableKeyRotation: true })) {
  const app = newApp();
  const keys = new Stack(app, 'Keys');
  const stack = new BackgroundJobsStack(app, 'Test', {
    queues: QUEUES,
    entries: ENTRIES,
    accessLogs: true,
    encryptionKey: keyOf(keys),
  });
  return { stack, template: () => Template.fromStack(stack), keyTemplate: () => Template.fromStack(keys) };
}

const theKey = { 'Fn::GetStackOutput': expect.objectContaining({ StackName: 'Keys' }) };

interface Statement {
  readonly Sid?: string;
  readonly Action: string | string[];
  readonly Principal?: { readonly Service?: unknown };
  readonly Condition?: unknown;
}
const statementsOf = (template: Template, part: string): Statement[] =>
  resource(template, 'AWS::IAM::Policy', part).Properties.PolicyDocument.Statement;
const keyPolicy = (template: Template): Statement[] =>
  resource(template, 'AWS::KMS::Key', 'Key').Properties.KeyPolicy.Statement;

test('table, queues and log groups are encrypted with the key', () => {
  const template = setup().template();

  const table = resource(template, 'AWS::DynamoDB::GlobalTable', 'Table').Properties;
  expect(table.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
  expect(table.Replicas[0].SSESpecification.KMSMasterKeyId).toEqual(theKey);
  const queues = Object.values(resources(template, 'AWS::SQS::Queue'));
  expect(queues).toHaveLength(4);
  for (const { Properties } of queues) expect(Properties.KmsMasterKeyId).toEqual(theKey);
  const groups = Object.values(resources(template, 'AWS::Logs::LogGroup'));
  expect(groups).toHaveLength(FUNCTIONS.length + 1); // and that of the access logs
  for (const { Properties } of groups) expect(Properties.KmsKeyId).toEqual(theKey);
});

test('without a key of yours none is named, and no function has a right on one', () => {
  const stack = new BackgroundJobsStack(newApp(), 'Test', { queues: QUEUES, entries: ENTRIES, accessLogs: true });
  expect(JSON.stringify(Template.fromStack(stack))).not.toMatch(/kms/i);
});

const byServicesOnly = {
  Effect: 'Allow',
  Action: [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  Resource: theKey,
  Condition: {
    StringEquals: {
      'kms:ViaService': ['dynamodb', 'sqs'].map((service) => ({
        'Fn::Join': ['', [`${service}.`, { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]],
      })),
    },
  },
};

test.each(FUNCTIONS)('%s may use the key by way of DynamoDB and SQS, and not by itself', (name) => {
  const rights = statementsOf(setup().template(), name).filter(({ Action }) => JSON.stringify(Action).includes('kms:'));
  expect(rights).toEqual([byServicesOnly]);
});

test.each(['grantEnqueue', 'grantAdmin'] as const)('%s includes the key', (grant) => {
  const { stack, template } = setup();
  stack.jobs[grant](new Role(stack, 'Somebody', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
  expect(statementsOf(template(), 'Somebody')).toContainEqual(byServicesOnly);
});

test('the key lets CloudWatch Logs in, for log groups of this account and region only', () => {
  const statement = keyPolicy(setup().keyTemplate()).find(({ Sid }) => Sid === 'LogGroups');
  expect(statement).toMatchObject({
    Principal: { Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]] } },
    Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': expect.anything() } },
  });
  expect(JSON.stringify(statement?.Condition)).toMatch(/AWS::Region.*AWS::AccountId.*:log-group:\*/);
});

test('a service that is made to send to a job queue is let use the key; without one, none is', () => {
  const open = (template: Template) =>
    keyPolicy(template).flatMap(({ Principal }) => (typeof Principal?.Service === 'string' ? [Principal.Service] : []));
  expect(open(setup().keyTemplate())).toEqual([]);

  const stack = new Stack(newApp(), 'Test');
  const encryptionKey = new Key(stack, 'Key');
  const { queues } = new BackgroundJobs(stack, 'Jobs', { queues: QUEUES, entries: ENTRIES, encryptionKey });
  const queue = queues.default!;
  new Bucket(stack, 'Uploads').addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue));
  new Rule(stack, 'Orders', { eventPattern: { source: ['shop'] }, targets: [new SqsQueue(queue)] });
  new Topic(stack, 'News').addSubscription(new SqsSubscription(queue));
  const services = [...new Set(open(Template.fromStack(stack)))].toSorted();
  expect(services).toEqual(['events.amazonaws.com', 's3.amazonaws.com', 'sns.amazonaws.com']);
});

test('of a key that is made elsewhere, a warning says that its policy is its owner’s', () => {
  const arn = 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000';
  const { stack } = setup((keys) => Key.fromKeyArn(keys, 'Key', arn));
  Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('its policy must let CloudWatch Logs use it'));
  Annotations.fromStack(setup().stack).hasNoWarning('*', Match.anyValue());
});
