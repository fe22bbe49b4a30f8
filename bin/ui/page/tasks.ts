import type { Job, TaskDescription } from '../../../client/records.ts';
import { call, Refused } from './api.ts';
import { type Child, h } from './dom.ts';
import { sampleOf } from './sample.ts';
import { pretty } from './text.ts';
import type { View } from './view.ts';

const loadTasks = async () => (await call<{ readonly tasks: readonly TaskDescription[] }>('GET', '/tasks')).tasks;

export const tasksView: View<readonly TaskDescription[]> = {
  live: false,
  load: loadTasks,
  draw: (tasks) => {
    const titles = ['task', 'queue', 'attempts', 'timeout', 'runs at', ''].map((title) => h('th', null, title));
    const rows = tasks.map(({ name, queue, max_attempts, timeout_seconds, schedules, description }) => {
      const cells: Child[] = [
        h('a', { href: `#/tasks/${name}` }, name),
        queue,
        max_attempts,
        `${timeout_seconds} s`,
        runsAt(schedules),
      ];
      return h(
        'tr',
        null,
        [...cells, description].map((cell) => h('td', null, cell)),
      );
    });
    return [h('h1', null, 'Tasks'), h('table', null, h('thead', null, h('tr', null, titles)), h('tbody', null, rows))];
  },
};

const runsAt = (schedules: TaskDescription['schedules']): Child =>
  schedules.map(({ cron, time_zone }) => h('div', null, time_zone === 'UTC' ? cron : `${cron} ${time_zone}`));

interface TaskAndInput {
  readonly task: TaskDescription;
  /** What its form begins with. */
  readonly input: unknown;
}

export const taskView: View<TaskAndInput> = {
  live: false,
  async load({ id, query }) {
    const task = (await loadTasks()).find(({ name }) => name === id);
    if (task === undefined) throw new Refused({ title: `There is no task '${id}'.` });
    const from = query.get('from');
    const input = from === null ? sampleOf(task.input) : (await call<Job>('GET', `/jobs/${from}`)).input;
    return { task, input };
  },
  draw: ({ task, input }, _route, { act }) => [
    h('h1', null, task.name),
    task.description !== undefined && h('p', null, task.description),
    enqueueForm(task.name, input, act),
    h('h2', null, 'What its input must be'),
    h('pre', null, pretty(task.input)),
    h('h2', null, 'What its result is'),
    h('pre', null, pretty(task.output)),
  ],
};

function enqueueForm(
  task: string,
  input: unknown,
  act: (work: () => Promise<string | undefined>) => Promise<void>,
): Child {
  const text = h('textarea', { name: 'input', rows: 12, spellcheck: 'false' });
  text.value = pretty(input);
  const delay = h('input', { name: 'delay', type: 'number', min: 0, placeholder: '0' });
  const key = h('input', { name: 'key', placeholder: 'none' });
  const enqueue = async () => {
    const body = {
      input: parsed(text.value),
      ...(delay.value !== '' && { delay_seconds: Number(delay.value) }),
      ...(key.value !== '' && { key: key.value }),
    };
    const once = { 'idempotency-key': crypto.randomUUID() };
    const { job_id } = await call<{ job_id: string }>('POST', `/tasks/${task}/jobs`, body, once);
    location.hash = `#/jobs/${job_id}`;
    return undefined;
  };
  const submit = (event: Event) => {
    event.preventDefault();
    void act(enqueue);
  };
  return h(
    'form',
    { class: 'enqueue', onsubmit: submit },
    h('label', null, 'Input, as JSON', text),
    h('label', null, 'Delay, in seconds', delay),
    h('label', null, 'Key: unique among the unfinished jobs of its task', key),
    h('button', null, 'Enqueue'),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refused({ title: `The input is no JSON: ${(error as Error).message}` });
  }
}
