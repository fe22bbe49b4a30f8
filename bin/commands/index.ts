import type { Command } from 'commander';

/** A command of `stint`, in a file of its own that is read only when the command is called: so all of them start fast. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** `define` gives the command its arguments, options, examples and action. */
  load(): Promise<{ define(command: Command): unknown }>;
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'tasks', summary: 'what can be enqueued', load: () => import('./tasks.ts') },
  { name: 'enqueue', summary: 'enqueue a job, or many', load: () => import('./enqueue.ts') },
  { name: 'get', summary: 'a job as it stands', load: () => import('./get.ts') },
  { name: 'wait', summary: 'wait until jobs have ended', load: () => import('./wait.ts') },
  { name: 'list', summary: 'jobs, newest first', load: () => import('./list.ts') },
  { name: 'watch', summary: 'a live view of jobs and queues', load: () => import('./watch.ts') },
  { name: 'ui', summary: 'jobs, queues and tasks in the browser', load: () => import('./ui.ts') },
  { name: 'logs', summary: 'what a job logged', load: () => import('./logs.ts') },
  { name: 'abort', summary: 'abort jobs', load: () => import('./abort.ts') },
  { name: 'retry', summary: 'run failed or aborted jobs again', load: () => import('./retry.ts') },
  {
    name: 'dead-letters',
    summary: 'jobs that failed, those that failed last first',
    load: () => import('./dead-letters.ts'),
  },
  { name: 'redrive', summary: 'run dead letters again', load: () => import('./redrive.ts') },
  { name: 'stats', summary: 'how deep the queues are, and what failed', load: () => import('./stats.ts') },
  { name: 'pause', summary: 'stop the workers of queues: their jobs wait', load: () => import('./pause.ts') },
  { name: 'resume', summary: 'start the workers of paused queues again', load: () => import('./resume.ts') },
  {
    name: 'new-task',
    summary: 'write a task, its test and its line in the index',
    load: () => import('./new-task.ts'),
  },
  { name: 'keys', summary: 'make, list and revoke API keys', load: () => import('./keys.ts') },
  { name: 'restore', summary: 'bring back jobs that the table lost', load: () => import('./restore.ts') },
  { name: 'cost', summary: 'what jobs and an idle month cost', load: () => import('./cost.ts') },
  { name: 'open', summary: "open the API's documentation", load: () => import('./open.ts') },
  {
    name: 'doctor',
    summary: 'what is wrong with this machine, this stack, these credentials',
    load: () => import('./doctor.ts'),
  },
  { name: 'completion', summary: 'completion for bash, zsh or fish', load: () => import('./completion.ts') },
];
