import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { expect, test } from 'vitest';
import { ROUTES } from '../../lambdas/http/api.ts';
import { readAuthConfig } from '../../lambdas/http/auth/config.ts';
import type { AuthProp } from '../../lib/auth.ts';
import { BackgroundJobsStack } from '../../lib/background-jobs-stack.ts';
import { ROUTES as GATEWAY_ROUTES } from '../../lib/routes.ts';
import { ENTRIES, newApp, QUEUES, resource, resources, synth } from './synth.ts';

const jwt = { mode: 'jwt', issuer: 'https://login.example.org/', audience: ['jobs'] } as const;

const routesOf = (template: Template) =>
  Object.values(resources(template, 'AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);

const WEB = { arn: 'arn:aws:iam::123456789012:role/web', role: 'user' } as const;

/** What the API function is told, as the function itself reads it. */
function toldTo(template: Template) {
  const text: unknown = resource(template, 'AWS::Lambda::Function', 'Api').Properties.Environment.Variables.STINT_AUTH;
  return readAuthConfig(typeof text === 'string' ? text : JSON.stringify(text));
}

test.each<[AuthProp | undefined, object]>([
  [undefined, { mode: 'iam' }],
  ['iam', { mode: 'iam' }],
  ['api-key', { mode: 'api-key' }],
  [
    { mode: 'iam', callers: [{ arn: 'arn:aws:iam::123456789012:role/web', role: 'user' }] },
    { mode: 'iam', callers: [{ arn: 'arn:aws:iam::123456789012:role/web', role: 'user' }] },
  ],
  [
    jwt,
    { mode: 'jwt', adminScope: 'stint:admin', userScope: 'stint:user', everyTokenIsAUser: false, userClaim: 'sub' },
  ],
  [
    { ...jwt, adminScope: 'a', userScope: 'u', everyTokenIsAUser: true, roleClaim: 'r', userClaim: 'email' },
    { mode: 'jwt', adminScope: 'a', userScope: 'u', everyTokenIsAUser: true, roleClaim: 'r', userClaim: 'email' },
  ],
])('auth %j is told to the function, which understands it', (auth, told) => {
  expect(toldTo(synth(auth === undefined ? {} : { auth }))).toEqual(told);
});

test('limits are told to the function', () => {
  const limits = { user: { requestsPerSecond: 0.5, burst: 3 }, queuedJobsPerUser: 100 };
  expect(toldTo(synth({ limits }))).toEqual({ mode: 'iam', limits });
});

test('with jwt, API Gateway checks a token on every route but the open ones', () => {
  const template = synth({ auth: jwt });
  template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
    AuthorizerType: 'JWT',
    IdentitySource: ['$request.header.Authorization'],
    JwtConfiguration: { Audience: ['jobs'], Issuer: 'https://login.example.org/' },
  });
  const open = routesOf(template).filter((route) => route.AuthorizationType !== 'JWT');
  expect(open.map((route) => route.RouteKey)).toEqual(['GET /health']);
  for (const { AuthorizerId } of routesOf(template).filter((route) => route.AuthorizationType === 'JWT'))
    expect(AuthorizerId).toEqual({ Ref: Object.keys(resources(template, 'AWS::ApiGatewayV2::Authorizer'))[0] });
});

test('with api-key, the function alone checks, so that a revoked key ends within seconds, on every route', () => {
  const template = synth({ auth: 'api-key' });
  template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 0);
  for (const { AuthorizationType } of routesOf(template)) expect(AuthorizationType).toBe('NONE');
  expect(toldTo(template).mode).toBe('api-key');
});

test('the routes that the gateway leaves open are those that the function asks nobody on', () => {
  const open = GATEWAY_ROUTES.filter((route) => route.open).map(({ method, path }) => `${method} ${path}`);
  const needNobody = ROUTES.filter(({ needs }) => needs === 'nobody').map(({ method, path }) => `${method} ${path}`);
  expect(open.toSorted()).toEqual(needNobody.toSorted());
});

test.each<[AuthProp, RegExp]>([
  ['none', /iUnderstandThisIsPublic/],
  [{ mode: 'none' }, /iUnderstandThisIsPublic/],
  [{ ...jwt, issuer: 'http://127.0.0.1:1' }, /https/],
  [{ ...jwt, audience: [] }, /audience is empty/],
  [{ ...jwt, adminScope: 'stint admin' }, /'stint admin'/],
  [{ ...jwt, roleClaim: '[x]' }, /'\[x\]'/],
  [{ mode: 'iam', callers: [{ arn: '*', role: 'admin' }] }, /not the ARN/],
  [{ mode: 'iam', callers: [{ ...WEB, userId: 'night shift' }] }, /userId/],
  [{ mode: 'iam', callers: [{ ...WEB, userId: '' }] }, /userId/],
  [{ mode: 'iam', callers: [{ arn: 'arn:aws:sts::123456789012:assumed-role/web/s', role: 'user' }] }, /not the ARN/],
])('refuses auth %j', (auth, says) => {
  expect(() => synth({ auth })).toThrow(says);
});

test('an open API takes the words, or the local cloud', () => {
  expect(toldTo(synth({ auth: 'none', iUnderstandThisIsPublic: true }))).toEqual({ mode: 'none' });
  expect(toldTo(synth({ auth: 'none', local: true }))).toEqual({ mode: 'none' });
});

test.each([
  [{ user: { requestsPerSecond: 0, burst: 1 } }, /limits.user/],
  [{ admin: { requestsPerSecond: 1, burst: 0 } }, /limits.admin/],
  [{ admin: { requestsPerSecond: Number.POSITIVE_INFINITY, burst: 1 } }, /limits.admin/], // JSON would make it null
  [{ queuedJobsPerUser: 1_001 }, /1 to 1000/],
])('refuses limits %j', (limits, says) => {
  expect(() => synth({ limits })).toThrow(says);
});

/** What looks like a key, a token, or a credential of AWS. */
const SECRET = /stint_[\w-]{20,}|eyJ[\w-]{10,}|AKIA[0-9A-Z]{12,}|-----BEGIN|secret/i;

test.each<AuthProp>(['iam', 'api-key', jwt])('no secret stands in the template: %j', (auth) => {
  const text = JSON.stringify(synth({ auth }).toJSON());
  expect(SECRET.exec(text)?.[0]).toBeUndefined();
});

test('a role is let through to this API, all of its routes, and no other', () => {
  const stack = new BackgroundJobsStack(newApp(), 'Test', { queues: QUEUES, entries: ENTRIES });
  const role = new iam.Role(stack, 'Web', { assumedBy: new iam.AccountRootPrincipal() });
  stack.jobs.grantInvoke(role);
  const [statement] = resource(Template.fromStack(stack), 'AWS::IAM::Policy', 'Web').Properties.PolicyDocument
    .Statement;
  expect(statement).toMatchObject({ Action: 'execute-api:Invoke', Effect: 'Allow' });
  const [, arn] = statement.Resource['Fn::Join'];
  const text = arn
    .map((part: unknown) => (typeof part === 'string' ? part : Object.values(part as object)[0]))
    .join('');
  expect(text).toMatch(/^arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:JobsApiHttp\w+\/\$default\/\*\/\*$/);
});
