import type { Claimed } from './claim.ts';
import type { Engine } from './engine.ts';
import type { Applied } from './ports.ts';
import { dueSince, type JobRecord, type Status } from './record.ts';

type Outcome = 'succeeded' | 'failed' | 'retried' | 'aborted';

/** What an attempt made of its job, by the status that it wrote. */
const OUTCOMES: Readonly<Partial<Record<Status, Outcome>>> = {
  complete: 'succeeded',
  failed: 'failed',
  queued: 'retried',
  aborted: 'aborted',
};

/** Counts an attempt that begins. */
export function measureStart({ meter }: Engine, { record }: Claimed, began: number): void {
  const since = dueSince(record);
  meter?.started(record.task_name, since === undefined ? undefined : Math.max(0, began - since));
}

/**
 * Counts a job that was to be ended without an attempt, if it was by this very write: also by one whose reply was lost, and which the SDK
 * has made again. Only such a write leaves no owner.
 * @param now of the write
 * @returns whether it was
 */
export function measureEnded(engine: Engine, { ok, record }: Applied, now: number): boolean {
  const isOwn = ok || (record?.owner === undefined && record?.completed_at === now);
  if (isOwn && record !== undefined) measureEnd(engine, record);
  return isOwn;
}

/**
 * Counts how an attempt, or a job without one, ended.
 * @param record as it was written
 * @param durationMs of the attempt, if there was one
 */
export function measureEnd({ meter }: Engine, record: JobRecord, durationMs?: number): void {
  const outcome = OUTCOMES[record.status];
  if (outcome === undefined) return;
  const ended = outcome === 'succeeded' || outcome === 'failed';
  meter?.ended(record.task_name, outcome, { durationMs, attempts: ended ? record.attempt : undefined });
}
