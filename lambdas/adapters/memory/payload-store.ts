import type { PayloadStore } from '../../core/ports.ts';

/** Large payloads in memory. */
export interface MemoryPayloads extends PayloadStore {
  readonly stored: Map<string, { json: string; ttl: number }>;
}

export function memoryPayloads(): MemoryPayloads {
  const stored = new Map<string, { json: string; ttl: number }>();
  return {
    stored,
    async put(key, json, ttl) {
      stored.set(key, { json, ttl });
    },
    async get(key) {
      return stored.get(key)?.json;
    },
    async keep(key, ttl) {
      const payload = stored.get(key);
      if (payload !== undefined) payload.ttl = Math.max(payload.ttl, ttl);
    },
  };
}
