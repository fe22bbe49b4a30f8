import type { Backoff } from './task.ts';

/**
 * How long to wait after a failed attempt, in milliseconds: full jitter, evenly between 0 and the backoff's ceiling, which
 * doubles with each attempt.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param attempt the attempt that failed, from 1
 * @param fraction from 0 up to 1, the randomness
 */
export function backoffMillis(backoff: Backoff, attempt: number, fraction: number): number {
  const doublings = Math.min(attempt - 1, 100); // attempts are never reset: 0 s doubled for ever must stay 0
  const ceiling = Math.min(backoff.maxSeconds, backoff.initialSeconds * 2 ** doublings);
  return Math.round(fraction * ceiling * 1000);
}
