import { type MemoryQueues, memoryQueues, type StoredMessage } from '../../lambdas/adapters/memory/queues.ts';
import { derivedId } from '../../lambdas/core/ids.ts';
import type { Message } from '../../lambdas/core/message.ts';
import { MESSAGE_LIFE_MS } from '../../lambdas/core/record.ts';
import type { Setting } from './steps.ts';

export const JOB_QUEUES = ['default', 'other'] as const;
export const UNDELIVERABLE = 'undeliverable';
export const ALL_QUEUES = [...JOB_QUEUES, UNDELIVERABLE] as const;

/** What the model reads from a body, by itself: it does not trust the core's own reading. */
export interface Told {
  readonly job_id: string;
  readonly run: string;
  readonly dispatch: number;
  readonly task_name: string;
  readonly isEnvelope: boolean;
  readonly isForeign: boolean;
  /** When the job was asked for, in a message that can make its record. */
  readonly createdAt: number | undefined;
}

/** How the receives of a message went. */
interface Receives {
  handedBack: number;
}

/** SQS over the in-memory queues: receives at least once, moves away what was received too often, forgets after 14 days. */
export interface Sqs {
  readonly memory: MemoryQueues;
  told(message: StoredMessage): Told;
  /** Receives up to `count` messages; `again`: such as another receiver still holds, too. */
  receive(queue: string, count: number, pick: number, again: boolean, visibilitySeconds: number): StoredMessage[];
  /** Shows a message again after `seconds`. @throws Error when it is gone */
  changeVisibility(queue: string, message: StoredMessage, seconds: number): void;
  handedBack(message: StoredMessage): void;
  remove(queue: string, message: StoredMessage): boolean;
  copy(message: StoredMessage, afterSeconds: number): void;
  /** AWS's own redrive of a message of `dead-letters`: a new id and a new clock. */
  redrive(message: StoredMessage, queue: string, twice: boolean): void;
  /** The messages that the end of their retention deletes. */
  expire(): StoredMessage[];
  in(queue: string): readonly StoredMessage[];
}

export function sqs(
  setting: Setting,
  now: () => number,
  moved: (message: StoredMessage, from: string, wasOnlyHandedBack: boolean) => void,
): Sqs {
  const memory = memoryQueues([...ALL_QUEUES], { now });
  const cache = new WeakMap<StoredMessage, Told>();
  const receives = new WeakMap<StoredMessage, Receives>();
  let moves = 0;
  const queueOf = (name: string) => memory.queues.get(name) ?? [];

  const told = (message: StoredMessage): Told => {
    let known = cache.get(message);
    if (known === undefined) {
      known = read(message);
      cache.set(message, known);
    }
    return known;
  };
  const moveAway = (name: string) => {
    const undeliverable = name === UNDELIVERABLE;
    const most = undeliverable ? setting.buryReceiveCount : setting.maxReceiveCount;
    for (const message of [...queueOf(name)]) {
      if (message.receiveCount < most || message.visibleAt > now()) continue;
      // A foreign message that no bury function takes for so long gets a new identity by a redrive: a known edge, see
      // docs/mutants.md. Here somebody mends the function in time.
      if (undeliverable && told(message).isForeign) continue;
      memory.remove(name, message);
      const to = undeliverable ? memory.deadLetters : queueOf(UNDELIVERABLE);
      to.push({ ...message, receiveCount: 0 });
      moved(message, name, receives.get(message)?.handedBack === message.receiveCount);
    }
  };
  return {
    memory,
    told,
    receive(name, count, pick, again, seconds) {
      moveAway(name);
      const there = queueOf(name).filter((each) => each.visibleAt <= now() || (again && each.receiveCount > 0));
      const taken: StoredMessage[] = [];
      for (let i = 0; i < Math.min(count, there.length); i++) {
        const message = there[(pick + i) % there.length] as StoredMessage;
        message.visibleAt = now() + seconds * 1000;
        message.receiveCount++;
        if (!receives.has(message)) receives.set(message, { handedBack: 0 });
        taken.push(message);
      }
      return taken;
    },
    changeVisibility(name, message, seconds) {
      if (!queueOf(name).includes(message)) throw new Error('The message is gone.');
      message.visibleAt = now() + seconds * 1000;
    },
    handedBack(message) {
      const known = receives.get(message);
      if (known !== undefined) known.handedBack++;
    },
    remove(name, message) {
      const there = queueOf(name).includes(message);
      memory.remove(name, message);
      return there;
    },
    copy(message, afterSeconds) {
      const queue = ALL_QUEUES.find((name) => queueOf(name).includes(message));
      if (queue === undefined) return;
      const messageId = told(message).isForeign ? message.messageId : `${message.messageId}-copy-${++moves}`;
      queueOf(queue).push({
        ...message,
        messageId,
        visibleAt: Math.max(message.visibleAt, now() + afterSeconds * 1000),
        receiveCount: 0,
      });
    },
    redrive(message, queue, twice) {
      const { deadLetters } = memory;
      if (!twice) deadLetters.splice(deadLetters.indexOf(message), 1);
      const messageId = `message-${++moves}-moved`;
      queueOf(queue).push({ messageId, body: message.body, sentAt: now(), visibleAt: now(), receiveCount: 0 });
    },
    expire() {
      const dead: StoredMessage[] = [];
      for (const queue of [...memory.queues.values(), memory.deadLetters])
        for (const message of [...queue]) {
          if (message.sentAt + MESSAGE_LIFE_MS > now()) continue;
          queue.splice(queue.indexOf(message), 1);
          dead.push(message);
        }
      return dead;
    },
    in: queueOf,
  };
}

function read({ body, messageId }: StoredMessage): Told {
  const said = JSON.parse(body) as Partial<Message>;
  const isForeign = said.job_id === undefined;
  const id = isForeign ? derivedId('sqs-message', messageId) : said.job_id;
  return {
    job_id: id ?? '',
    run: said.run ?? id ?? '',
    dispatch: said.dispatch ?? 1,
    task_name: said.task_name ?? '',
    isEnvelope: said.error !== undefined,
    isForeign,
    createdAt: said.create?.created_at,
  };
}
