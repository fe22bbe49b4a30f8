import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { expect, test } from 'vitest';
import { STAGES } from '../../lib/stages.ts';
import { resources, synth } from './synth.ts';

const dev = synth(STAGES.dev);
const prod = synth(STAGES.prod);

type Kept = Record<string, { Type: string; DeletionPolicy?: string; UpdateReplacePolicy?: string }>;
const policies = (template: typeof dev) =>
  Object.values(template.toJSON().Resources as Kept).filter(({ Type }) =>
    ['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup'].includes(Type),
  );
const replica = (template: typeof dev) =>
  Object.values(resources(template, 'AWS::DynamoDB::GlobalTable'))[0]!.Properties.Replicas[0];

test('prod never deletes data: table, queues and logs outlive the stack, and a replacement', () => {
  expect(policies(prod).length).toBeGreaterThan(5);
  for (const { Type, DeletionPolicy, UpdateReplacePolicy } of policies(prod)) {
    expect(DeletionPolicy, Type).toMatch(/^Retain(ExceptOnCreate)?$/);
    expect(UpdateReplacePolicy, Type).toBe('Retain');
  }
});

test('dev leaves nothing behind', () => {
  for (const { Type, DeletionPolicy } of policies(dev)) expect(DeletionPolicy, Type).toBe('Delete');
});

test('prod’s table refuses to be deleted and can be restored; dev’s neither', () => {
  expect(replica(prod)).toMatchObject({
    DeletionProtectionEnabled: true,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  });
  expect(replica(dev)).toMatchObject({
    DeletionProtectionEnabled: false,
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
  });
});

test('prod refuses to be deleted as a stack, dev does not', () => {
  expect([STAGES.prod.terminationProtection, STAGES.dev.terminationProtection]).toEqual([true, false]);
});

test('logs are kept for three months in prod, for a week in dev', () => {
  for (const [template, days] of [
    [prod, RetentionDays.THREE_MONTHS],
    [dev, RetentionDays.ONE_WEEK],
  ] as const)
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: days });
});

test('prod has alarms, and tells them to a topic that is named; dev has none', () => {
  prod.resourceCountIs('AWS::CloudWatch::Alarm', 16);
  dev.resourceCountIs('AWS::CloudWatch::Alarm', 0);
  const alarmTopicArn = 'arn:aws-us-gov:sns:us-gov-west-1:000000000000:on-call';
  for (const { Properties } of Object.values(
    resources(synth({ ...STAGES.prod, alarmTopicArn }), 'AWS::CloudWatch::Alarm'),
  ))
    expect(Properties.AlarmActions).toEqual([alarmTopicArn]);
});

test('prod’s gateway writes a line for each request, in a group that needs no regional policy and is of this stack alone', () => {
  const settings = Object.values(resources(prod, 'AWS::ApiGatewayV2::Stage'))[0]!.Properties.AccessLogSettings;
  const named = Object.values(resources(prod, 'AWS::Logs::LogGroup')).filter(
    ({ Properties }) => Properties.LogGroupName,
  );
  expect(named).toHaveLength(1);
  const [begins, stackUuid] = named[0]!.Properties.LogGroupName['Fn::Join'][1];
  expect(begins).toMatch(/^\/aws\/vendedlogs\/apis\/\w+-$/);
  // arn:aws:cloudformation:region:account:stack/name/uuid
  expect(stackUuid).toEqual({ 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] });
  expect(JSON.parse(settings.Format)).toMatchObject({ route: '$context.routeKey', status: '$context.status' });
  expect(settings.Format).not.toMatch(/header|querystring|body/i);
  expect(Object.values(resources(dev, 'AWS::ApiGatewayV2::Stage'))[0]!.Properties.AccessLogSettings).toBeUndefined();
});

test.each(Object.entries(STAGES))(
  '%s names no partition, region or account: it can be deployed to any',
  (_stage, props) => {
    const text = JSON.stringify(synth(props).toJSON());
    expect(text).not.toMatch(/arn:aws/);
    expect(text).not.toMatch(/\b(us|eu|ap|ca|sa|cn)-[a-z]+-\d\b/);
    expect(text).not.toMatch(/\b\d{12}\b/);
  },
);

test('functions run on x86_64 where it is asked for: some regions have no arm64', () => {
  const all = Object.values(resources(synth({ architecture: 'x86_64' }), 'AWS::Lambda::Function'));
  for (const { Properties } of all) expect(Properties.Architectures).toEqual(['x86_64']);
});
