import type { Job } from '../../client/index.ts';
import { relative } from './relative-time.ts';
import { statusText } from './status-colour.ts';
import { inOneLine, paint, printable } from './terminal.ts';

/** A job as a person reads it. What says nothing (no user, no key …) is left out. */
export function jobView(job: Job): string[] {
  const time = (at: string | null) => (at === null ? undefined : `${at}  (${relative(at)})`);
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['job', job.job_id],
    ['task', `${job.task_name}, queue ${job.queue}`],
    ['status', statusText(job.status)],
    ['attempt', `${job.attempt} of ${job.attempt_limit}`],
    ['progress', progressOf(job)],
    ['user', textOf(job.user_id)],
    ['project', textOf(job.project_id)],
    ['key', textOf(job.key)],
    ['tags', textOf(job.tags.join(', ') || null)],
    ['request', textOf(job.request_id)],
    ['created', time(job.created_at)],
    ['scheduled', time(job.scheduled_at)],
    ['started', time(job.started_at)],
    ['ended', time(job.completed_at)],
    ['expires', time(job.expires_at)],
    ['input', jsonOf(job.input)],
    ['result', job.status === 'complete' ? jsonOf(job.result) : undefined],
    ['error', job.error_message === null ? undefined : paint('red', printable(job.error_message))],
  ];
  const lines = fields.flatMap(([name, text]) => (text === undefined ? [] : field(name, text)));
  const attempts = job.attempts.map(
    ({ attempt, started_at, error }) => `  ${attempt}  ${started_at}  ${inOneLine(error)}`,
  );
  return attempts.length === 0 ? lines : [...lines, paint('bold', 'failed attempts'), ...attempts];
}

const INDENT = 11;

const field = (name: string, text: string): string =>
  paint('bold', name.padEnd(INDENT)) + text.replaceAll('\n', `\n${' '.repeat(INDENT)}`);

const textOf = (text: string | null): string | undefined => (text === null ? undefined : inOneLine(text));

const jsonOf = (value: unknown): string => printable(JSON.stringify(value, null, 2));

function progressOf({ progress }: Job): string | undefined {
  if (progress === null) return undefined;
  return `${Math.round(progress.fraction * 100)} %${progress.note === null ? '' : `, ${inOneLine(progress.note)}`}`;
}
