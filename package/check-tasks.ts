import { cron } from '../lambdas/adapters/cron.ts';
import { checkQueues } from '../lambdas/core/check-queues.ts';
import { StintError } from '../lambdas/core/errors.ts';
import type { Queue } from '../lambdas/core/queue.ts';
import { createRegistry } from '../lambdas/core/registry.ts';
import { checkSchedules } from '../lambdas/core/schedules.ts';
import type { AnyTask } from '../lambdas/core/task.ts';
import { checkRedact } from '../lambdas/http/openapi/check-redact.ts';
import { DEFAULT_MAX_RECEIVE_COUNT, DEFAULT_QUEUES } from '../lib/queue-limits.ts';

/**
 * Finds out before a deploy what a function would find out when it loads, or never: what is no task, tasks of the same name, tasks that do
 * not fit their queue, schedules that never come due, paths of `redact` that lead nowhere. For a CDK app, before it makes its stacks.
 * @param queues as `BackgroundJobs` is given them. Default: its default
 * @param maxReceiveCount as `BackgroundJobs` is given it. Default 100
 * @throws StintError `invalid_definition` that says what to do
 */
export function checkTasks(
  tasks: readonly AnyTask[],
  queues: Readonly<Record<string, Queue>> = DEFAULT_QUEUES,
  maxReceiveCount: number = DEFAULT_MAX_RECEIVE_COUNT,
): void {
  for (const [i, task] of tasks.entries()) checkIsTask(task, i + 1);
  createRegistry(tasks);
  checkQueues(tasks, queues, maxReceiveCount);
  checkSchedules(tasks, cron);
  checkRedact(tasks);
}

/** Nothing checks types where the code is swapped or bundled: an object, a function or nothing may stand in the list. */
function checkIsTask(task: AnyTask | undefined, place: number): void {
  if (typeof task?.maxAttempts === 'number') return; // defineTask sets it
  const what =
    typeof task?.name === 'string'
      ? `'${task.name}', number ${place} of the list of tasks,`
      : `Number ${place} of the list of tasks`;
  throw new StintError('invalid_definition', `${what} is no task. List what defineTask({ … }) gives.`);
}
