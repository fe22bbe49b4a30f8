import { memoryJobStore } from '../../../lambdas/adapters/memory/job-store.ts';
import { jobListsContract } from '../../contract/job-lists.ts';

jobListsContract('memory', async () => {
  const store = memoryJobStore();
  return {
    store,
    write: async (record) => void store.records.set(record.job_id, record),
    remove: async (jobId) => void store.records.delete(jobId),
  };
});
