import { StintError } from '../../core/errors.ts';
import type { Clock, DeadLetters, Delivery, Queues } from '../../core/ports.ts';

/** A message as SQS keeps it. */
export interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  /** Hidden until then: its delay, or its visibility timeout. */
  visibleAt: number;
  receiveCount: number;
  /** Why it was buried, for one on `dead-letters`. */
  readonly reason?: string;
}

/** SQS in memory: delays, visibility, receive counts, and `dead-letters`. */
export interface MemoryQueues extends Queues, DeadLetters {
  readonly queues: Map<string, StoredMessage[]>;
  readonly deadLetters: StoredMessage[];
  /** Receives up to `max` visible messages and hides them for `visibilitySeconds`. */
  take(queue: string, max: number, visibilitySeconds: number): { message: StoredMessage; delivery: Delivery }[];
  remove(queue: string, message: StoredMessage): void;
}

export function memoryQueues(names: readonly string[], clock: Pick<Clock, 'now'>): MemoryQueues {
  const queues = new Map<string, StoredMessage[]>(names.map((name) => [name, []]));
  const deadLetters: StoredMessage[] = [];
  let count = 0;
  const stored = (body: string, delaySeconds: number, reason?: string): StoredMessage => ({
    messageId: `message-${++count}`,
    body,
    sentAt: clock.now(),
    visibleAt: clock.now() + delaySeconds * 1000,
    receiveCount: 0,
    ...(reason === undefined ? {} : { reason }),
  });
  const existing = (name: string): StoredMessage[] => {
    const queue = queues.get(name);
    if (queue === undefined) throw new StintError('not_found', `There is no queue '${name}'.`);
    return queue;
  };
  return {
    names,
    queues,
    deadLetters,
    async send(queue, body, delaySeconds) {
      existing(queue).push(stored(body, delaySeconds));
    },
    async sendMany(name, messages) {
      return messages.map(({ body, delaySeconds }) => {
        try {
          existing(name).push(stored(body, delaySeconds));
          return undefined;
        } catch (error) {
          return error as Error;
        }
      });
    },
    async bury(body, reason) {
      deadLetters.push(stored(body, 0, reason));
    },
    async receive() {
      const now = clock.now();
      const visible = deadLetters.filter((message) => message.visibleAt <= now).slice(0, 10);
      return visible.map((message) => {
        message.visibleAt = now + 10_000;
        message.receiveCount++;
        return {
          body: message.body,
          remove: async () => {
            const at = deadLetters.indexOf(message);
            if (at >= 0) deadLetters.splice(at, 1);
          },
        };
      });
    },
    take(name, max, visibilitySeconds) {
      const now = clock.now();
      const visible = existing(name)
        .filter((message) => message.visibleAt <= now)
        .slice(0, max);
      return visible.map((message) => {
        message.visibleAt = now + visibilitySeconds * 1000;
        message.receiveCount++;
        const { messageId, body, sentAt, receiveCount } = message;
        const handBack = async (seconds: number) => {
          message.visibleAt = clock.now() + seconds * 1000;
        };
        return { message, delivery: { messageId, body, sentAt, receiveCount, handBack } };
      });
    },
    remove(name, message) {
      const queue = existing(name);
      const at = queue.indexOf(message);
      if (at >= 0) queue.splice(at, 1);
    },
  };
}
