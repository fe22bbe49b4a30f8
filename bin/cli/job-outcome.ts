import type { Job } from '../../client/index.ts';
import { EXIT } from './exit-code.ts';
import { lengthOf } from './relative-time.ts';
import { statusText } from './status-colour.ts';
import { err, inOneLine, out, outJson, printable } from './terminal.ts';

/** Tells how a job ended: its result goes to standard output alone. A job that is not complete makes the command end with 3. */
export function tellOutcome(job: Job, json: boolean): void {
  if (job.status !== 'complete') process.exitCode = EXIT.jobFailed;
  if (json) {
    outJson(job);
    return;
  }
  if (job.status === 'complete') out(JSON.stringify(job.result, null, 2));
  err(`${job.job_id} ${statusText(job.status)}${tookOf(job)}${errorOf(job)}`);
}

/** The same in a line, where several were waited for. */
export function tellOutcomeInOneLine(job: Job, json: boolean): void {
  if (job.status !== 'complete') process.exitCode = EXIT.jobFailed;
  const error = job.error_message === null ? '' : `  ${inOneLine(job.error_message)}`;
  if (json) outJson(job);
  else out(`${job.job_id}  ${statusText(job.status, 8)}${error}`);
}

const errorOf = ({ error_message, status }: Job): string =>
  error_message === null || status === 'complete' ? '' : `: ${printable(error_message)}`;

function tookOf({ created_at, completed_at, attempt }: Job): string {
  if (completed_at === null) return '';
  const seconds = (Date.parse(completed_at) - Date.parse(created_at)) / 1000;
  const attempts = attempt > 1 ? `, in attempt ${attempt}` : '';
  return ` after ${seconds < 10 ? `${seconds.toFixed(1)} s` : lengthOf(seconds)}${attempts}`;
}
