import { CfnParameter, Stack } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { BackgroundJobsStack } from '../../lib/background-jobs-stack.ts';
import { ENTRIES, newApp, QUEUES, resources, synth } from './synth.ts';

const template = synth();
const routesOf = (from = template) =>
  Object.values(resources(from, 'AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);
const stageOf = (from = template) => Object.values(resources(from, 'AWS::ApiGatewayV2::Stage'))[0]!;

test('every route asks for a signed request, and /health alone for none', () => {
  const open = routesOf().filter((route) => route.AuthorizationType !== 'AWS_IAM');
  expect(open.map((route) => [route.RouteKey, route.AuthorizationType])).toEqual([['GET /health', 'NONE']]);
});

test('the API has its routes, and others that answer for all unknown paths', () => {
  expect(
    routesOf()
      .map((route) => route.RouteKey)
      .toSorted(),
  ).toEqual(
    [
      'POST /tasks/trigger-test',
      'POST /tasks/{task_name}/jobs',
      'GET /tasks',
      'POST /jobs/batch',
      'GET /jobs',
      'GET /jobs/{job_id}',
      'POST /jobs/abort',
      'POST /jobs/retry',
      'PATCH /jobs/{job_id}',
      'POST /jobs/{job_id}/abort',
      'POST /jobs/{job_id}/retry',
      'GET /stats',
      'GET /dead-letters',
      'POST /dead-letters/redrive',
      'GET /openapi.json',
      'GET /docs',
      'GET /health',
      ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method) => [`${method} /`, `${method} /{proxy+}`]),
    ].toSorted(),
  );
});

test('no route catches OPTIONS, so that a browser’s preflight is never asked for credentials', () => {
  for (const { RouteKey } of routesOf()) expect(RouteKey).not.toMatch(/^(ANY|OPTIONS|\$default)/);
});

test('on the local cloud, without authorizer, every route is open', () => {
  const routes = routesOf(synth({ local: true, auth: 'none' }));
  for (const route of routes) expect(route.AuthorizationType).toBe('NONE');
});

test('requests are throttled, those that may wait more so', () => {
  expect(stageOf().Properties).toMatchObject({
    StageName: '$default',
    AutoDeploy: true,
    DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    RouteSettings: { 'GET /jobs/{job_id}': { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 } },
  });
  const own = synth({ throttle: { rate: 7, burst: 8 }, waitThrottle: { rate: 1, burst: 2 } });
  expect(stageOf(own).Properties).toMatchObject({
    DefaultRouteSettings: { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 8 },
    RouteSettings: { 'GET /jobs/{job_id}': { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 } },
  });
});

test('the stage is made after the routes that it names, or API Gateway refuses it', () => {
  const routes = Object.keys(resources(template, 'AWS::ApiGatewayV2::Route'));
  expect(stageOf().DependsOn).toEqual(expect.arrayContaining(routes));
});

test('all routes share one integration and one permission, which names this API', () => {
  template.resourceCountIs('AWS::ApiGatewayV2::Integration', 1);
  template.hasResourceProperties('AWS::ApiGatewayV2::Integration', { PayloadFormatVersion: '2.0' });
  const permissions = Object.values(resources(template, 'AWS::Lambda::Permission')).filter(
    ({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com',
  );
  expect(permissions).toHaveLength(1);
  expect(JSON.stringify(permissions[0]!.Properties.SourceArn)).toContain('"Ref":"JobsApiHttp');
});

test('the API has the same id at each deploy on the local cloud, and AWS’s own elsewhere', () => {
  const tagsOf = (from: typeof template) =>
    Object.values(resources(from, 'AWS::ApiGatewayV2::Api'))[0]!.Properties.Tags;
  const local = tagsOf(synth({ local: true, auth: 'none' }));
  expect(local['ms-custom-id']).toMatch(/^[0-9a-f]{8}$/);
  expect(tagsOf(synth({ local: true, auth: 'none' }))).toEqual(local);
  expect(tagsOf(synth({ local: true, auth: 'none', stackName: 'other' }))).not.toEqual(local);
  expect(tagsOf(template)).toBeUndefined();
});

test('browsers of the configured origins may call, with the headers that the API reads; of no other', () => {
  const corsOf = (from: typeof template) =>
    Object.values(resources(from, 'AWS::ApiGatewayV2::Api'))[0]!.Properties.CorsConfiguration;
  expect(corsOf(template)).toBeUndefined();
  const cors = corsOf(synth({ cors: { origins: ['https://app.example.org'], credentials: true } }));
  expect(cors).toMatchObject({
    AllowOrigins: ['https://app.example.org'],
    AllowCredentials: true,
    AllowMethods: ['GET', 'POST', 'PATCH'],
    AllowHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'traceparent',
      'x-api-key',
      'x-request-id',
      'x-amz-content-sha256',
      'x-amz-date',
      'x-amz-security-token',
    ],
    MaxAge: 3_600,
    ExposeHeaders: ['location', 'retry-after', 'x-request-id'],
  });
});

test.each([
  [{ origins: [] }, 'at least one origin'],
  [{ origins: ['*'], credentials: true }, 'named origins only'],
  [{ origins: ['https://app.example.org/'] }, 'is no origin'],
  [{ origins: ['*', 'app.example.org'] }, 'is no origin'],
])('refuses the CORS configuration %j', (cors, why) => {
  expect(() => synth({ cors })).toThrow(why);
});

test.each([
  [{ throttle: { rate: -1, burst: 1 } }, /^throttle: rate/],
  [{ throttle: { rate: Number.NaN, burst: 1 } }, /^throttle: rate/],
  [{ waitThrottle: { rate: 0.5, burst: 1.5 } }, /^waitThrottle: rate/],
])('refuses a throttle that API Gateway would refuse: %j', (props, why) => {
  expect(() => synth(props)).toThrow(why);
});

test('a throttle may be known only when the stack is deployed, and may let nobody through', () => {
  const app = newApp();
  const burst = new CfnParameter(new Stack(app, 'Numbers'), 'Burst', { type: 'Number' }).valueAsNumber;
  const props = { queues: QUEUES, entries: ENTRIES, throttle: { rate: 0, burst } };
  expect(() => new BackgroundJobsStack(app, 'Test', props)).not.toThrow();
});

test.each([-1, 1.5, 101])('refuses %d waits at once', (maxWaits) => {
  expect(() => synth({ maxWaits })).toThrow('maxWaits');
});
