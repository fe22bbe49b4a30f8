import type { EnqueueOptions } from '../lambdas/core/enqueue-options.ts';
import { deadline, pause } from './deadline.ts';
import { NotFoundError, TooManyRequestsError } from './errors.ts';
import { jobPath } from './paths.ts';
import type { Job, Status } from './records.ts';
import type { CallOptions, Reply, Send } from './transport.ts';

/** The longest that the API holds an answer. */
const MAX_WAIT_SECONDS = 20;
/** Two looks are at least so far apart when the API answers at once, for too many wait already. */
const LEAST_SECONDS = 1;

const hasEnded = ({ status }: { readonly status: Status }): boolean =>
  status === 'complete' || status === 'failed' || status === 'aborted';

/**
 * The job once it has ended, by long polls.
 * @param mayBeUnknownUntil milliseconds of `performance.now()` until which a 404 means that the record is not there yet
 * @throws TimeoutError after `timeoutSeconds`. The job goes on
 */
export async function waitForEnd<Result>(
  send: Send,
  job_id: string,
  { signal: outer, timeoutSeconds = Infinity, requestId }: CallOptions = {},
  mayBeUnknownUntil = 0,
): Promise<Job<Result>> {
  const message = `Job ${job_id} has not ended within ${timeoutSeconds} s. It goes on.`;
  const { signal, end } = deadline(outer, timeoutSeconds, message);
  const until = performance.now() + timeoutSeconds * 1000;
  try {
    for (;;) {
      const asked = performance.now();
      const waitSeconds = Math.min(MAX_WAIT_SECONDS, Math.max(0, Math.ceil((until - asked) / 1000)));
      const call = { method: 'GET', path: jobPath(job_id), query: { wait: waitSeconds }, waitSeconds } as const;
      const reply = await send<Job<Result>>(call, { signal, requestId }).catch((error: unknown): Reply<undefined> => {
        if (error instanceof NotFoundError && asked < mayBeUnknownUntil)
          return { body: undefined, retryAfter: undefined };
        // Many who wait throttle each other, and each has time.
        if (error instanceof TooManyRequestsError) return { body: undefined, retryAfter: error.retryAfter };
        throw error;
      });
      if (reply.body !== undefined && hasEnded(reply.body)) return reply.body;
      const early = (performance.now() - asked) / 1000 < LEAST_SECONDS;
      if (early) await pause(Math.max(LEAST_SECONDS, reply.retryAfter ?? 0) * (1 + Math.random()), signal);
    }
  } finally {
    end();
  }
}

/** For so long after its time the record of an acknowledged job may be missing: its first attempt makes it then. */
const UNKNOWN_MS = 60_000;

/** Until when a 404 of a job that was just accepted means nothing, in milliseconds of `performance.now()`. */
export function knownAt({ delaySeconds = 0, scheduledAt }: EnqueueOptions = {}): number {
  const delay = scheduledAt === undefined ? delaySeconds * 1000 : Math.max(0, scheduledAt.getTime() - Date.now());
  return performance.now() + delay + UNKNOWN_MS;
}
