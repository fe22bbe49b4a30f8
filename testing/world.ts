import { type FakeClock, fakeClock, fixedChance, settled } from '../lambdas/adapters/memory/clock.ts';
import { type MemoryJobStore, memoryJobStore } from '../lambdas/adapters/memory/job-store.ts';
import { type LogLine, memoryLog } from '../lambdas/adapters/memory/log.ts';
import { type MemoryPayloads, memoryPayloads } from '../lambdas/adapters/memory/payload-store.ts';
import { type MemoryQueues, memoryQueues, type StoredMessage } from '../lambdas/adapters/memory/queues.ts';
import { bulkTask } from '../lambdas/core/bulk.ts';
import { buryUndeliverable } from '../lambdas/core/bury.ts';
import type { State } from '../lambdas/core/context.ts';
import { deliver } from '../lambdas/core/deliver.ts';
import type { Engine } from '../lambdas/core/engine.ts';
import type { Hooks } from '../lambdas/core/hooks.ts';
import type { Message } from '../lambdas/core/message.ts';
import type { Chance, JobStore, Meter } from '../lambdas/core/ports.ts';
import { type JobRecord, MESSAGE_LIFE_MS, SHARDS } from '../lambdas/core/record.ts';
import { createRegistry } from '../lambdas/core/registry.ts';
import type { Answer } from '../lambdas/core/settle.ts';
import { sweep, tidyDeadLetters } from '../lambdas/core/sweep.ts';
import type { AnyTask } from '../lambdas/core/task.ts';
import { driver } from './driver.ts';
import { type Invocation, type InvocationOptions, invocation } from './invocation.ts';

/** Where job records live, and DynamoDB's own deletion of them. */
export interface Records {
  readonly store: JobStore;
  remove(jobId: string): Promise<void>;
}

export interface WorldOptions {
  readonly tasks?: readonly AnyTask[];
  readonly hooks?: Hooks;
  /** The job queues, the first for what has no other. Default: `default`. */
  readonly queues?: readonly string[];
  readonly maxReceiveCount?: number;
  /** Default: in memory. */
  readonly records?: Records;
  readonly chance?: Chance;
  /** The time at first, in epoch milliseconds. */
  readonly start?: number;
  /** Fires when the workers' processes are shut down. */
  readonly shutdown?: AbortSignal;
  /** Counts what becomes of jobs. Default: nobody does. */
  readonly meter?: Meter;
}

/** A fresh invocation with these options, or one that the test has made. */
export type Within = InvocationOptions & { readonly process?: Invocation };

export interface WorkOptions extends Within {
  readonly queue?: string;
  /** This message rather than the queue's next; it is received whether it is visible or not. */
  readonly message?: StoredMessage;
  /** The function's timeout. The message is hidden for 5 s more. Default 60. */
  readonly seconds?: number;
}

/** `nothing`: no message was visible. `crashed`: the message comes back when its visibility ends. */
export type Worked = Answer | 'crashed' | 'nothing';

export const UNDELIVERABLE = 'undeliverable';
/** As of the queues that are deployed. */
export const MAX_RECEIVE_COUNT = 100;

/**
 * The whole system in memory, on a clock that stands until it is moved: nothing happens but what the test makes happen.
 *
 * `engine` is a process without faults, as the API. Each of `work`, `bury`, `sweep` and `tidy` is one invocation of a
 * function, with a clock and faults of its own.
 */
