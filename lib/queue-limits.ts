import type { Queue } from '../lambdas/core/queue.ts';

/**
 * What AWS takes for each number of a queue: smallest and largest, both allowed. Lambda: function timeout and memory
 * (gettingstarted-limits). SQS event source without a batching window: 10 messages a batch; maximum concurrency from 2
 * (services-sqs-scaling).
 */
const LIMITS: Readonly<Record<keyof Queue, readonly [min: number, max: number]>> = {
  timeoutSeconds: [1, 900],
  memoryMb: [128, 10_240],
  batchSize: [1, 10],
  maxConcurrency: [2, 1000],
};

/** SQS takes 1 to 1,000 receives before a move to the dead-letter queue (SetQueueAttributes, RedrivePolicy). */
const MAX_RECEIVE_COUNT: readonly [min: number, max: number] = [1, 1000];

/** Deliveries before a message counts as undeliverable, unless `maxReceiveCount` says otherwise. */
export const DEFAULT_MAX_RECEIVE_COUNT = 100;

/** The queues of a project that names none. */
export const DEFAULT_QUEUES = {
  default: { timeoutSeconds: 60, memoryMb: 512, batchSize: 10, maxConcurrency: 5 },
} as const satisfies Readonly<Record<string, Queue>>;

/**
 * Names of the stack's own queues: a job queue may not take them, for `QUEUE_NAME` tells the functions where a message
 * was.
 */
const RESERVED_NAMES = new Set(['undeliverable', 'dead-letters']);

/**
 * Refuses queues that CloudFormation would refuse minutes later, half a stack in.
 * @throws Error that lists every problem at once, each with what to do
 */
export function checkQueueLimits(queues: Readonly<Record<string, Queue>>, maxReceiveCount: number): void {
  const problems = Object.entries(queues).flatMap(([name, queue]) => problemsOf(name, queue));
  if (Object.keys(queues).length === 0)
    problems.push('There is no queue. Declare one in lambdas/queues.ts: tasks run on `default`.');
  if (!within(maxReceiveCount, MAX_RECEIVE_COUNT))
    problems.push(`maxReceiveCount must be ${range(MAX_RECEIVE_COUNT)}, not ${maxReceiveCount}.`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

function problemsOf(name: string, queue: Queue): string[] {
  const problems: string[] = [];
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    problems.push(`Queue '${name}': a name starts with a letter and holds only a-z, 0-9 and -. Rename it.`);
  if (RESERVED_NAMES.has(name))
    problems.push(`Queue '${name}': the stack has a queue of that name already. Rename yours.`);
  for (const [field, limits] of Object.entries(LIMITS)) {
    const value = queue[field as keyof Queue];
    if (!within(value, limits)) problems.push(`Queue '${name}': ${field} must be ${range(limits)}, not ${value}.`);
  }
  return problems;
}

const within = (value: number, [min, max]: readonly [number, number]): boolean =>
  Number.isInteger(value) && value >= min && value <= max;

const range = ([min, max]: readonly [number, number]): string => `a whole number from ${min} to ${max}`;
