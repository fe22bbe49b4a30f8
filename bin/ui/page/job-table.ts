import type { ListedJob } from '../../../client/records.ts';
import { relative } from '../../cli/relative-time.ts';
import { type Child, h } from './dom.ts';
import { firstLine, shortId, took } from './text.ts';

/** Jobs that can be ticked, to be changed together. */
export interface Ticks {
  has(jobId: string): boolean;
  set(jobId: string, isTicked: boolean): void;
}

const TITLES = ['status', 'task', 'job', 'made', 'took', 'attempt', 'for'];

export function jobTable(jobs: readonly ListedJob[], ticks?: Ticks): Child {
  if (jobs.length === 0) return h('p', { class: 'empty' }, 'No jobs here.');
  const now = Date.now();
  const titles = ticks === undefined ? TITLES : ['', ...TITLES];
  const head = h(
    'tr',
    null,
    titles.map((title) => h('th', null, title)),
  );
  return h(
    'table',
    null,
    h('thead', null, head),
    h(
      'tbody',
      null,
      jobs.map((job) => row(job, now, ticks)),
    ),
  );
}

function row(job: ListedJob, now: number, ticks: Ticks | undefined): Child {
  const { job_id, task_name, created_at, attempt, attempt_limit, user_id, project_id, tags, error_message } = job;
  const cells: Child[] = [
    pill(job),
    task_name,
    h('a', { href: `#/jobs/${job_id}`, title: job_id }, shortId(job_id)),
    h('span', { title: created_at }, whenOf(job, now)),
    took(job, now),
    `${attempt} of ${attempt_limit}`,
    [
      [user_id, project_id, ...tags].filter(Boolean).join(' · '),
      error_message !== null && h('span', { class: 'error' }, firstLine(error_message)),
    ],
  ];
  return h(
    'tr',
    null,
    ticks !== undefined && h('td', null, box(job_id, ticks)),
    cells.map((cell) => h('td', null, cell)),
  );
}

function box(jobId: string, ticks: Ticks): Child {
  return h('input', {
    type: 'checkbox',
    'aria-label': `tick ${jobId}`,
    checked: ticks.has(jobId),
    onchange: ({ target }) => ticks.set(jobId, (target as HTMLInputElement).checked),
  });
}

function whenOf({ status, created_at, scheduled_at }: ListedJob, now: number): string {
  const isLater = status === 'queued' && scheduled_at !== null && Date.parse(scheduled_at) > now;
  return isLater ? `due ${relative(scheduled_at, now)}` : relative(created_at, now);
}

export function pill({ status, progress }: Pick<ListedJob, 'status' | 'progress'>): Child {
  const share = status === 'active' && progress !== null ? ` ${Math.round(progress.fraction * 100)} %` : '';
  return h('span', { class: `pill ${status}` }, status + share);
}
