import type { JobPage, Redrive } from '../../../client/records.ts';
import { call, withQuery } from './api.ts';
import { h } from './dom.ts';
import { jobTable } from './job-table.ts';
import { counted } from './text.ts';
import type { View } from './view.ts';

const WHAT =
  'Jobs that failed, those that failed last first. To redrive is to run them again, with their attempts granted anew.';

export const deadLettersView: View<JobPage> = {
  live: true,
  load: ({ query }) => call('GET', withQuery('/dead-letters', { cursor: query.get('cursor'), limit: 50 })),
  draw({ jobs, next_cursor }, _route, { act }) {
    const tasks = [...new Set(jobs.map(({ task_name }) => task_name))].toSorted();
    return [
      h('h1', null, 'Dead letters'),
      h('p', null, WHAT),
      h(
        'p',
        { class: 'actions' },
        tasks.map((task) => h('button', { onclick: () => act(() => redrive(task)) }, `redrive ${task}`)),
      ),
      jobTable(jobs),
      next_cursor !== null &&
        h('p', null, h('a', { href: `#/dead-letters?${new URLSearchParams({ cursor: next_cursor })}` }, 'older')),
    ];
  },
};

/** All of a task, however many calls that takes. */
async function redrive(task: string): Promise<string> {
  let redriven = 0;
  for (;;) {
    const done = await call<Redrive>('POST', '/dead-letters/redrive', { task_name: task });
    redriven += done.redriven;
    if (done.left === 0 || done.redriven === 0) return `${counted(redriven, 'job')} of ${task} run again.`;
  }
}
