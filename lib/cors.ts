import { Duration, Token } from 'aws-cdk-lib';
import type { Cors } from './background-jobs-props.ts';

/** What browsers may send. */
export const CORS_METHODS = ['GET', 'POST', 'PATCH'] as const;
const SIGV4_HEADERS = ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'];
export const CORS_REQUEST_HEADERS: readonly string[] = [
  'authorization',
  'content-type',
  'idempotency-key',
  'traceparent',
  'x-api-key',
  'x-request-id',
  ...SIGV4_HEADERS,
];
/** What pages may read of an answer. */
export const CORS_ANSWER_HEADERS: readonly string[] = ['location', 'retry-after', 'x-request-id'];
/** How long a browser remembers a preflight. */
export const CORS_MAX_AGE = Duration.hours(1);

export type CorsRules = Required<Cors>;

/** As a browser tells it: without a path, not so much as a slash at its end. API Gateway also takes `https://*`. */
const ORIGIN = /^(\*|[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+)$/i;

/** Refuses what browsers would. @throws Error that says what to do */
export function checkCors({ origins, credentials = false }: Cors): CorsRules {
  if (origins.length === 0) throw new Error('cors: name at least one origin, or leave cors out.');
  for (const origin of origins)
    if (!Token.isUnresolved(origin) && !ORIGIN.test(origin))
      throw new Error(
        `cors: '${origin}' is no origin, and would match none. Write it as https://app.example.org, without a path or a slash after it.`,
      );
  if (credentials && origins.includes('*'))
    throw new Error("cors: credentials go to named origins only; browsers refuse them with '*'.");
  return { origins, credentials };
}
