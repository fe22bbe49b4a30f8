import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { BackgroundJobs } from '../../lib/background-jobs.ts';
import { BackgroundJobsStack } from '../../lib/background-jobs-stack.ts';
import { ENTRIES, newApp, QUEUES, synth } from './synth.ts';

const props = { queues: QUEUES, entries: ENTRIES };

test('a public API is refused unless it is local or asked for in so many words', () => {
  expect(() => synth({ auth: 'none' })).toThrow(/anyone on the internet .* iUnderstandThisIsPublic: true/);
  expect(() => synth({ auth: 'none', local: true })).not.toThrow();
  expect(() => synth({ auth: 'none', iUnderstandThisIsPublic: true })).not.toThrow();
});

test('the outputs are what scripts need, and nothing secret', () => {
  expect(Object.keys(synth().findOutputs('*')).toSorted()).toEqual([
    'ApiUrl',
    'DeadLettersUrl',
    'Queues',
    'TableName',
    'UndeliverableUrl',
  ]);
});

test('two sets of background jobs in one app do not collide, in two stacks or in one', () => {
  const app = newApp();
  const alone = new BackgroundJobsStack(app, 'Alone', props);
  const shared = new Stack(app, 'Shared');
  new BackgroundJobs(shared, 'First', props);
  new BackgroundJobs(shared, 'Second', { ...props, local: true, auth: 'none' });

  const count = (stack: Stack) => Object.keys(Template.fromStack(stack).findResources('AWS::SQS::Queue')).length;
  expect(count(alone)).toBe(4);
  expect(count(shared)).toBe(8);
});

test('two in one stack have outputs, APIs and functions of their own names', () => {
  const stack = new Stack(newApp(), 'Shop');
  const mail = new BackgroundJobs(stack, 'Mail', props);
  const video = new BackgroundJobs(stack, 'Video', props);
  mail.addOutputs();
  video.addOutputs('Video');

  const template = Template.fromStack(stack);

  expect(Object.keys(template.findOutputs('*')).filter((name) => name.endsWith('ApiUrl'))).toEqual([
    'ApiUrl',
    'VideoApiUrl',
  ]);
  expect(() => mail.addOutputs()).toThrow(/already a Construct with name 'ApiUrl'/);
  const apis = Object.values(template.findResources('AWS::ApiGatewayV2::Api')).map(({ Properties }) => Properties.Name);
  expect(apis).toEqual(['Shop/Mail', 'Shop/Video']);
  expect(new Set([...mail.functions, ...video.functions].map(({ node }) => node.path)).size).toBe(10);
  expect(Object.keys(mail.workers)).toEqual(['default', 'long-videos']);
});

test('no resource has a physical name that a second stack would collide with', () => {
  // An index is named within its table, a stage within its API, and an API's name need not be its own.
  const { Resources } = synth().toJSON() as { Resources: Record<string, { Type: string; Properties: object }> };
  const named = Object.values(Resources).flatMap(({ Type, Properties = {} }) =>
    Object.keys(Properties)
      .filter((property) => /^(Name|(Table|Queue|Function|Role|LogGroup|Rule|Alarm)Name)$/.test(property))
      .filter((property) => `${Type}.${property}` !== 'AWS::Lambda::Permission.FunctionName')
      .filter((property) => `${Type}.${property}` !== 'AWS::Lambda::EventSourceMapping.FunctionName')
      .filter((property) => `${Type}.${property}` !== 'AWS::Lambda::EventInvokeConfig.FunctionName')
      .map((property) => `${Type}.${property}`),
  );
  expect(named).toEqual(['AWS::ApiGatewayV2::Api.Name']);
});

test('the local stack needs no roles of a bootstrapped account', () => {
  const app = newApp();
  const local = new BackgroundJobsStack(app, 'Local', { ...props, local: true, auth: 'none' });
  const artifact = app.synth().getStackArtifact(local.artifactId);
  expect(artifact.assumeRoleArn).toBeUndefined();
});
