import { createHash } from 'node:crypto';
import { dirname } from 'node:path/posix';
import { Duration, Names, Stack, Tags, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { accept } from './accepted-findings.ts';
import { accessLogs } from './access-logs.ts';
import { type Auth, authEnvironment, authorizerOf, type PrincipalLimits } from './auth.ts';
import type { Cors, FrontDoor, Throttle } from './background-jobs-props.ts';
import {
  CORS_ANSWER_HEADERS,
  CORS_MAX_AGE,
  CORS_METHODS,
  CORS_REQUEST_HEADERS,
  type CorsRules,
  checkCors,
} from './cors.ts';
import { FunctionUrl } from './function-url.ts';
import { JobFunction, type Wiring } from './job-function.ts';
import { LIST_INDEXES } from './jobs-table.ts';
import { ROUTES, type Route, UNKNOWN_PATHS } from './routes.ts';

export interface ApiProps {
  readonly wiring: Wiring;
  /** Default `http-api`. */
  readonly frontDoor?: FrontDoor | undefined;
  readonly auth: Auth;
  readonly limits: PrincipalLimits | undefined;
  /** Whether the API gets an id that stays the same from deploy to deploy: the emulator reads it from a tag. */
  readonly fixedId: boolean;
  readonly throttle: Throttle;
  readonly waitThrottle: Throttle;
  readonly cors?: Cors | undefined;
  /** Whose depth the API tells. */
  readonly undeliverable: IQueue;
  /** Whether API Gateway writes a line for each request, and whether they outlive the stack. Default false. */
  readonly accessLogs?: boolean | undefined;
  readonly retainLogs?: boolean | undefined;
  /** Default 3. */
  readonly maxWaits?: number | undefined;
}

/** The API's function, and the door that callers come in by. */
export class Api extends Construct {
  /** Undefined where the function's own URL is the front door. */
  readonly http: apigateway.HttpApi | undefined;
  readonly url: string;
  readonly function: JobFunction;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    this.function = apiFunction(this, props);
    const cors = props.cors && checkCors(props.cors);
    if (props.frontDoor === 'function-url') {
      this.url = new FunctionUrl(this, 'Url', { function: this.function, auth: props.auth, cors }).url;
      return;
    }
    this.http = this.#httpApi(props, cors);
    this.url = this.http.apiEndpoint;
  }

  /** Lets a caller through where `auth` is `iam`. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant {
    // A function URL asks for two rights: InvokeFunctionUrl, and InvokeFunction by way of the URL (aws-cdk#35725).
    if (!this.http) return this.function.grantInvokeUrl(grantee);
    const resourceArns = [this.http.arnForExecuteApi('*', '/*', '$default')];
    return iam.Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  }

  /** How many calls were answered with a 5xx. */
  get errors(): cloudwatch.IMetric {
    if (this.http) return this.http.metricServerError({ statistic: 'Sum' });
    return this.function.metric('Url5xxCount', { statistic: 'Sum' });
  }

  #httpApi(props: ApiProps, cors: CorsRules | undefined): apigateway.HttpApi {
    const authorizer = authorizerOf(props.auth);
    const http = new apigateway.HttpApi(this, 'Http', {
      apiName: nameOf(this),
      // Its default stage would have no throttle, and be made before the routes.
      createDefaultStage: false,
      ...(authorizer && { defaultAuthorizer: authorizer }),
      ...(cors && { corsPreflight: corsOf(cors) }),
    });
    const routes = this.#addRoutes(http);
    acceptUnsigned(http, routes, props.auth);
    this.#addStage(http, props, routes);
    if (props.fixedId)
      Tags.of(http).add('ms-custom-id', fixedId(this), { includeResourceTypes: ['AWS::ApiGatewayV2::Api'] });
    return http;
  }

  #addRoutes(http: apigateway.HttpApi): apigateway.HttpRoute[] {
    // One permission for the whole API: one per route would fill the function's policy (20 KB) and slow each deploy.
    const integration = new HttpLambdaIntegration('Function', this.function, { scopePermissionToRoute: false });
    const none = new apigateway.HttpNoneAuthorizer();
    return [...ROUTES, ...UNKNOWN_PATHS].flatMap(({ method, path, open }) =>
      http.addRoutes({
        path,
        methods: [apigateway.HttpMethod[method]],
        integration,
        ...(open && { authorizer: none }),
      }),
    );
  }

  #addStage(
    http: apigateway.HttpApi,
    { throttle, waitThrottle, wiring, accessLogs: logged, retainLogs = false }: ApiProps,
    routes: readonly apigateway.HttpRoute[],
  ): void {
    checkThrottle('throttle', throttle);
    checkThrottle('waitThrottle', waitThrottle);
    const stage = new apigateway.CfnStage(this, 'Stage', {
      apiId: http.apiId,
      stageName: '$default',
      autoDeploy: true,
      ...(logged && {
        accessLogSettings: accessLogs(this, {
          retention: wiring.logRetention,
          retain: retainLogs,
          encryptionKey: wiring.encryptionKey,
        }),
      }),
      defaultRouteSettings: { throttlingRateLimit: throttle.rate, throttlingBurstLimit: throttle.burst },
      // Passed on as it stands, so spelt as CloudFormation does.
      routeSettings: Object.fromEntries(
        ROUTES.filter((route) => route.waits).map((route) => [
          routeKey(route),
          { ThrottlingRateLimit: waitThrottle.rate, ThrottlingBurstLimit: waitThrottle.burst },
        ]),
      ),
    });
    if (!logged) accept(stage, 'noAccessLogs');
    // A stage that names a route fails while the route does not exist ("Unable to find Route by key").
    stage.node.addDependency(...routes);
  }
}

