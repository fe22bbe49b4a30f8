import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Engine } from '../core/engine.ts';
import { forUser } from '../core/for-user.ts';
import { readTraceparent } from '../core/trace.ts';
import type { Guard } from './auth/guard.ts';
import type { Principal } from './auth/principal.ts';
import { compressed } from './compress.ts';
import { type OpenApiDocument, openApiDocument } from './openapi/document.ts';
import { problemDocument, report, toProblem } from './problem.ts';
import { lowerCased, readBody, readHeaders, readQuery } from './request.ts';
import { type Answer, type Found, findRoute, type Route, route } from './router.ts';
import { getDocs, getOpenApi } from './routes/description.ts';
import { health } from './routes/health.ts';
import { abortJob, abortJobs, amendJob, getJob, getJobs, retryEndedJob, retryJobs } from './routes/jobs.ts';
import { getDeadLetters, getStats, redriveDeadLetters } from './routes/operations.ts';
import { enqueueBatch, enqueueJob, listTasks, triggerTest } from './routes/tasks.ts';

/** The API, and the least role that each route takes. `lib/routes.ts` names the same routes for API Gateway. */
export const ROUTES: readonly Route[] = [
  route('POST', '/tasks/trigger-test', triggerTest, 'user'),
  route('POST', '/tasks/{task_name}/jobs', enqueueJob, 'user'),
  route('GET', '/tasks', listTasks, 'user'),
  route('POST', '/jobs/batch', enqueueBatch, 'user'),
  route('GET', '/jobs', getJobs, 'user'),
  route('POST', '/jobs/abort', abortJobs, 'user'),
  route('POST', '/jobs/retry', retryJobs, 'user'),
  route('GET', '/jobs/{job_id}', getJob, 'user'),
  route('PATCH', '/jobs/{job_id}', amendJob, 'user'),
  route('POST', '/jobs/{job_id}/abort', abortJob, 'user'),
  route('POST', '/jobs/{job_id}/retry', retryEndedJob, 'user'),
  route('GET', '/stats', getStats),
  route('GET', '/dead-letters', getDeadLetters),
  route('POST', '/dead-letters/redrive', redriveDeadLetters),
  route('GET', '/openapi.json', getOpenApi, 'user'),
  route('GET', '/docs', getDocs, 'user'),
  route('GET', '/health', health, 'nobody'),
];

/** What the API asks of Lambda's context; without one, time does not run out. */
type Remaining = Pick<Context, 'getRemainingTimeInMillis'>;

/**
 * The HTTP API as a Lambda handler, behind an API Gateway HTTP API or a function URL: both send payload format 2.0.
 *
 * Never throws: what fails is answered as a problem document. Each answer carries `x-request-id`: the caller's own, or the
 * gateway's.
 * The jobs that a request makes are of the trace that its `traceparent` names (W3C trace context).
 * @param guard tells who calls, and keeps routes to those who may have them
 * @param startTrace the trace context of a request that brings none, or none that is valid. Default: each job begins a trace of its own
 */
export function apiHandler(engine: Engine, guard: Guard, startTrace: () => string | undefined = () => undefined) {
  let document: OpenApiDocument | undefined;
  const describe = () => {
    document ??= openApiDocument(ROUTES, engine.tasks, guard.mode);
    return document;
  };
  return async (event: APIGatewayProxyEventV2, context?: Remaining): Promise<APIGatewayProxyStructuredResultV2> => {
    const began = engine.clock.now();
    const requestId = requestIdOf(event) ?? engine.chance.token();
    const traceparent = readTraceparent(lowerCased(event.headers).traceparent) ?? startTrace();
    const trace_id = traceparent?.slice(3, 35); // undefined: left out of the line
    const log = engine.log.with({ request_id: requestId, trace_id });
    const { route, status, headers, body } = await replyTo(
      event,
      { ...engine, log, requestId, traceparent },
      guard,
      requestId,
      {
        context,
        describe,
      },
    );
    log.debug('request', { method: methodOf(event), route, status, ms: engine.clock.now() - began });
    const sent = compressed(body, lowerCased(event.headers)['accept-encoding']);
    return {
      statusCode: status,
      headers: { ...COMMON_HEADERS, ...headers, ...sent.headers, 'x-request-id': requestId },
      body: sent.body,
      ...(sent.isBase64Encoded && { isBase64Encoded: true }),
    };
  };
}

const COMMON_HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** What stands around a request. */
interface Around {
  readonly context: Remaining | undefined;
  describe(): OpenApiDocument;
}

interface Reply {
  /** The pattern of the path, if there is such a route. */
  readonly route: string | undefined;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function replyTo(
  event: APIGatewayProxyEventV2,
  engine: Engine,
  guard: Guard,
  requestId: string,
  around: Around,
): Promise<Reply> {
  let found: Found | undefined;
  try {
    const search = searchRoute(event);
    found = search.found;
    // What is not there is said to those only who may call at all.
    const principal = await guard.admit(event, found?.route.needs ?? 'user');
    if (found === undefined) throw search.problem;
    const {
      status,
      headers = {},
      body,
    } = await answerTo(event, found, asSeenBy(principal, engine, guard), principal, around);
    const isText = headers['content-type'] !== undefined;
    return { route: found.route.path, status, headers, body: isText ? String(body) : JSON.stringify(body) };
  } catch (thrown) {
    const problem = toProblem(thrown);
    const route = found?.route.path;
    if (problem.status >= 500) report(engine.log, 'request failed', problem, { route });
    const headers = { ...problem.headers, 'content-type': 'application/problem+json' };
    return { route, status: problem.status, headers, body: JSON.stringify(problemDocument(problem, requestId)) };
  }
}

function searchRoute(event: APIGatewayProxyEventV2): { readonly found?: Found; readonly problem?: unknown } {
  try {
    return { found: findRoute(ROUTES, methodOf(event), event.rawPath ?? '') };
  } catch (problem) {
    return { problem };
  }
}

function asSeenBy(principal: Principal, engine: Engine, guard: Guard): Engine {
  const named = { ...engine, log: engine.log.with({ principal: principal.name }) };
  if (principal.role !== 'user') return named;
  const { userId } = principal;
  return { ...forUser(named, userId), admitJob: () => guard.admitJob(userId, named) };
}

async function answerTo(
  event: APIGatewayProxyEventV2,
  { route: { endpoint }, params }: Found,
  engine: Engine,
  principal: Principal,
  { context, describe }: Around,
): Promise<Answer> {
  return endpoint.answer({
    engine,
    principal,
    params,
    query: readQuery(event, endpoint.query),
    headers: readHeaders(event, endpoint.headers),
    body: readBody(event, endpoint.body, endpoint.bodyTraits),
    remainingMillis: () => context?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY,
    describe,
  });
}

/** The parts of an event may be missing when something else than a gateway invokes the function. */
const methodOf = (event: APIGatewayProxyEventV2): string => event.requestContext?.http?.method ?? '';

/** An id that can stand in a header and in a line of a log. */
const SANE_ID = /^[\x21-\x7e]{1,128}$/;

function requestIdOf(event: APIGatewayProxyEventV2): string | undefined {
  const offered = [lowerCased(event.headers)['x-request-id'], event.requestContext?.requestId];
  return offered.find((id) => id !== undefined && SANE_ID.test(id));
}
