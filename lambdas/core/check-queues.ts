import { StintError } from './errors.ts';
import type { AnyTask } from './task.ts';

/** What an attempt leaves of its function's time, so that its end can still be written. */
const SPARE_SECONDS = 2;

type QueuedTask = Pick<AnyTask, 'name' | 'queue' | 'timeoutSeconds' | 'maxAttempts'>;
type Queues = Readonly<Record<string, { readonly timeoutSeconds: number }>>;

/**
 * Checks that each task fits its queue, before anything is deployed.
 *
 * @param queues the queues by name; that AWS takes their numbers is checked where they become infrastructure
 * @param maxReceiveCount deliveries of a message before SQS takes it away
 * @throws StintError `invalid_definition` with every problem, a line each, and what to do about it
 */
export function checkQueues(tasks: readonly QueuedTask[], queues: Queues, maxReceiveCount: number): void {
  const problems = tasks.flatMap((task) => [...queueProblems(task, queues), ...attemptProblems(task, maxReceiveCount)]);
  if (problems.length > 0) throw new StintError('invalid_definition', problems.join('\n'));
}

function queueProblems({ name, queue, timeoutSeconds }: QueuedTask, queues: Queues): string[] {
  const limit = Object.hasOwn(queues, queue) ? queues[queue]?.timeoutSeconds : undefined;
  if (limit === undefined)
    return [
      `Task '${name}': there is no queue '${queue}'. Declare it in lambdas/queues.ts, or name one of: ` +
        `${Object.keys(queues).join(', ')}.`,
    ];
  if (timeoutSeconds + SPARE_SECONDS <= limit) return [];
  return [
    `Task '${name}': its timeoutSeconds of ${timeoutSeconds}, and ${SPARE_SECONDS} s to write its end, do not fit in ` +
      `the ${limit} s of queue '${queue}'. Lower it to ${limit - SPARE_SECONDS}, or raise the queue's timeoutSeconds.`,
  ];
}

function attemptProblems({ name, maxAttempts }: QueuedTask, maxReceiveCount: number): string[] {
  if (maxAttempts < maxReceiveCount) return [];
  return [
    `Task '${name}': its maxAttempts of ${maxAttempts} must be below maxReceiveCount (${maxReceiveCount}), or SQS takes ` +
      'the message away before they are used up. Lower the one, or raise the other.',
  ];
}
