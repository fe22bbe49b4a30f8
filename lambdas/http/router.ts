import * as z from 'zod';
import type { Engine } from '../core/engine.ts';
import type { Needs, Principal } from './auth/principal.ts';
import type { OpenApiDocument } from './openapi/document.ts';
import { HttpProblem, type ProblemCode } from './problem.ts';
import type { BodyTraits } from './request.ts';

/** What an endpoint is given: the request, its parts already checked against the endpoint's schemas. */
export interface Asked<Query = unknown, Headers = unknown, Body = unknown> {
  /** Its log carries the request's id. For the role `user` it makes and sees the user's own jobs only. */
  readonly engine: Engine;
  /** Who asks. */
  readonly principal: Principal;
  /** The named segments of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly headers: Headers;
  readonly body: Body;
  /** How long this invocation may still take. */
  remainingMillis(): number;
  /** The description of this API. */
  describe(): OpenApiDocument;
}

export interface Answer {
  readonly status: number;
  /** Becomes JSON; text, if `headers` name another content type. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an endpoint says of itself to readers of the API's description. */
export interface About {
  /** A verb and its object in camelCase, unique: client generators name their functions for it. */
  readonly id: string;
  /** A line. */
  readonly summary: string;
  readonly description?: string;
  readonly tag: 'Tasks' | 'Jobs' | 'Operations' | 'About';
  /** What it answers when all goes well. */
  readonly answer: {
    readonly status: 200 | 202;
    readonly description: string;
    readonly schema: z.ZodType;
    /** Default: `application/json`. */
    readonly type?: string;
    /** The headers that come with it, beside `x-request-id`. */
    readonly headers?: readonly string[];
  };
  /** What can go wrong beside what can on any route. */
  readonly problems?: readonly ProblemCode[];
}

/** What a request of a route looks like, as schemas, and what answers it. */
export interface Endpoint {
  readonly about: About;
  readonly query: z.ZodType;
  readonly headers: z.ZodType;
  readonly body: z.ZodType;
  readonly bodyTraits?: BodyTraits;
  answer(asked: Asked): Promise<Answer>;
}

const nothing = z.strictObject({});
const anyHeaders = z.object({});

/** Declares an endpoint; what it does not declare must be empty. Types flow from its schemas. */
export function endpoint<
  Query extends z.ZodType = typeof nothing,
  Headers extends z.ZodType = typeof anyHeaders,
  Body extends z.ZodType = typeof nothing,
>(declared: {
  readonly about: About;
  readonly query?: Query;
  /** Of headers in lower case. */
  readonly headers?: Headers;
  readonly body?: Body;
  readonly bodyTraits?: BodyTraits;
  readonly answer: (asked: Asked<z.output<Query>, z.output<Headers>, z.output<Body>>) => Promise<Answer>;
}): Endpoint {
  const answer = declared.answer as (asked: Asked) => Promise<Answer>; // api.ts gives it what the schemas made
  return { query: nothing, headers: anyHeaders, body: nothing, ...declared, answer };
}

export interface Route {
  readonly method: string;
  /** Segments in braces are named: `/jobs/{job_id}`. */
  readonly path: string;
  /** The least role that it takes. */
  readonly needs: Needs;
  readonly endpoint: Endpoint;
}

/** @param needs the least role that it takes: `admin`, unless something else is said */
export const route = (method: 'GET' | 'POST' | 'PATCH', path: string, to: Endpoint, needs: Needs = 'admin'): Route => ({
  method,
  path,
  needs,
  endpoint: to,
});

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * The route of a request, and the named segments of its path.
 * @param path as it came, percent-encoded
 * @throws HttpProblem `malformed`, `unknown_route`, or `method_not_allowed` with the header `Allow`
 */
export function findRoute(routes: readonly Route[], method: string, path: string): Found {
  const segments = path.split('/').map(decoded);
  const matches = routes.flatMap((each) => {
    const params = paramsOf(each.path.split('/'), segments);
    return params === undefined ? [] : [{ route: each, params }];
  });
  // A path that is named wins over one with a parameter, whatever the method: `/jobs/abort` is no job.
  const fewest = Math.min(...matches.map(({ params }) => Object.keys(params).length));
  const closest = matches.filter(({ params }) => Object.keys(params).length === fewest);
  const found = closest.find((match) => match.route.method === method);
  if (found !== undefined) return found;
  if (matches.length === 0)
    throw new HttpProblem('unknown_route', `There is no such path. There are: ${listed(routes)}.`);
  const allow = closest.map((match) => match.route.method).join(', ');
  throw new HttpProblem('method_not_allowed', `This path answers ${allow} only.`, { headers: { allow } });
}

function paramsOf(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const segment = segments[i] ?? '';
    if (expected.startsWith('{') && segment !== '') params[expected.slice(1, -1)] = segment;
    else if (expected !== segment) return undefined;
  }
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new HttpProblem('malformed', 'The path holds a % that does not begin an encoded UTF-8 character.', { cause });
  }
}

const listed = (routes: readonly Route[]): string => routes.map(({ method, path }) => `${method} ${path}`).join(', ');
