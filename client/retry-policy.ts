/** How often, and after which pauses, a call is sent again: full jitter between 0 and `initialSeconds * 2^n`. */
export interface RetryPolicy {
  /** Default 5; 0: never. */
  readonly maxRetries: number;
  /** Default 0.5. */
  readonly initialSeconds: number;
  /** Default 20. */
  readonly maxSeconds: number;
  /** From 0 to 1. Default `Math.random`. */
  readonly random: () => number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxRetries: 5,
  initialSeconds: 0.5,
  maxSeconds: 20,
  random: () => Math.random(),
};

/** Who asks to be left alone for longer than this is told to the caller instead. */
const MAX_RETRY_AFTER_SECONDS = 60;

/**
 * The pause before the next retry; undefined: there is none.
 *
 * What the API asks for (`Retry-After`) is a least, and jitter comes on top of it, for others were told the same.
 */
export function secondsUntilRetry(
  { maxRetries, initialSeconds, maxSeconds, random }: RetryPolicy,
  retries: number,
  retryAfter = 0,
): number | undefined {
  if (retries >= maxRetries || retryAfter > MAX_RETRY_AFTER_SECONDS) return undefined;
  return retryAfter + random() * Math.min(maxSeconds, initialSeconds * 2 ** retries);
}

/** Seconds that a `Retry-After` asks for, given as such or as a date. */
export function retryAfterOf(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
