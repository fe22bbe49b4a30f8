import { describe, expect, test } from 'vitest';
import type { PayloadStore } from '../../lambdas/core/ports.ts';

export interface OpenPayloadStore {
  readonly store: PayloadStore;
  /** Until when the store keeps a payload. */
  ttlOf(key: string): Promise<number | undefined>;
}

/** What every payload store promises. */
export function payloadStoreContract(name: string, open: () => Promise<OpenPayloadStore>): void {
  describe(`${name} as a payload store`, () => {
    test('gives back what was put, to the letter', async () => {
      const { store } = await open();
      const texts = ['""', '{"a":"é🎬\\ud800"}', JSON.stringify('\uFFFE\uFFFF\u0000'), 'x'.repeat(256 * 1024)];
      for (const [i, json] of texts.entries()) {
        await store.put(`job-1#input#${i}`, json, 7);
        expect(await store.get(`job-1#input#${i}`)).toBe(json);
      }
    });

    test('has nothing under a key that was never put', async () => {
      const { store } = await open();
      expect(await store.get('job-1#input#1')).toBeUndefined();
    });

    test('may be put again: a call that was repeated after it took effect changes nothing', async () => {
      const { store, ttlOf } = await open();
      await store.put('key', '1', 7);
      await store.put('key', '1', 7);
      expect([await store.get('key'), await ttlOf('key')]).toEqual(['1', 7]);
    });

    test('keeps a payload until its ttl, which can be put off', async () => {
      const { store, ttlOf } = await open();
      await store.put('key', '1', 7);
      expect(await ttlOf('key')).toBe(7);

      await store.keep('key', 9);

      expect([await store.get('key'), await ttlOf('key')]).toEqual(['1', 9]);
    });

    test('keeps none for a shorter time than it was to be kept', async () => {
      const { store, ttlOf } = await open();
      await store.put('key', '1', 7);
      await store.keep('key', 7);
      await store.keep('key', 5);
      expect([await store.get('key'), await ttlOf('key')]).toEqual(['1', 7]);
    });

    test('leaves a payload missing that is to be kept longer', async () => {
      const { store, ttlOf } = await open();
      await store.keep('key', 9);
      expect([await store.get('key'), await ttlOf('key')]).toEqual([undefined, undefined]);
    });
  });
}
