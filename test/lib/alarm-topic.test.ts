import { NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { expect, test } from 'vitest';
import { BackgroundJobs } from '../../lib/background-jobs.ts';
import { ENTRIES, newApp, QUEUES, resource, resources, synth } from './synth.ts';

const template = synth({ alarmSubscribers: ['ada@example.com', 'https://pager.example.com/hook?key=1'] });
const topics = Object.keys(resources(template, 'AWS::SNS::Topic'));

test('a mail address and a URL are told of every alarm, by a topic of the stack', () => {
  expect(topics).toHaveLength(1);
  const told = Object.values(resources(template, 'AWS::SNS::Subscription')).map(({ Properties }) => Properties);
  expect(told).toMatchObject([
    { Protocol: 'email', Endpoint: 'ada@example.com', TopicArn: { Ref: topics[0] } },
    { Protocol: 'https', Endpoint: 'https://pager.example.com/hook?key=1', TopicArn: { Ref: topics[0] } },
  ]);
  const alarms = Object.values(resources(template, 'AWS::CloudWatch::Alarm'));
  expect(alarms.length).toBeGreaterThan(10);
  for (const { Properties } of alarms) expect(Properties.AlarmActions).toEqual([{ Ref: topics[0] }]);
});

test('the topic takes TLS only, and lets alarms of this account publish: with a policy of its own it would let none', () => {
  const { Statement } = resource(template, 'AWS::SNS::TopicPolicy', 'Alarmed').Properties.PolicyDocument;
  expect(Statement).toMatchObject([
    { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    {
      Effect: 'Allow',
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    },
  ]);
});

test('it bears the name of the stack, as much of it as SNS takes; of a nested one that of the stack around it', () => {
  const nameIn = (from: Template) => Object.values(resources(from, 'AWS::SNS::Topic'))[0]!.Properties.DisplayName;
  const alarmSubscribers = ['ada@example.com'];
  const long = 's'.repeat(128);
  const nested = new NestedStack(new Stack(newApp(), 'shop'), 'Nested');
  new BackgroundJobs(nested, 'Jobs', { queues: QUEUES, entries: ENTRIES, alarmSubscribers });

  expect(nameIn(template)).toBe('Alarms of Test');
  expect(nameIn(synth({ alarmSubscribers, stackName: long }))).toBe(`Alarms of ${long.slice(0, 90)}`);
  expect(nameIn(Template.fromStack(nested))).toBe('Alarms of shop');
});

test('without subscribers there is no topic, and beside a topic that is named both are told', () => {
  synth().resourceCountIs('AWS::SNS::Topic', 0);
  const alarmTopicArn = 'arn:aws:sns:us-east-1:000000000000:on-call';
  const both = synth({ alarmTopicArn, alarmSubscribers: ['ada@example.com'] });
  for (const { Properties } of Object.values(resources(both, 'AWS::CloudWatch::Alarm')))
    expect(Properties.AlarmActions).toEqual([alarmTopicArn, { Ref: topics[0] }]);
});

test.each([
  'http://pager.example.com',
  'ada',
  'ada@example',
  '@example.com',
  'a b@example.com',
  'https://',
  'arn:aws:sns:x',
])('%s cannot be told, and the stack says so', (subscriber) => {
  expect(() => synth({ alarmSubscribers: [subscriber] })).toThrow(`'${subscriber}' cannot be told of alarms`);
});

test('a key of yours encrypts the topic, too, and lets alarms of this account use it; else they would be silent', () => {
  const template = withKey((stack) => new Key(stack, 'Key')).template();
  const [topic] = Object.values(resources(template, 'AWS::SNS::Topic'));
  expect(topic!.Properties.KmsMasterKeyId).toBeDefined();
  const { Statement } = resource(template, 'AWS::KMS::Key', 'Key').Properties.KeyPolicy;
  expect(Statement.find(({ Sid }: { Sid?: string }) => Sid === 'Alarms')).toMatchObject({
    Principal: { Service: 'cloudwatch.amazonaws.com' },
    Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
  });
});

test('of a key that is made elsewhere, a warning says that alarms must be let use it', () => {
  const arn = 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000';
  const { stack } = withKey((stack) => Key.fromKeyArn(stack, 'Key', arn));
  Annotations.fromStack(stack).hasWarning(
    '*',
    Match.stringLikeRegexp('must let CloudWatch use it, or alarms tell nobody'),
  );
});

function withKey(makeKey: (stack: Stack) => IKey) {
  const stack = new Stack(newApp(), 'Test');
  const encryptionKey = makeKey(stack);
  const alarmSubscribers = ['ada@example.com'];
  new BackgroundJobs(stack, 'Jobs', { queues: QUEUES, entries: ENTRIES, encryptionKey, alarmSubscribers });
  return { stack, template: () => Template.fromStack(stack) };
}
