import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { expect, test } from 'vitest';
import { BackgroundJobsStack } from '../../lib/background-jobs-stack.ts';
import { ENTRIES, newApp, QUEUES, resource, resources } from './synth.ts';

function setup() {
  const stack = new BackgroundJobsStack(newApp(), 'Test', { queues: QUEUES, entries: ENTRIES });
  const code = lambda.Code.fromInline('exports.handler = async () => {};');
  const caller = () =>
    new lambda.Function(stack, 'Web', { code, handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X });
  return { stack, caller, template: () => Template.fromStack(stack) };
}

const statementsOf = (template: Template, role: string) =>
  resource(template, 'AWS::IAM::Policy', role).Properties.PolicyDocument.Statement;

const arnOf = (part: string) => ({ 'Fn::GetAtt': [expect.stringContaining(part), 'Arn'] });

test('a function may put records and send to the job queues, and nothing else', () => {
  const { stack, caller, template } = setup();

  stack.jobs.grantEnqueue(caller());

  expect(statementsOf(template(), 'WebServiceRole')).toEqual([
    { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: arnOf('JobsTable') },
    {
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Resource: [arnOf('JobsQueuesJobsdefault'), arnOf('JobsQueuesJobslongvideos')],
    },
  ]);
});

test('a function is told what the API is told of table and queues', () => {
  const { stack, caller, template } = setup();

  stack.jobs.grantEnqueue(caller());

  const variablesOf = (name: string) =>
    Object.entries(resources(template(), 'AWS::Lambda::Function')).find(([id]) => id.startsWith(name))![1].Properties
      .Environment.Variables;
  const { STINT_TABLE_NAME, STINT_QUEUES, STINT_DEAD_LETTERS_URL } = variablesOf('JobsApiFunction');
  expect(variablesOf('Web')).toEqual({ STINT_TABLE_NAME, STINT_QUEUES, STINT_DEAD_LETTERS_URL });
});

test('a role gets the same rights', () => {
  const { stack, template } = setup();
  const role = new Role(stack, 'Task', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });

  stack.jobs.grantEnqueue(role).assertSuccess();

  expect(statementsOf(template(), 'TaskDefaultPolicy').map(({ Action }: { Action: string }) => Action)).toEqual([
    'dynamodb:PutItem',
    'sqs:SendMessage',
  ]);
});
