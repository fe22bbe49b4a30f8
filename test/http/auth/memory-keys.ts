import type { ApiKeyAdmin } from '../../../lambdas/adapters/dynamodb/api-keys.ts';
import { type ApiKey, idOf } from '../../../lambdas/http/auth/api-key.ts';

/** Keys in memory, and how often they were looked up and noted as used. */
export function memoryKeys(): ApiKeyAdmin & {
  readonly items: Map<string, ApiKey>;
  readonly calls: { find: number; used: number };
} {
  const items = new Map<string, ApiKey>();
  const calls = { find: 0, used: 0 };
  return {
    items,
    calls,
    async find(hash) {
      calls.find++;
      return items.get(hash);
    },
    async used(hash, now) {
      calls.used++;
      const key = items.get(hash);
      if (key !== undefined) items.set(hash, { ...key, lastUsedAt: now });
    },
    async add(hash, key) {
      items.set(hash, { id: idOf(hash), ...key });
    },
    async list() {
      return [...items].map(([hash, key]) => ({ hash, key }));
    },
    async remove(hash) {
      items.delete(hash);
    },
  };
}
