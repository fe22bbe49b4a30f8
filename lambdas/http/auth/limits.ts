import { levelOf, toError } from '../../core/errors.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { HttpProblem } from '../problem.ts';
import type { Limits } from './config.ts';
import type { Principal } from './principal.ts';

/** The bucket of a principal, shared by all instances of the function. */
export interface Bucket {
  readonly name: string;
  /** Milliseconds in which one request flows back. */
  readonly intervalMs: number;
  /** Requests that fit at once. */
  readonly burst: number;
}

/** Buckets of requests, kept where every instance of the function sees them. */
export interface Buckets {
  /**
   * Takes one request out of a bucket. One write.
   * @returns 0, or the milliseconds until there is one to take
   * @throws StintError `unavailable`
   */
  take(bucket: Bucket, now: number): Promise<number>;
}

/** Refuses a principal's requests above its limit. @throws HttpProblem `too_many_requests` with `Retry-After` */
export type Limiter = (principal: Principal) => Promise<void>;

/**
 * Keeps principals to their limits: a token bucket each, of one write a request; none for roles without a limit.
 *
 * An instance that was told to wait refuses until then by itself: a flood costs no writes. When the table does not answer,
 * requests pass, for a limit is not worth an outage.
 */
export function limiter(limits: Limits, buckets: Buckets, { clock, log }: { clock: Clock; log: Log }): Limiter {
  const closedUntil = new Map<string, number>();
  return async ({ role, name }) => {
    const rate = role === 'nobody' ? undefined : limits[role];
    if (rate === undefined) return;
    const now = clock.now();
    const bucketName = `${role}:${name}`;
    const closed = closedUntil.get(bucketName) ?? 0;
    if (closed > now) throw tooMany(closed - now);
    closedUntil.delete(bucketName);
    const bucket = { name: bucketName, intervalMs: 1000 / rate.requestsPerSecond, burst: rate.burst };
    const wait = await buckets.take(bucket, now).catch((error: unknown) => {
      log[levelOf(error)]('limit not checked', { principal: name, error: toError(error).message });
      return 0;
    });
    if (wait <= 0) return;
    if (closedUntil.size >= MOST_REMEMBERED) closedUntil.clear();
    closedUntil.set(bucketName, now + wait);
    throw tooMany(wait);
  };
}

const MOST_REMEMBERED = 10_000;

/** 429, saying what there is too much of, and when to try again. */
export function tooMany(waitMs: number, what = 'You send more requests than your limit.'): HttpProblem {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new HttpProblem('too_many_requests', `${what} Try again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  });
}
