import type { Queue } from '../../../lambdas/core/queue.ts';

/**
 * `risky` and `crowded` are for jobs that end their worker: their functions are short, for what a killed worker held is free again
 * after the function's timeout and 5 s. On `risky` each job has a worker to itself, so no test kills another's.
 */
export const queues = {
  default: { timeoutSeconds: 20, memoryMb: 256, batchSize: 10, maxConcurrency: 4 },
  risky: { timeoutSeconds: 6, memoryMb: 256, batchSize: 1, maxConcurrency: 5 },
  crowded: { timeoutSeconds: 6, memoryMb: 256, batchSize: 10, maxConcurrency: 2 },
} as const satisfies Record<string, Queue>;
