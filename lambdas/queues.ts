import type { Queue } from './core/queue.ts';

/** The queues of this project, by name (`[a-z][a-z0-9-]*`): each with a worker Lambda of its own. A task names its queue. */
export const queues = {
  default: { timeoutSeconds: 60, memoryMb: 512, batchSize: 10, maxConcurrency: 5 },
} as const satisfies Record<string, Queue>;
