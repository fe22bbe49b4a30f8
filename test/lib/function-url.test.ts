import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import type { AuthProp } from '../../lib/auth.ts';
import { BackgroundJobs } from '../../lib/background-jobs.ts';
import { ENTRIES, newApp, QUEUES, resources, synth } from './synth.ts';

const frontDoor = 'function-url';
const urlOf = (props: Parameters<typeof synth>[0]) =>
  Object.values(resources(synth({ frontDoor, ...props }), 'AWS::Lambda::Url'))[0]!.Properties;

test('the API can be behind its function’s own URL, without any API Gateway', () => {
  const template = synth({ frontDoor });
  template.resourceCountIs('AWS::Lambda::Url', 1);
  const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
  expect(types.filter((type) => type.startsWith('AWS::ApiGateway'))).toEqual([]);
  expect(template.findOutputs('ApiUrl').ApiUrl?.Value['Fn::GetAtt'][1]).toBe('FunctionUrl');
});

test.each<[AuthProp, string]>([
  ['iam', 'AWS_IAM'],
  ['api-key', 'NONE'],
])('with auth %s the URL asks for %s: keys are checked by the function', (auth, type) => {
  expect(urlOf({ auth }).AuthType).toBe(type);
});

test('an open URL takes the same words as an open API', () => {
  expect(() => synth({ frontDoor, auth: 'none' })).toThrow('iUnderstandThisIsPublic');
});

test('tokens need API Gateway: jwt is refused', () => {
  const jwt = { mode: 'jwt', issuer: 'https://login.example.org/', audience: ['jobs'] } as const;
  expect(() => synth({ frontDoor, auth: jwt })).toThrow('cannot check tokens');
});

test('a caller gets both rights that a function URL asks for', () => {
  const stack = new Stack(newApp(), 'Stack');
  const jobs = new BackgroundJobs(stack, 'Jobs', { queues: QUEUES, entries: ENTRIES, frontDoor });
  jobs.grantInvoke(new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountRootPrincipal() }));

  const policy = Object.entries(resources(Template.fromStack(stack), 'AWS::IAM::Policy')).find(([id]) =>
    id.startsWith('Caller'),
  );
  const actions = policy?.[1].Properties.PolicyDocument.Statement.flatMap(
    ({ Action }: { Action: string | string[] }) => Action,
  );
  expect(actions.toSorted()).toEqual(['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl']);
});

test('where keys are checked by the function, everyone gets both rights that its URL asks for, and only by way of it', () => {
  const permissions = Object.values(resources(synth({ frontDoor, auth: 'api-key' }), 'AWS::Lambda::Permission'))
    .map(({ Properties: { FunctionName: _, ...rest } }) => rest)
    .filter(({ Principal }) => Principal === '*');
  expect(permissions.toSorted((a, b) => a.Action.localeCompare(b.Action))).toEqual([
    { Action: 'lambda:InvokeFunction', Principal: '*', InvokedViaFunctionUrl: true },
    { Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: 'NONE' },
  ]);
});

test('browsers may send and read the same as with an HTTP API', () => {
  const cors = { origins: ['https://app.example.org'], credentials: true };
  const { Cors } = urlOf({ cors });
  const api = Object.values(resources(synth({ cors }), 'AWS::ApiGatewayV2::Api'))[0]!.Properties.CorsConfiguration;
  expect(Cors).toEqual(api);
});
