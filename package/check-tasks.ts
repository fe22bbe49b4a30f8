import { cron } from '../lambdas/adapters/cron.ts';
import { checkQueues } from '../lambdas/core/check-queues.ts';
import type { Queue } from '../lambdas/core/queue.ts';
import { createRegistry } from '../lambdas/core/registry.ts';
import { checkSchedules } from '../lambdas/core/schedules.ts';
import type { AnyTask } from '../lambdas/core/task.ts';
import { checkRedact } from '../lambdas/http/openapi/check-redact.ts';
import { DEFAULT_MAX_RECEIVE_COUNT, DEFAULT_QUEUES } from '../lib/queue-limits.ts';

/**
 * Finds out before a deploy what a function would find out when it loads, or never: tasks of the same name, tasks that do not fit their
 * queue, schedules that never come due, paths of `redact` that lead nowhere. For a CDK app, before it makes its stacks.
 * @param queues as `BackgroundJobs` is given them. Default: its default
 * @param maxReceiveCount as `BackgroundJobs` is given it. Default 100
 * @throws StintError `invalid_definition` that says what to do
 */
export function checkTasks(
  tasks: readonly AnyTask[],
  queues: Readonly<Record<string, Queue>> = DEFAULT_QUEUES,
  maxReceiveCount: number = DEFAULT_MAX_RECEIVE_COUNT,
): void {
  createRegistry(tasks);
  checkQueues(tasks, queues, maxReceiveCount);
  checkSchedules(tasks, cron);
  checkRedact(tasks);
}