/** Routes that API Gateway lets anyone through to, each for its reason. */
function acceptUnsigned(http: apigateway.HttpApi, routes: readonly apigateway.HttpRoute[], { mode }: Auth): void {
  if (mode === 'api-key') accept(http, 'keysAreCheckedByTheFunction');
  else if (mode === 'none') accept(http, 'publicByIntent');
  const open = ROUTES.filter((route) => route.open).map(({ path }) => path);
  for (const route of routes) if (open.includes(route.path ?? '')) accept(route, 'openHealth');
}

const routeKey = ({ method, path }: Route): string => `${method} ${path}`;

function apiFunction(scope: Construct, { wiring, auth, limits, maxWaits = 3, undeliverable }: ApiProps): JobFunction {
  const { table, queues, deadLetters } = wiring;
  const api = new JobFunction(scope, 'Function', {
    wiring,
    entry: 'api',
    description: 'Answers the HTTP API of the background jobs',
    // API Gateway gives up after 30 s.
    timeout: Duration.seconds(29),
    // A `?wait=` is billed by memory, a request that enqueues by CPU, which grows with memory: 128 MB would make that
    // one twice as slow at the same price, and leave Node little room beside a body of some MB.
    memoryMb: 256,
    environment: {
      STINT_AUTH: authEnvironment(scope, auth, limits),
      MAX_WAITS: String(checkedWaits(maxWaits)),
      UNDELIVERABLE_URL: undeliverable.queueUrl,
    },
  });
  api.allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [table.tableArn]);
  api.allow(
    ['dynamodb:Query'],
    LIST_INDEXES.map((index) => table.indexArn(index)),
  );
  api.allow(
    ['sqs:SendMessage'],
    Object.values(queues).map((queue) => queue.queueArn),
  );
  api.allow(
    ['sqs:GetQueueAttributes'],
    [...Object.values(queues), deadLetters, undeliverable].map((queue) => queue.queueArn),
  );
  return api;
}

/** The gateway answers the preflight itself, for no route catches OPTIONS, and drops CORS headers of the function's own. */
function corsOf({ origins, credentials }: CorsRules): apigateway.CorsPreflightOptions {
  return {
    allowOrigins: [...origins],
    allowCredentials: credentials,
    allowMethods: CORS_METHODS.map((method) => apigateway.CorsHttpMethod[method]),
    allowHeaders: [...CORS_REQUEST_HEADERS],
    exposeHeaders: [...CORS_ANSWER_HEADERS],
    maxAge: CORS_MAX_AGE,
  };
}

/** After its place in the app, such as `stint-dev/Jobs`, for whoever reads a list of APIs. API Gateway takes 128 characters. */
const nameOf = (api: Construct): string => dirname(api.node.path).slice(-128);

function checkedWaits(maxWaits: number): number {
  if (Number.isInteger(maxWaits) && maxWaits >= 0 && maxWaits <= 100) return maxWaits;
  throw new Error(`maxWaits must be a whole number from 0 to 100, not ${maxWaits}.`);
}

/** Refuses what API Gateway would: 0 lets nobody through, which is a choice. */
function checkThrottle(prop: string, { rate, burst }: Throttle): void {
  const isNumber = (value: number) => Token.isUnresolved(value) || (value >= 0 && Number.isFinite(value));
  if (isNumber(rate) && isNumber(burst) && (Token.isUnresolved(burst) || Number.isInteger(burst))) return;
  throw new Error(`${prop}: rate must be a number from 0, and burst a whole one; they are ${rate} and ${burst}.`);
}

/**
 * Eight hex digits that differ for each API of a machine and never change: from the stack's name and the place within
 * it.
 */
const fixedId = (api: Construct): string =>
  createHash('sha256')
    .update(`${Stack.of(api).stackName} ${Names.nodeUniqueId(api.node)}`)
    .digest('hex')
    .slice(0, 8);
