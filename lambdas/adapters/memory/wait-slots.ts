import type { WaitSlots } from '../../core/ports.ts';

/** So many slots, in memory. */
export function memoryWaitSlots(most: number): WaitSlots {
  const taken = new Map<object, number>();
  return {
    async take(now, until) {
      for (const [slot, end] of taken) if (end < now) taken.delete(slot);
      if (taken.size >= most) return undefined;
      const slot = {};
      taken.set(slot, until);
      return { release: async () => void taken.delete(slot) };
    },
  };
}
