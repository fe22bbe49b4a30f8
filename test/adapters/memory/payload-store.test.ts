import { memoryPayloads } from '../../../lambdas/adapters/memory/payload-store.ts';
import { payloadStoreContract } from '../../contract/payload-store.ts';

payloadStoreContract('memory', async () => {
  const store = memoryPayloads();
  return { store, ttlOf: async (key) => store.stored.get(key)?.ttl };
});
