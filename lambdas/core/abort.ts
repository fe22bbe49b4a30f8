import { damageOf } from './damage.ts';
import { type Engine, endOfJob } from './engine.ts';
import { StintError } from './errors.ts';
import { abortActive, abortQueued } from './protocol.ts';
import { isExpired, type JobRecord } from './record.ts';

const TRIES = 3;

/**
 * Aborts a job (row 11 of the protocol). A queued one is `aborted` at once and never starts; a running one is `aborting`
 * until its next heartbeat tells the task.
 *
 * @returns the record, `aborted` or `aborting`
 * @throws StintError `not_found`, or `conflict` for a job that has ended otherwise
 */
export async function abort(engine: Engine, jobId: string): Promise<JobRecord> {
  const { store, clock } = engine;
  for (let tries = 0; tries < TRIES; tries++) {
    const now = clock.now();
    const seen = await store.get(jobId);
    if (seen === undefined || isExpired(seen, now)) throw notFound(jobId);
    const end = { now, ...endOfJob(engine, seen, now) };
    const queued = await store.apply(jobId, abortQueued, end);
    if (queued.ok) return queued.record;
    const active = await store.apply(jobId, abortActive, {});
    if (active.ok) return active.record;
    switch (active.record?.status) {
      case 'aborted':
      case 'aborting':
        return active.record;
      case 'complete':
      case 'failed':
        throw new StintError(
          'conflict',
          `Job ${jobId} is ${active.record.status}: it has ended, and nothing is left to abort.`,
          {
            jobStatus: active.record.status,
          },
        );
      case undefined:
        throw notFound(jobId);
      default: {
        // Queued again between the two writes: once more.
        const damage = active.record && damageOf(active.record, ['status']);
        if (damage !== undefined) throw new StintError('conflict', `Job ${jobId} cannot be aborted. ${damage}`);
      }
    }
  }
  throw new StintError('unavailable', `Job ${jobId} changes too fast to be aborted; try again.`);
}

export function notFound(jobId: string): StintError {
  return new StintError(
    'not_found',
    `There is no job ${jobId}. It may have expired, or its record is not written yet: ask again in a second.`,
  );
}
