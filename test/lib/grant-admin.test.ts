import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { BackgroundJobsStack, type BackgroundJobsStackProps } from '../../lib/background-jobs-stack.ts';
import { ENTRIES, newApp, QUEUES, resource } from './synth.ts';

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

function statementsFor(props: Partial<BackgroundJobsStackProps> = {}): Statement[] {
  const stack = new BackgroundJobsStack(newApp(), 'Test', { queues: QUEUES, entries: ENTRIES, ...props });
  stack.jobs.grantAdmin(new Role(stack, 'OnCall', { assumedBy: new AccountRootPrincipal() })).assertSuccess();
  return resource(Template.fromStack(stack), 'AWS::IAM::Policy', 'OnCall').Properties.PolicyDocument.Statement;
}

const actionsOf = (statements: readonly Statement[]) => statements.flatMap(({ Action }) => Action).toSorted();

test('on-call may call the API, read logs, depths and dead letters, and redrive: nothing else', () => {
  expect(actionsOf(statementsFor())).toEqual([
    'cloudformation:DescribeStacks',
    'cloudformation:ListStackResources',
    'execute-api:Invoke',
    'logs:FilterLogEvents',
    'logs:GetLogEvents',
    'sqs:CancelMessageMoveTask',
    'sqs:ChangeMessageVisibility',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:GetQueueUrl',
    'sqs:ListMessageMoveTasks',
    'sqs:ReceiveMessage',
    'sqs:SendMessage',
    'sqs:StartMessageMoveTask',
  ]);
});

test('messages are taken from dead-letters alone, and sent to job queues alone', () => {
  const of = (action: string) => statementsFor().find(({ Action }) => [Action].flat().includes(action))?.Resource;
  expect(of('sqs:DeleteMessage')).toEqual({ 'Fn::GetAtt': [expect.stringContaining('DeadLetters'), 'Arn'] });
  expect(of('sqs:SendMessage')).toEqual([
    { 'Fn::GetAtt': [expect.stringContaining('Jobsdefault'), 'Arn'] },
    { 'Fn::GetAtt': [expect.stringContaining('Jobslongvideos'), 'Arn'] },
  ]);
});

test('the stack may be asked for by its name, for which CloudFormation looks for a right on stack/NAME/*', () => {
  const right = statementsFor().find(({ Action }) => [Action].flat().includes('cloudformation:DescribeStacks'));
  expect(JSON.stringify(right?.Resource)).toContain(':stack/Test/*');
});

test('no right is given on everything of a kind', () => {
  for (const { Resource } of statementsFor()) expect([Resource].flat()).not.toContain('*');
});

test('with api-key the keys are its, and of the table no other item; the API asks for a key, not for a right', () => {
  const statements = statementsFor({ auth: 'api-key' });
  const ofTable = statements.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('dynamodb:')));

  expect(actionsOf(statements)).not.toContain('execute-api:Invoke');
  expect(ofTable.map(({ Action, Condition }) => [Action, Condition])).toEqual([
    [
      ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem'],
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['key#*'] } },
    ],
    ['dynamodb:Query', { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['#api-keys'] } }],
  ]);
});
