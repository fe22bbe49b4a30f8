import type { Claimed } from './claim.ts';
import type { Engine } from './engine.ts';
import type { JobRecord, Status } from './record.ts';

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
  const { task_name, dispatch, created_at, scheduled_at } = record;
  // Of a job that was run again by hand, or redriven on AWS, nobody wrote down when.
  const waited = dispatch > 1 && scheduled_at === 0 ? undefined : began - Math.max(created_at, scheduled_at);
  meter?.started(task_name, waited === undefined ? undefined : Math.max(0, waited));
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