export interface World {
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly queues: MemoryQueues;
  readonly payloads: MemoryPayloads;
  readonly logs: readonly LogLine[];
  /** The records of the in-memory store, to look at or to damage. Empty where `records` was given. */
  readonly records: MemoryJobStore['records'];
  invocation(options?: InvocationOptions): Invocation;
  /** A worker receives one message, deals with it, and acknowledges it if that is the answer. */
  work(options?: WorkOptions): Promise<Worked>;
  /** The bury function receives one message of `undeliverable`. */
  bury(options?: Within): Promise<Worked>;
  sweep(options?: Within): Promise<number | 'crashed'>;
  tidy(options?: Within): Promise<number | 'crashed'>;
  record(jobId: string): Promise<JobRecord | undefined>;
  /** What waits in a job queue, delayed or hidden, or in `undeliverable`. */
  messages(queue?: string): readonly StoredMessage[];
  /** The bodies on `dead-letters`. */
  envelopes(): readonly Message[];
  /** SQS delivers a message twice. */
  duplicate(message: StoredMessage, queue?: string): StoredMessage;
  /** AWS's own redrive: an envelope moves to a job queue, under a new message id. Default: the newest, to the first queue. */
  redrive(envelope?: StoredMessage, queue?: string): void;
  /** SQS moves all that is in a queue to `undeliverable`, as if it had been received too often. */
  giveUp(queue?: string): void;
  /** What time does on AWS: TTL deletes records and payloads, messages die after 14 days. */
  expire(): Promise<void>;
  /** The messages that a worker, or the bury function, could receive now, each with its queue. */
  ready(): readonly { readonly queue: string; readonly message: StoredMessage }[];
  /** When messages become visible, and when the earliest job waits for the sweep. */
  upcoming(): Promise<{ readonly messages: readonly number[]; readonly sweep: number | undefined }>;
  /** Waits for every external call that is under way, and for what comes of it. */
  quiet(): Promise<void>;
  /** How many external calls were begun so far. */
  readonly callsBegun: number;
  /** Every process goes on without faults until nothing is left to do. @throws Error after `withinMs` of the world's time */
  settle(withinMs?: number): Promise<void>;
}

/** The text of a stored message. */
export function bodyOf(message: StoredMessage): Message {
  return JSON.parse(message.body) as Message;
}

