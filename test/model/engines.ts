import { isDeepStrictEqual } from 'node:util';
import type { MemoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import { judge } from '../../lambdas/core/judge.ts';
import type { Message } from '../../lambdas/core/message.ts';
import type { Applied, Chance, JobStore, Log } from '../../lambdas/core/ports.ts';
import { type JobRecord, SHARDS } from '../../lambdas/core/record.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import type { Given, Transition } from '../../lambdas/core/transition.ts';
import type { Ports } from '../world/invocation.ts';
import type { Bodies } from './bodies.ts';
import type { Process, Scene } from './scene.ts';
import { JOB_QUEUES } from './sqs.ts';
import { modelTasks } from './tasks.ts';
import type { Wire } from './wire.ts';
import { recordInWords, transitionInWords } from './words.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => silent };

/** The engines of an episode's processes: ports whose effects are traced, and told to the evidence. */
export class Engines {
  readonly #scene: Scene;
  readonly #wire: Wire;
  readonly #bodies: Bodies;
  readonly #store: JobStore;
  readonly #payloads: MemoryPayloads;
  readonly #tasks = createRegistry(modelTasks);
  readonly #chance: Chance;

  constructor(scene: Scene, wire: Wire, bodies: Bodies, store: JobStore, payloads: MemoryPayloads) {
    this.#scene = scene;
    this.#wire = wire;
    this.#bodies = bodies;
    this.#store = store;
    this.#payloads = payloads;
    this.#chance = {
      id: () => `id-${scene.nextId()}`,
      token: () => `token-${scene.nextId()}`,
      fraction: () => (scene.lastId % 4) / 4,
    };
  }

  of(process: Process): Engine & Ports {
    const clock = {
      now: () => this.#scene.time.now(),
      after: (ms: number, then: () => void) => this.#scene.time.after(ms, then, () => process.suspended),
    };
    const { memory } = this.#scene.sqs;
    const effect = <T>(what: string, run: () => Promise<T>) => this.#wire.effect(process, what, run);
    return {
      tasks: this.#tasks,
      hooks: {},
      state: { body: (ctx, input) => this.#bodies.run(process, ctx, input) },
      store: this.#storeOf(process),
      payloads: {
        put: (...args) => effect(`stores a payload`, () => this.#payloads.put(...args)),
        get: (...args) => effect(`reads a payload`, () => this.#payloads.get(...args)),
        keep: (...args) => effect(`keeps a payload`, () => this.#payloads.keep(...args)),
      },
      queues: {
        names: JOB_QUEUES,
        send: (queue, body, delay) =>
          effect(
            `sends ${this.#scene.messageInWords(body)} to ${queue}${delay ? `, delayed ${delay} s` : ''}`,
            async () => {
              await memory.send(queue, body, delay);
              if (process.kind === 'sweep') process.sent.add((JSON.parse(body) as Message).job_id);
            },
          ),
        sendMany: () => Promise.reject(new Error('The model enqueues one job a call.')),
        bury: (body, reason) =>
          effect(`sends ${this.#scene.messageInWords(body)} to dead-letters`, () => memory.bury(body, reason)),
      },
      deadLetters: {
        receive: () =>
          effect('looks at dead-letters', async () =>
            (await memory.receive()).map((held) => ({
              body: held.body,
              remove: () =>
                effect(`removes ${this.#scene.messageInWords(held.body)} from dead-letters`, () => held.remove()),
            })),
          ),
      },
      clock,
      chance: this.#chance,
      log: silent,
    };
  }

  #storeOf(process: Process): JobStore {
    const store = this.#store;
    return {
      entries: store.entries,
      getMany: store.getMany,
      apply: <K extends keyof Given>(jobId: string, transition: Transition<K>, values: Pick<Given, K>) => {
        const job = this.#scene.evidence.job(jobId);
        return this.#wire.effect(process, `${transitionInWords(transition.name)} ${job}`, async () => {
          const { mutated } = this.#scene.options;
          const applied = mutated === undefined ? transition : (mutated(transition as Transition) as Transition<K>);
          const before = this.#scene.evidence.mirror.get(jobId);
          const done = await store.apply(jobId, applied, values);
          if (done.ok && applied.does === 'update' && applied.answer) this.#toldTruly(applied, values, done.record);
          this.#written(process, transition as Transition, jobId, before, done, values as Partial<Given>);
          return done;
        });
      },
      get: (jobId) => this.#wire.effect(process, `reads ${this.#scene.evidence.job(jobId)}`, () => store.get(jobId)),
      due: (shard, until, after) =>
        this.#wire.effect(process, `looks for what is due (${shard + 1} of ${SHARDS.attention})`, () =>
          store.due(shard, until, after),
        ),
    };
  }

  /** What a caller tells is the record that was written, as a store that is not sent it back must rely on. */
  #toldTruly({ name }: Transition, { after: told }: Partial<Given>, record: JobRecord): void {
    if (told === undefined) throw new Error(`${name} was not given what it leaves.`);
    if (!isDeepStrictEqual(told, record) && !this.#scene.evidence.damaged.has(record.job_id))
      this.#scene.evidence.fail(`${name}: the attempt takes its record for ${recordInWords(told)}`);
  }

  #written(
    process: Process,
    transition: Transition,
    jobId: string,
    before: JobRecord | undefined,
    done: Applied,
    given: Partial<Given>,
  ): void {
    const { name } = transition;
    this.#scene.count(`${done.ok ? 'written' : 'refused'}: ${name}`);
    const { record } = done;
    if (done.ok) {
      this.#scene.say(() => `    → ${recordInWords(done.record)}`);
      this.#scene.evidence.wrote(name, before, done.record, given, process);
    } else {
      this.#scene.say(() => `    → refused: ${record === undefined ? 'there is no record' : recordInWords(record)}`);
      if (record !== undefined && (name === 'claim' || name === 'fail undeliverable')) {
        const verdict = judge(record, given as unknown as Message, given.owner ?? '', given.now ?? 0);
        this.#scene.count(`verdict of ${name === 'claim' ? 'the worker' : 'bury'}: ${verdict.is}`);
      }
      this.#scene.evidence.refused(name, jobId, given, process);
      const told = this.#scene.evidence.mirror.get(jobId);
      if (record?.status !== told?.status && !this.#scene.evidence.damaged.has(jobId))
        this.#scene.evidence.fail(
          `a refusal shows ${this.#scene.evidence.job(jobId)} as ${record?.status}, which is ${told?.status}`,
        );
    }
    if (name === 'sweep done') process.unmarked.add(jobId);
    if (name === 'heartbeat') this.#bodies.checkSignal(process, jobId, given.owner ?? '', done);
  }
}
