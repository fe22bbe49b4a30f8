import { cron } from '../lambdas/adapters/cron.ts';
import { checkQueues } from '../lambdas/core/check-queues.ts';
import { createRegistry } from '../lambdas/core/registry.ts';
import { checkSchedules } from '../lambdas/core/schedules.ts';
import { queues } from '../lambdas/queues.ts';
import { tasks } from '../lambdas/tasks/index.ts';
import { DEFAULT_MAX_RECEIVE_COUNT } from '../lib/queue-limits.ts';
import { checkRedact } from './check-redact.ts';

/**
 * Throws what a function would throw when it is loaded, and for tasks that do not fit their queue, never come due, or redact what is
 * not there.
 */
export function checkProject(): void {
  createRegistry(tasks);
  checkQueues(tasks, queues, DEFAULT_MAX_RECEIVE_COUNT);
  checkSchedules(tasks, cron);
  checkRedact(tasks);
}
