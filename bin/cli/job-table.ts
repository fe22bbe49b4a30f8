import type { ListedJob } from '../../client/index.ts';
import { relative } from './relative-time.ts';
import { statusText } from './status-colour.ts';
import { table } from './table.ts';
import { inOneLine } from './terminal.ts';

const HEADING = ['JOB', 'TASK', 'STATUS', 'ATTEMPT', 'CREATED', ''];

export const jobTable = (jobs: readonly ListedJob[]): string[] => table(HEADING, jobs.map(rowOf));

function rowOf(job: ListedJob): string[] {
  const note = job.error_message ?? job.progress?.note ?? '';
  const progress =
    job.status === 'active' && job.progress !== null ? `${Math.round(job.progress.fraction * 100)} % ` : '';
  return [
    job.job_id,
    job.task_name,
    statusText(job.status),
    `${job.attempt}/${job.attempt_limit}`,
    relative(job.created_at),
    progress + inOneLine(note),
  ];
}
