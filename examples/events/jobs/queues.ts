import type { Queue } from 'stint';

export const queues = {
  default: { timeoutSeconds: 60, memoryMb: 256, batchSize: 10, maxConcurrency: 5 },
  uploads: { timeoutSeconds: 120, memoryMb: 512, batchSize: 1, maxConcurrency: 2 },
} as const satisfies Record<string, Queue>;