export function world(options: WorldOptions = {}): World {
  const { maxReceiveCount = MAX_RECEIVE_COUNT } = options;
  const names = options.queues ?? ['default'];
  const clock = fakeClock(options.start);
  const memory = memoryJobStore();
  const records = options.records ?? { store: memory, remove: async (jobId) => void memory.records.delete(jobId) };
  const jobIds = new Set<string>();
  const payloads = memoryPayloads();
  const queues = memoryQueues([...names, UNDELIVERABLE], clock);
  const log = memoryLog();
  const base: Engine & { readonly deadLetters: MemoryQueues } = {
    tasks: createRegistry(options.tasks ?? [], [bulkTask(() => base)]),
    hooks: options.hooks ?? {},
    state: {} as State,
    store: remembering(records.store, jobIds),
    payloads,
    queues: { ...queues, names },
    deadLetters: queues,
    clock,
    chance: options.chance ?? fixedChance(),
    log,
    ...(options.shutdown === undefined ? {} : { shutdown: options.shutdown }),
    meter: options.meter,
  };
  const underWay = new Set<Promise<unknown>>();
  let callsBegun = 0;
  const begin = ({ process, ...invoked }: Within = {}) =>
    process ??
    invocation(base, invoked, (effect) => {
      callsBegun++;
      const ended = effect.catch(() => undefined).finally(() => underWay.delete(ended));
      underWay.add(ended);
    });
  const queueOf = (name: string) => queues.queues.get(name) ?? [];
  const receive = (name: string, seconds: number, wanted?: StoredMessage) => {
    moveAway(name);
    if (wanted !== undefined) {
      wanted.visibleAt = clock.now();
      queueOf(name).sort((a, b) => Number(b === wanted) - Number(a === wanted));
    }
    return queues.take(name, 1, seconds + 5)[0];
  };
  /** SQS moves what was received too often. */
  const moveAway = (name: string) => {
    const [most, to] = name === UNDELIVERABLE ? [1000, queues.deadLetters] : [maxReceiveCount, queueOf(UNDELIVERABLE)];
    for (const message of [...queueOf(name)]) {
      if (message.receiveCount < most || message.visibleAt > clock.now()) continue;
      queues.remove(name, message);
      to.push({ ...message, receiveCount: 0 });
    }
  };
  const handle = async (
    name: string,
    { seconds = 60, message: wanted, ...invoked }: WorkOptions,
    answer: (process: Invocation, delivery: Parameters<typeof deliver>[2], end: number) => Promise<Answer>,
  ): Promise<Worked> => {
    const taken = receive(name, seconds, wanted);
    if (taken === undefined) return 'nothing';
    const process = begin(invoked);
    const end = process.engine.clock.now() + seconds * 1000;
    return process.run(async () => {
      const answered = await answer(process, process.delivery(taken.delivery), end);
      if (answered === 'ack') await process.call('ack', async () => queues.remove(name, taken.message));
      return answered;
    });
  };
  const quiet = async () => {
    do {
      await Promise.all(underWay);
      await settled();
    } while (underWay.size > 0);
  };

  const self: World = {
    engine: begin().engine,
    clock,
    queues,
    payloads,
    logs: log.lines,
    records: memory.records,
    invocation: begin,
    work: (work = {}) => {
      const queue = work.queue ?? names[0] ?? 'default';
      return handle(queue, work, (process, delivery, end) =>
        deliver(process.engine, { queue, maxReceiveCount }, delivery, end),
      );
    },
    bury: (invoked = {}) =>
      handle(UNDELIVERABLE, invoked, (process, delivery) => buryUndeliverable(process.engine, delivery)),
    sweep: (invoked = {}) => {
      const process = begin(invoked);
      return process.run((engine) => sweep(engine, engine.clock.now() + 50_000));
    },
    tidy: (invoked = {}) => {
      const process = begin(invoked);
      return process.run((engine) => tidyDeadLetters(engine, process.deadLetters, engine.clock.now() + 50_000));
    },
    record: (jobId) => records.store.get(jobId),
    messages: (queue = names[0] ?? 'default') => queueOf(queue),
    envelopes: () => queues.deadLetters.map(bodyOf),
    duplicate(message, queue = names[0] ?? 'default') {
      const copy = { ...message };
      queueOf(queue).push(copy);
      return copy;
    },
    redrive(envelope = queues.deadLetters.at(-1), queue = names[0] ?? 'default') {
      if (envelope === undefined) throw new Error('There is no envelope to redrive.');
      queues.deadLetters.splice(queues.deadLetters.indexOf(envelope), 1);
      const messageId = `${envelope.messageId}-moved`;
      queueOf(queue).push({
        messageId,
        body: envelope.body,
        sentAt: clock.now(),
        visibleAt: clock.now(),
        receiveCount: 0,
      });
    },
    giveUp(queue = names[0] ?? 'default') {
      const messages = queueOf(queue).splice(0);
      queueOf(UNDELIVERABLE).push(...messages.map((each) => ({ ...each, visibleAt: clock.now(), receiveCount: 0 })));
    },
    async expire() {
      for (const jobId of jobIds) {
        const ttl = (await records.store.get(jobId))?.ttl;
        if (ttl !== undefined && ttl * 1000 <= clock.now()) await records.remove(jobId);
      }
      for (const [key, { ttl }] of payloads.stored) if (ttl * 1000 <= clock.now()) payloads.stored.delete(key);
      for (const queue of [...queues.queues.values(), queues.deadLetters])
        for (const message of [...queue])
          if (message.sentAt + MESSAGE_LIFE_MS <= clock.now()) queue.splice(queue.indexOf(message), 1);
    },
    ready: () =>
      [...names, UNDELIVERABLE].flatMap((queue) => {
        moveAway(queue);
        const visible = queueOf(queue).filter((message) => message.visibleAt <= clock.now());
        return visible.map((message) => ({ queue, message }));
      }),
    async upcoming() {
      return {
        messages: [...queues.queues.values()].flat().map((message) => message.visibleAt),
        sweep: await earliestDue(),
      };
    },
    quiet,
    get callsBegun() {
      return callsBegun;
    },
    async settle(withinMs = 86_400_000) {
      const { goOn } = driver(self, { work: (queue) => self.work({ queue }), minute: () => self.sweep() });
      if (!(await goOn(clock.now() + withinMs, 'stop')))
        throw new Error(`After ${withinMs / 1000} s there is still something left to do.`);
    },
  };

  const earliestDue = async (): Promise<number | undefined> => {
    const times: number[] = [];
    for (let shard = 0; shard < SHARDS.attention; shard++)
      for (const jobId of (await records.store.due(shard, clock.now() + 365 * 86_400_000)).jobIds) {
        const due = (await records.store.get(jobId))?.due_at;
        if (due !== undefined) times.push(due);
      }
    return times.length === 0 ? undefined : Math.min(...times);
  };
  return self;
}

/** Remembers each job that was written: a store has no list of its own. */
function remembering(store: JobStore, jobIds: Set<string>): JobStore {
  return {
    ...store,
    apply(jobId, transition, values) {
      jobIds.add(jobId);
      return store.apply(jobId, transition, values);
    },
  };
}
