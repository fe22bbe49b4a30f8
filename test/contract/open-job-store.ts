import type { JobStore } from '../../lambdas/core/ports.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';

/** A store with nothing in it, and ways past its conditions. */
export interface OpenJobStore {
  readonly store: JobStore;
  write(record: JobRecord): Promise<void>;
  remove(jobId: string): Promise<void>;
}
