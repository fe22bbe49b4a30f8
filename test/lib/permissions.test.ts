import { expect, test } from 'vitest';
import { FUNCTIONS, resource, resources, synth } from './synth.ts';

const template = synth();

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

const array = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

const statementsOf = (name: string): Statement[] =>
  resource(template, 'AWS::IAM::Policy', name).Properties.PolicyDocument.Statement;

/** `{"Fn::GetAtt":["JobsTable10C8EDF6","Arn"]}` → `Table`; an index: `Table/index/by-task`. */
function short(arn: unknown): string {
  const [, id, path = ''] =
    /"Fn::GetAtt":\["Jobs(\w+?)[0-9A-F]{8}","Arn"\]\}(?:,"([^"]+)")?/.exec(JSON.stringify(arn)) ?? [];
  return `${id}${path}`;
}

/** What a function may do: action → the resources, in short. */
const rightsOf = (name: string): Record<string, string[]> =>
  Object.fromEntries(
    statementsOf(name).flatMap(({ Action, Resource }) =>
      array(Action).map((action) => [action, array(Resource).map(short).toSorted()] as const),
    ),
  );

const logs = (group: string) => ({ 'logs:CreateLogStream': [group], 'logs:PutLogEvents': [group] });
const jobQueues = ['QueuesJobsdefault', 'QueuesJobslongvideos'];
const records = { 'dynamodb:GetItem': ['Table'], 'dynamodb:PutItem': ['Table'], 'dynamodb:UpdateItem': ['Table'] };
const consume = (queue: string) => ({
  'sqs:ReceiveMessage': [queue],
  'sqs:DeleteMessage': [queue],
  'sqs:GetQueueAttributes': [queue],
});

test('the API may write and read records, list them, and send to the job queues', () => {
  expect(rightsOf('Api')).toEqual({
    ...logs('ApiFunctionLogs'),
    ...records,
    'dynamodb:BatchGetItem': ['Table'],
    'dynamodb:Query': ['by-project', 'by-task', 'by-user', 'failed'].map((index) => `Table/index/${index}`),
    'sqs:SendMessage': jobQueues,
    'sqs:GetQueueAttributes': ['QueuesDeadLetters', ...jobQueues, 'QueuesUndeliverable'],
  });
});

test('the worker of the queue that changes many jobs may list them, too', () => {
  expect(rightsOf('Workersdefault')).toEqual({
    ...logs('WorkersdefaultFunctionLogs'),
    ...records,
    ...consume('QueuesJobsdefault'),
    'sqs:ChangeMessageVisibility': ['QueuesJobsdefault'],
    'dynamodb:BatchGetItem': ['Table'],
    'dynamodb:Query': ['by-project', 'by-task', 'by-user'].map((index) => `Table/index/${index}`),
    'sqs:SendMessage': ['QueuesDeadLetters', ...jobQueues],
  });
});

test('a worker may take from its own queue, send to all and to dead-letters, and write and read records', () => {
  expect(rightsOf('Workerslongvideos')).toEqual({
    ...logs('WorkerslongvideosFunctionLogs'),
    ...records,
    ...consume('QueuesJobslongvideos'),
    'sqs:ChangeMessageVisibility': ['QueuesJobslongvideos'],
    'sqs:SendMessage': ['QueuesDeadLetters', ...jobQueues],
  });
});

test('bury may take from undeliverable, send to the job queues and dead-letters, and write records', () => {
  expect(rightsOf('Bury')).toEqual({
    ...logs('BuryFunctionLogs'),
    'dynamodb:PutItem': ['Table'],
    'dynamodb:UpdateItem': ['Table'],
    ...consume('QueuesUndeliverable'),
    'sqs:SendMessage': ['QueuesDeadLetters', ...jobQueues],
  });
});

test('the sweep may read what is due, write and read records, send to the job queues, and tidy dead-letters', () => {
  expect(rightsOf('Sweep')).toEqual({
    ...logs('SweepFunctionLogs'),
    ...records,
    'dynamodb:Query': ['Table/index/attention'],
    'sqs:SendMessage': jobQueues,
    'sqs:ReceiveMessage': ['QueuesDeadLetters'],
    'sqs:DeleteMessage': ['QueuesDeadLetters'],
  });
});

test('no right has a wildcard, in its action or its resource', () => {
  for (const { Action, Resource } of FUNCTIONS.flatMap(statementsOf)) {
    expect(array(Action).join()).not.toContain('*');
    expect(JSON.stringify(Resource)).not.toContain('*');
  }
});

test('no role has a managed policy, or rights beside those of its own policy', () => {
  expect(Object.keys(resources(template, 'AWS::IAM::Policy'))).toHaveLength(FUNCTIONS.length);
  for (const { Properties } of Object.values(resources(template, 'AWS::IAM::Role')))
    expect(Object.keys(Properties)).toEqual(['AssumeRolePolicyDocument']);
});

test('a function, and so its mapping, is made after its rights: AWS refuses a mapping that may not receive yet', () => {
  for (const { Properties } of Object.values(resources(template, 'AWS::Lambda::EventSourceMapping'))) {
    const consumer = resources(template, 'AWS::Lambda::Function')[Properties.FunctionName.Ref]!;
    const policies = Object.entries(resources(template, 'AWS::IAM::Policy'))
      .filter(([, policy]) => policy.Properties.Roles[0].Ref === consumer.Properties.Role['Fn::GetAtt'][0])
      .map(([id]) => id);
    expect(policies).toHaveLength(1);
    expect(consumer.DependsOn).toContain(policies[0]);
  }
});
