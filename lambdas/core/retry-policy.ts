import type { Backoff } from './task.ts';

/**
 * How long to wait after a failed attempt, in milliseconds: full jitter, evenly between 0 and the backoff's ceiling, which
 * doubles with each attempt.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param attempt the attempt that failed, from 1
 * @param fraction from 0 up to 1, the randomness
 */
export function backoffMillis(backoff: Backoff, attempt: number, fraction: number): number {
  const ceiling = Math.min(backoff.maxSeconds, backoff.initialSeconds * 2 ** (attempt - 1));
  return Math.round(fraction * ceiling * 1000);
}
