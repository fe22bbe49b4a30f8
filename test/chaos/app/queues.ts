import type { Queue } from '../../../lambdas/core/queue.ts';

/**
 * Short functions, for what a killed worker held is free again after the function's timeout and 5 s. Jobs that kill their
 * own worker have a queue to themselves, in small batches: each takes its neighbours with it, and the emulator pauses a queue
 * for a second after each crash.
 */
export const queues = {
  default: { timeoutSeconds: 4, memoryMb: 256, batchSize: 10, maxConcurrency: 4 },
  slow: { timeoutSeconds: 4, memoryMb: 256, batchSize: 10, maxConcurrency: 3 },
  risky: { timeoutSeconds: 3, memoryMb: 256, batchSize: 3, maxConcurrency: 4 },
} as const satisfies Record<string, Queue>;
