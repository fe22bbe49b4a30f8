import { StintError } from './errors.ts';
import type { AnyTask } from './task.ts';

/**
 * What the worker keeps of its function's time: an attempt ends this much before the function does, so that its end can still be
 * written.
 */
const SPARE_SECONDS = 2;

/**
 * Checks that each task fits its queue, before anything is deployed.
 *
 * @param queues the queues by name; their own numbers are checked where they become infrastructure
 * @param maxReceiveCount deliveries of a message before SQS takes it away
 * @throws StintError `invalid_definition` with every problem, a line each, and what to do about it
 */
export function checkQueues(
  tasks: readonly Pick<AnyTask, 'name' | 'queue' | 'timeoutSeconds' | 'maxAttempts'>[],
  queues: Readonly<Record<string, { readonly timeoutSeconds: number }>>,
  maxReceiveCount: number,
): void {
  const problems = tasks.flatMap((task) => {
    const queue = Object.hasOwn(queues, task.queue) ? queues[task.queue] : undefined;
    const found: string[] = [];
    if (!queue)
      found.push(`there is no queue '${task.queue}'. Declare it in lambdas/queues.ts, or name one of: ${Object.keys(queues).join(', ')}.`);
    else if (task.timeoutSeconds + SPARE_SECONDS > queue.timeoutSeconds)
      found.push(
        `its timeoutSeconds of ${task.timeoutSeconds} and ${SPARE_SECONDS} s to write its end do not fit in the ${queue.timeoutSeconds} s ` +
          `of queue '${task.queue}'. Lower it to ${queue.timeoutSeconds - SPARE_SECONDS}, or raise the queue's timeoutSeconds.`,
      );
    if (task.maxAttempts >= maxReceiveCount)
      found.push(
        `its maxAttempts of ${task.maxAttempts} must be below maxReceiveCount (${maxReceiveCount}), or SQS takes the message away before ` +
          'they are used up. Lower the one or raise the other.',
      );
    return found.map((problem) => `Task '${task.name}': ${problem}`);
  });
  if (problems.length > 0) throw new StintError('invalid_definition', problems.join('\n'));
}
