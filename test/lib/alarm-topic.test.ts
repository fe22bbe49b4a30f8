import { expect, test } from 'vitest';
import { resource, resources, synth } from './synth.ts';

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
