import { isFinished, type JobRecord } from '../lambdas/core/record.ts';
import type { Duration } from './duration.ts';

const MOST_NAMED = 5;

/** The error of a drain that came to its end: names the jobs that are left. */
export function leftOver(within: Duration, jobs: readonly JobRecord[], now: number): Error {
  const left = jobs.filter((job) => !isFinished(job.status));
  const lines = left.slice(0, MOST_NAMED).map((job) => `\n  ${job.task_name} ${job.job_id} ${standing(job)}`);
  const more = left.length > MOST_NAMED ? `\n  and ${left.length - MOST_NAMED} more` : '';
  const span = typeof within === 'number' ? `${within} ms` : within;
  const what = left.length === 0 ? ' A message is still on its way.' : `${lines.join('')}${more}`;
  return new Error(
    `After ${span}, at ${new Date(now).toISOString()}, there is still something left to do:${what}\n` +
      "Does a job enqueue itself for ever? If it only takes longer: drain({ within: '60d' }), or advance.",
  );
}

function standing({ status, attempt, scheduled_at }: JobRecord): string {
  const due = status === 'queued' && scheduled_at > 0 ? `, due at ${new Date(scheduled_at).toISOString()}` : '';
  return attempt === 0 ? `${status}${due}` : `${status}, attempt ${attempt}${due}`;
}
