import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { traces } from '../contract/traces.ts';

traces(async () => {
  const store = memoryJobStore();
  return { store, remove: async (jobId) => void store.records.delete(jobId) };
});
