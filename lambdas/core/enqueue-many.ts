import type { Engine } from './engine.ts';
import { type Enqueued, enqueue } from './enqueue.ts';
import type { EnqueueOptions } from './enqueue-options.ts';
import { StintError, toError } from './errors.ts';
import type { Outgoing, Queues } from './ports.ts';

/** One job of many. */
export interface Order {
  readonly taskName: string;
  readonly input: unknown;
  readonly options: EnqueueOptions;
}

/** Most jobs that are accepted in one call. */
export const MOST_ORDERS = 1_000;

/** Jobs that are under way at once: their messages share requests, their records are put side by side. */
const WAVE = 100;
const WRITES_AT_ONCE = 32;
/** What a wave may take, and the answer after it. */
const WAVE_MS = 6_000;

/**
 * Accepts many jobs, each as `enqueue` does and with its promises: what one of them is refused for concerns no other.
 *
 * Messages go ten to a request. The records are put one by one, in parallel: a batched put of DynamoDB has no condition, and an
 * unconditional one would put a finished job back in the queue.
 * @param remainingMillis what is begun only while there is time for it; the rest is refused as `unavailable`
 * @returns what became of each, in their order
 */
export async function enqueueMany(
  engine: Engine,
  orders: readonly Order[],
  remainingMillis: () => number = () => Number.POSITIVE_INFINITY,
): Promise<readonly (Enqueued | Error)[]> {
  const slots = semaphore(WRITES_AT_ONCE);
  const { store } = engine;
  const packing: Engine = {
    ...engine,
    queues: collecting(engine.queues),
    store: { ...store, apply: (...write) => slots(() => store.apply(...write)) },
  };
  const accepted: (Enqueued | Error)[] = [];
  for (let i = 0; i < orders.length; i += WAVE) {
    const wave = orders.slice(i, i + WAVE);
    if (remainingMillis() < WAVE_MS) accepted.push(...wave.map(outOfTime));
    else
      accepted.push(
        ...(await Promise.all(
          wave.map(({ taskName, input, options }) => enqueue(packing, taskName, input, options).catch(toError)),
        )),
      );
  }
  return accepted;
}

const outOfTime = () =>
  new StintError('unavailable', 'There was no time left to enqueue this job. Send it again, in a smaller batch.');

/** Queues that gather what is sent at about the same time, and send it together. */
function collecting(queues: Queues): Queues {
  type Waiting = Outgoing & { sent(): void; failed(error: Error): void };
  const waiting = new Map<string, Waiting[]>();
  const flush = async (queue: string) => {
    const messages = waiting.get(queue) ?? [];
    waiting.delete(queue);
    const outcomes = await queues.sendMany(queue, messages);
    for (const [i, { sent, failed }] of messages.entries()) {
      const error = outcomes[i];
      if (error === undefined) sent();
      else failed(error);
    }
  };
  return {
    ...queues,
    send: (queue, body, delaySeconds) =>
      new Promise((sent, failed) => {
        const gathered = waiting.get(queue) ?? [];
        if (gathered.length === 0) setImmediate(() => void flush(queue));
        waiting.set(queue, [...gathered, { body, delaySeconds, sent, failed }]);
      }),
  };
}

/** Lets so many run at once; the others wait their turn. */
function semaphore(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const turns: (() => void)[] = [];
  return async (work) => {
    if (running === most) await new Promise<void>((resolve) => turns.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = turns.shift();
      if (next === undefined) running--;
      else next(); // its place goes on
    }
  };
}
