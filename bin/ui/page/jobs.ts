import type { JobPage, Status } from '../../../client/records.ts';
import { call, withQuery } from './api.ts';
import { type Child, h } from './dom.ts';
import { jobTable } from './job-table.ts';
import { counted } from './text.ts';
import type { View } from './view.ts';

const STATUSES: readonly Status[] = ['queued', 'active', 'aborting', 'aborted', 'failed', 'complete'];
const FILTERS = ['status', 'task_name', 'user_id', 'project_id', 'tag', 'cursor'];
const PAGE_SIZE = 50;

/** Jobs that are ticked, over all pages. */
const ticked = new Set<string>();

export const jobsView: View<JobPage> = {
  live: true,
  load: ({ query }) => {
    const filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name)]));
    return call('GET', withQuery('/jobs', { ...filters, limit: PAGE_SIZE }));
  },
  draw({ jobs, next_cursor, partial }, { query }, { act }) {
    const change = (action: 'retry' | 'abort') => async () => {
      const job_ids = [...ticked];
      await call('POST', `/jobs/${action}`, { job_ids });
      ticked.clear();
      return `${counted(job_ids.length, 'job')} to ${action}.`;
    };
    const count = h('span');
    const buttons = (['retry', 'abort'] as const).map((action) =>
      h('button', { onclick: () => act(change(action)) }, action),
    );
    const tell = () => {
      count.textContent = ticked.size === 0 ? '' : counted(ticked.size, 'job');
      for (const button of buttons) button.disabled = ticked.size === 0;
    };
    const set = (jobId: string, isTicked: boolean) => {
      if (isTicked) ticked.add(jobId);
      else ticked.delete(jobId);
      tell();
    };
    tell();
    return [
      filterForm(query),
      jobTable(jobs, { has: (jobId) => ticked.has(jobId), set }),
      h(
        'p',
        { class: 'below' },
        buttons,
        count,
        h('span', { class: 'space' }),
        query.has('cursor') && h('a', { href: hrefOf(query) }, 'newest'),
        next_cursor !== null && h('a', { href: hrefOf(query, next_cursor) }, partial ? 'look further' : 'older'),
      ),
    ];
  },
};

function hrefOf(query: URLSearchParams, cursor?: string): string {
  const to = new URLSearchParams(query);
  to.delete('cursor');
  if (cursor !== undefined) to.set('cursor', cursor);
  return `#/jobs?${to}`;
}

function filterForm(query: URLSearchParams): Child {
  const field = (name: string, label: string) =>
    h('input', { name, placeholder: label, 'aria-label': label, value: query.get(name) ?? '' });
  const filter = (event: Event) => {
    event.preventDefault();
    const given = [...new FormData(event.currentTarget as HTMLFormElement)].filter(([, value]) => value !== '');
    location.hash = `#/jobs?${new URLSearchParams(given as [string, string][])}`;
  };
  const statuses = h(
    'select',
    {
      name: 'status',
      'aria-label': 'status',
      onchange: ({ target }) => (target as HTMLSelectElement).form?.requestSubmit(),
    },
    h('option', { value: '' }, 'any status'),
    STATUSES.map((status) => h('option', { value: status, selected: query.get('status') === status }, status)),
  );
  return h(
    'form',
    { class: 'filter', onsubmit: filter },
    statuses,
    field('task_name', 'task'),
    field('user_id', 'user'),
    field('project_id', 'project'),
    field('tag', 'tag'),
    h('button', null, 'Filter'),
  );
}
