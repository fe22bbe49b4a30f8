import type { Job } from '../../../client/records.ts';
import { relative } from '../../cli/relative-time.ts';
import { call } from './api.ts';
import { type Child, h } from './dom.ts';
import { pill } from './job-table.ts';
import { duration, pretty, took } from './text.ts';
import type { Tools, View } from './view.ts';

export const jobView: View<Job> = {
  live: true,
  load: ({ id }) => call('GET', `/jobs/${encodeURIComponent(id)}`),
  draw: (job, _route, tools) => [
    h('h1', null, job.task_name, ' ', pill(job)),
    actions(job, tools),
    job.progress !== null &&
      h('p', null, h('progress', { value: job.progress.fraction, max: 1 }), ` ${job.progress.note ?? ''}`),
    job.error_message !== null && h('pre', { class: 'error' }, job.error_message),
    facts(job, Date.now()),
    attempts(job),
    part('Input', job.input),
    job.status === 'complete' && part('Result', job.result),
  ],
};

function actions({ job_id, task_name, status }: Job, { act }: Tools): Child {
  const path = `/jobs/${job_id}`;
  const button = (label: string, work: () => Promise<unknown>) =>
    h('button', { onclick: () => act(() => work().then(() => undefined)) }, label);
  return h(
    'p',
    { class: 'actions' },
    (status === 'queued' || status === 'active') && button('abort', () => call('POST', `${path}/abort`)),
    (status === 'failed' || status === 'aborted') && button('retry', () => call('POST', `${path}/retry`)),
    status === 'queued' && button('run now', () => call('PATCH', path, { now: true })),
    h('a', { href: `#/tasks/${task_name}?from=${job_id}` }, 'enqueue another like it'),
  );
}

function facts(job: Job, now: number): Child {
  const time = (at: string | null) => at !== null && `${at} (${relative(at, now)})`;
  const rows: readonly (readonly [name: string, value: Child])[] = [
    ['job', h('code', null, job.job_id)],
    ['queue', job.queue],
    ['user', job.user_id],
    ['project', job.project_id],
    ['tags', job.tags.join(', ')],
    ['key', job.key],
    ['made', time(job.created_at)],
    ['due', job.status === 'queued' && time(job.scheduled_at)],
    ['begun', time(job.started_at)],
    ['ended', time(job.completed_at)],
    ['took', took(job, now)],
    ['attempt', `${job.attempt} of ${job.attempt_limit}`],
    ['dispatch', job.dispatch > 1 && job.dispatch],
    ['request', job.request_id],
    ['kept until', time(job.expires_at)],
  ];
  const told = rows.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '');
  return h(
    'dl',
    null,
    told.map(([name, value]) => [h('dt', null, name), h('dd', null, value)]),
  );
}

function attempts({ attempts: failed }: Job): Child {
  if (failed.length === 0) return null;
  const rows = failed.map(({ attempt, started_at, ended_at, error }) => {
    const took = duration(Date.parse(ended_at) - Date.parse(started_at));
    return h('li', { value: attempt }, `${started_at}, after ${took}`, h('pre', { class: 'error' }, error));
  });
  return [h('h2', null, 'Attempts that failed'), h('ol', null, rows)];
}

const part = (title: string, value: unknown): Child => [h('h2', null, title), h('pre', null, pretty(value))];
