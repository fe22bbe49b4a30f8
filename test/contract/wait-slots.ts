import { describe, expect, test } from 'vitest';
import type { WaitSlots } from '../../lambdas/core/ports.ts';

const NOW = Date.UTC(2026, 0, 1);

/** What every bound on waits promises. */
export function waitSlotsContract(name: string, open: (most: number) => Promise<WaitSlots>): void {
  describe(`${name} as slots of those who wait`, () => {
    test('gives out as many as there are, to whoever comes at once', async () => {
      const slots = await open(3);
      const taken = await Promise.all([1, 2, 3, 4, 5, 6].map(() => slots.take(NOW, NOW + 1000)));
      expect(taken.filter((slot) => slot !== undefined)).toHaveLength(3);
      expect(await slots.take(NOW, NOW + 1000)).toBeUndefined();
    });

    test('gives a released slot out again', async () => {
      const slots = await open(1);
      const first = await slots.take(NOW, NOW + 1000);
      await first?.release();
      expect(await slots.take(NOW, NOW + 1000)).toBeDefined();
    });

    test('gives a slot out again when its time is over, which the late release of its holder does not undo', async () => {
      const slots = await open(1);
      const first = await slots.take(NOW, NOW + 1000);
      expect(await slots.take(NOW + 1000, NOW + 2000)).toBeUndefined();
      expect(await slots.take(NOW + 1001, NOW + 9000)).toBeDefined();
      await first?.release();
      expect(await slots.take(NOW + 1002, NOW + 9000)).toBeUndefined();
    });

    test('gives out none when there are none', async () => {
      expect(await (await open(0)).take(NOW, NOW + 1)).toBeUndefined();
    });
  });
}
