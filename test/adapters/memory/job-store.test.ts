import { memoryJobStore } from '../../../lambdas/adapters/memory/job-store.ts';
import { jobStoreContract } from '../../contract/job-store.ts';

jobStoreContract('memory', async () => {
  const store = memoryJobStore();
  return { store, write: async (record) => void store.records.set(record.job_id, record) };
});
