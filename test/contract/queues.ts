import { describe, expect, test } from 'vitest';
import type { DeadLetters, Delivery, Queues } from '../../lambdas/core/ports.ts';

/** Two empty queues, `default` and `slow`, and an empty `dead-letters`. */
export interface OpenQueues {
  readonly queues: Queues;
  readonly deadLetters: DeadLetters;
  /** Receives what is visible, and hides it for 30 s. */
  take(queue: string): Promise<readonly Delivery[]>;
  /** Lets time pass. */
  pass(seconds: number): Promise<void>;
}

/** What the queues promise, whatever is behind them. */
export function queuesContract(name: string, open: () => Promise<OpenQueues>): void {
  const bodies = (messages: readonly { body: string }[]) => messages.map(({ body }) => body).sort();

  describe(`${name} as queues`, () => {
    test('name those that are deployed', async () => {
      expect((await open()).queues.names).toEqual(['default', 'slow']);
    });

    test('deliver what was sent, where it was sent, with its id, its time and its count', async () => {
      const { queues, take } = await open();
      await queues.send('default', 'a', 0);
      await queues.send('slow', 'b', 0);

      const [delivery, ...others] = await take('default');

      expect(others).toEqual([]);
      expect(delivery).toMatchObject({ body: 'a', receiveCount: 1, messageId: expect.stringMatching(/./) });
      expect(delivery!.sentAt).toBeGreaterThan(Date.UTC(2026, 0, 1) - 1);
      expect(bodies(await take('slow'))).toEqual(['b']);
    });

    test('hide a delivered message, and show it again when it is handed back', async () => {
      const { queues, take, pass } = await open();
      await queues.send('default', 'a', 0);
      const [first] = await take('default');
      expect(await take('default')).toEqual([]);

      await first!.handBack(1);
      expect(await take('default')).toEqual([]);
      await pass(1);

      expect(await take('default')).toMatchObject([{ body: 'a', receiveCount: 2, messageId: first!.messageId }]);
    });

    test('hold a message back for its delay', async () => {
      const { queues, take, pass } = await open();
      await queues.send('default', 'a', 1);
      await queues.send('default', 'b', 900);
      expect(await take('default')).toEqual([]);
      await pass(1);
      expect(bodies(await take('default'))).toEqual(['a']);
    });

    test('take bodies of any characters that may be sent, and large ones', async () => {
      const { queues, take } = await open();
      const odd = '{"a":"\t\n\r é 🎬 \uFFFD \u{1FFFE} \\ufffe \\u0000 </x> &amp; %20 +"}';
      const large = 'x'.repeat(300_000);
      await queues.send('default', odd, 0);
      await queues.send('slow', large, 0);
      expect(bodies(await take('default'))).toEqual([odd]);
      expect((await take('slow'))[0]!.body === large).toBe(true);
    });

    test('refuse a queue that is not deployed, also one named as every object’s property', async () => {
      const { queues } = await open();
      for (const queue of ['videos', 'constructor', ''])
        await expect(queues.send(queue, 'a', 0)).rejects.toMatchObject({ code: 'not_found' });
    });

    test('bury on dead-letters, from where a message is gone once it is removed', async () => {
      const { queues, deadLetters } = await open();
      for (const body of ['a', 'b', 'c']) await queues.bury(body, 'no such file');

      const held = await deadLetters.receive();
      expect(bodies(held)).toEqual(['a', 'b', 'c']);
      await held.find(({ body }) => body === 'b')?.remove();

      expect(await deadLetters.receive()).toEqual([]); // held for some seconds
    });

    test('show ten messages of dead-letters at most, and others the next time', async () => {
      const { queues, deadLetters } = await open();
      const sent = Array.from({ length: 13 }, (_each, i) => `message-${i}`);
      for (const body of sent) await queues.bury(body, 'x');
      const seen: string[] = [];
      for (let looks = 0; looks < 10 && seen.length < sent.length; looks++) {
        const held = await deadLetters.receive();
        expect(held.length).toBeLessThanOrEqual(10);
        seen.push(...bodies(held));
      }
      expect(seen.sort()).toEqual(sent.sort());
    });

    test('bury whatever was received, with whatever reason', async () => {
      const { queues, deadLetters } = await open();
      const reasons = ['', '\uFFFE\uFFFF\u0000 🎬', 'x'.repeat(100_000), '\uD800'];
      for (const [i, reason] of reasons.entries()) await queues.bury(`message-${i}`, reason);
      const large = 'y'.repeat(1024 * 1024);
      await queues.bury(large, 'too large to have a reason beside it');
      const seen: string[] = [];
      for (let looks = 0; looks < 10 && seen.length < 5; looks++) seen.push(...bodies(await deadLetters.receive()));
      expect(seen.map((body) => body.slice(0, 9)).sort()).toEqual([
        'message-0',
        'message-1',
        'message-2',
        'message-3',
        'yyyyyyyyy',
      ]);
    });
  });
}
