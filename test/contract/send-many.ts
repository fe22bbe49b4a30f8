import { describe, expect, test } from 'vitest';
import type { Queues } from '../../lambdas/core/ports.ts';

/** Queues of which one is named `default`, and a look at what is visible in it. */
export interface OpenQueues {
  readonly queues: Queues;
  visible(): Promise<readonly string[]>;
}

/** What sending many messages promises. */
export function sendManyContract(name: string, open: () => Promise<OpenQueues>): void {
  describe(`${name} as queues that take many messages`, () => {
    test('stores each message as it is, the delayed ones for later', async () => {
      const { queues, visible } = await open();
      const bodies = Array.from({ length: 25 }, (_each, i) => `{"n":${i},"text":"é🎬 \\ufffe"}`);
      const messages = bodies.map((body, i) => ({ body, delaySeconds: i < 20 ? 0 : 900 }));

      expect(await queues.sendMany('default', messages)).toEqual(bodies.map(() => undefined));

      expect((await visible()).toSorted()).toEqual(bodies.slice(0, 20).toSorted());
    });

    test('takes messages that are together more than a request may hold', async () => {
      const { queues, visible } = await open();
      const body = 'x'.repeat(400_000);
      const messages = [body, body, body, body].map((each) => ({ body: each, delaySeconds: 0 }));
      expect(await queues.sendMany('default', messages)).toEqual(messages.map(() => undefined));
      expect((await visible()).length).toBe(4);
    });

    test('takes none for a queue that is not deployed, and says so of each', async () => {
      const { queues } = await open();
      const outcomes = await queues.sendMany('nowhere', [{ body: 'x', delaySeconds: 0 }]);
      expect(outcomes).toEqual([expect.objectContaining({ code: 'not_found' })]);
      expect(await queues.sendMany('default', [])).toEqual([]);
    });
  });
}
