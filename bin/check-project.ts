import { queues } from '../lambdas/queues.ts';
import { tasks } from '../lambdas/tasks/index.ts';
import { checkTasks } from '../package/check-tasks.ts';

/**
 * Throws what a function would throw when it is loaded, and for tasks that do not fit their queue, never come due, or redact what is
 * not there.
 */
export const checkProject = (): void => checkTasks(tasks, queues);
