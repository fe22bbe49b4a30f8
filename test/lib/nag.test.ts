import { type App, Stack, Validations } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { BackgroundJobsStack, type BackgroundJobsStackProps } from '../../lib/background-jobs-stack.ts';
import { STAGES } from '../../lib/stages.ts';
import { ENTRIES, newApp, QUEUES } from './synth.ts';

/** What cdk-nag has to say: empty when each finding is mended or accepted, with its reason, in lib/accepted-findings.ts. */
function nag(
  props: Partial<BackgroundJobsStackProps>,
  madeIn: (app: App) => Partial<BackgroundJobsStackProps> = () => ({}),
): string {
  const app = newApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  new BackgroundJobsStack(app, 'Test', {
    queues: QUEUES,
    entries: ENTRIES,
    ...props,
    ...madeIn(app),
  });
  try {
    app.synth();
    return '';
  } catch (error) {
    return String(error);
  }
}

const jwt = { mode: 'jwt', issuer: 'https://login.example.org/', audience: ['jobs'] } as const;

test.each<[string, Partial<BackgroundJobsStackProps>]>([
  ['by default', {}],
  ['in the stage dev', STAGES.dev],
  ['in the stage prod', STAGES.prod],
  ['with subscribers of alarms', { alarmSubscribers: ['ada@example.com', 'https://pager.example.com/hook'] }],
  ['with tracing', { tracing: true }],
  ['with tokens', { auth: jwt }],
  ['with keys', { auth: 'api-key' }],
  ['open to all, as it was asked for', { auth: 'none', iUnderstandThisIsPublic: true }],
  ['behind a function URL', { frontDoor: 'function-url' }],
])('cdk-nag (AwsSolutions, Serverless) finds nothing %s', (_when, props) => {
  expect(nag(props)).toBe('');
});

test('cdk-nag finds nothing with a key of its owner', () => {
  const keyOf = (app: App) => new Key(new Stack(app, 'Keys'), 'Key', { enableKeyRotation: true });
  expect(nag({ accessLogs: true }, (app) => ({ encryptionKey: keyOf(app) }))).toBe('');
});

test('cdk-nag finds nothing with workers in a VPC', () => {
  const worker = (app: App) => {
    const privateSubnetIds = ['subnet-a', 'subnet-b'];
    const subnets = { vpcId: 'vpc-1', availabilityZones: ['a', 'b'], privateSubnetIds };
    const vpc = Vpc.fromVpcAttributes(new Stack(app, 'Network'), 'Vpc', subnets);
    return () => ({ vpc });
  };
  expect(nag({ tracing: true }, (app) => ({ worker: worker(app) }))).toBe('');
});

test('the check bites: a queue that takes plain http is found', () => {
  expect(nag({ local: true, auth: 'none' })).toContain('AwsSolutions-SQS4');
});
