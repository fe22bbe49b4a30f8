import type { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import { queueHandler } from '../../lambdas/adapters/lambda/queue-handler.ts';
import type { MemoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import type { StoredMessage } from '../../lambdas/adapters/memory/queues.ts';
import { buryUndeliverable } from '../../lambdas/core/bury.ts';
import { deliver } from '../../lambdas/core/deliver.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import { StintError, toError } from '../../lambdas/core/errors.ts';
import type { JobStore } from '../../lambdas/core/ports.ts';
import { type Invocation, invocation } from '../world/invocation.ts';
import { Bodies } from './bodies.ts';
import { Engines } from './engines.ts';
import type { Writer } from './evidence.ts';
import { FUNCTION_SECONDS, LONGEST_LIFE_SECONDS, type Process, type Scene } from './scene.ts';
import { UNDELIVERABLE } from './sqs.ts';
import { Wire } from './wire.ts';

/** The processes of an episode: invocations of the functions, through their real entry point, and requests to the API. */
export class Processes {
  readonly all: Process[] = [];
  readonly wire: Wire;
  readonly #scene: Scene;
  readonly #engines: Engines;
  readonly #tally: Record<string, number> = {};

  constructor(scene: Scene, store: JobStore, payloads: MemoryPayloads) {
    const kill = (process: Process, how: string) => this.kill(process, how);
    this.#scene = scene;
    this.wire = new Wire(scene, kill);
    this.#engines = new Engines(scene, this.wire, new Bodies(scene, this.wire, kill), store, payloads);
  }

  /** Those that still run, or have left calls behind. */
  get alive(): readonly Process[] {
    return this.all.filter((each) => each.state === 'running' || (each.state === 'over' && this.wire.waits(each)));
  }

  begin(
    kind: Process['kind'],
    name: string,
    skew: number,
    intent?: (writer: { skewMs: number }) => NonNullable<Writer['intent']>,
  ): Process {
    const skewMs = skew * this.#scene.options.setting.skewSeconds * 1000;
    const [word = name] = name.split(' ');
    this.#tally[word] = (this.#tally[word] ?? 0) + 1;
    const numbered = name.replace(word, `${word} ${this.#tally[word]}`);
    const intended = intent?.({ skewMs });
    const process: Process = {
      name: numbered,
      kind,
      ...(intended === undefined ? {} : { intent: intended }),
      endsAt: this.#scene.time.now() + FUNCTION_SECONDS * 1000,
      skewMs,
      sent: new Set(),
      unmarked: new Set(),
      effects: 0,
      state: 'running',
      suspended: false,
      faulted: false,
      forget: () => {},
      invocation: undefined as unknown as Invocation,
    };
    process.invocation = invocation(
      this.#engines.of(process),
      { skewMs, faults: (call) => this.wire.gate(process, call) },
      (call) => {
        call.catch(() => {}); // the use case sees it
      },
    );
    // The platform ends what takes too long, but for what it has suspended itself.
    const end = this.#scene.time.after(FUNCTION_SECONDS * 1000, () => {
      if (process.state === 'running' && !process.suspended) this.kill(process, 'runs out of time and is ended');
    });
    const gone = this.#scene.time.after(LONGEST_LIFE_SECONDS * 1000, () => this.kill(process, 'is gone for good'));
    process.forget = () => {
      end();
      gone();
    };
    this.all.push(process);
    this.#scene.count(`process: ${kind}`);
    return process;
  }

  /** Runs a use case in a process, until it is over or crashes. */
  run(process: Process, useCase: (engine: Engine) => Promise<void>): void {
    void process.invocation.run(useCase).then(
      () => {
        if (process.state !== 'running') return;
        process.state = 'over';
        if (!this.wire.waits(process)) process.forget();
        const inTime = this.#scene.time.now() < process.endsAt - 1_000; // else what hung was left behind
        if (!process.faulted && inTime) this.#scene.evidence.over(process);
      },
      (error) => {
        process.state = 'over';
        const mayThrow = process.kind === 'sweep' && process.faulted && error instanceof StintError; // the next tick goes on
        if (!mayThrow) this.#scene.evidence.fail(`${process.name} throws: ${toError(error).stack}`);
      },
    );
  }

  /** A function receives messages of its queue. Answers whether there were any. */
  receive(queue: string, count: number, pick: number, again: boolean, skew: number): boolean {
    const messages = this.#scene.sqs.receive(queue, count, pick, again, FUNCTION_SECONDS + 5);
    if (messages.length === 0) return false;
    const kind = queue === UNDELIVERABLE ? 'bury' : 'worker';
    const process = this.begin(kind, kind, skew);
    this.#scene.count(`batch of ${messages.length}`);
    this.#scene.say(
      () =>
        `${process.name}${process.skewMs ? ` (its clock ${process.skewMs > 0 ? '+' : ''}${process.skewMs / 1000} s)` : ''} receives ${messages.map((message) => `a message of ${this.#scene.jobOf(message)} (dispatch ${this.#scene.sqs.told(message).dispatch}, receive ${message.receiveCount})`).join(' and ')} from ${queue}`,
    );
    const handedBack = new Set<StoredMessage>();
    const byHandle = new Map(messages.map((message, i) => [`handle ${i}`, message]));
    const client = {
      send: (command: ChangeMessageVisibilityCommand) =>
        process.invocation.call('hand back', () => {
          const { ReceiptHandle = '', VisibilityTimeout = 0 } = command.input;
          const message = byHandle.get(ReceiptHandle) as StoredMessage;
          return this.wire.effect(
            process,
            `hands the message of ${this.#scene.jobOf(message)} back for ${VisibilityTimeout} s`,
            async () => {
              this.#scene.sqs.changeVisibility(queue, message, VisibilityTimeout);
              handedBack.add(message);
            },
          );
        }),
    } as unknown as SQSClient;
    const { engine } = process.invocation;
    const settings = { queue, maxReceiveCount: this.#scene.options.setting.maxReceiveCount };
    const handler = queueHandler(client, queue, engine.clock, (delivery, end) =>
      kind === 'bury' ? buryUndeliverable(engine, delivery) : deliver(engine, settings, delivery, end),
    );
    const event = {
      Records: messages.map(({ messageId, body, receiveCount, sentAt }, i) => ({
        messageId,
        body,
        receiptHandle: `handle ${i}`,
        attributes: { ApproximateReceiveCount: String(receiveCount), SentTimestamp: String(sentAt) },
      })),
    } as unknown as SQSEvent;
    const context = { getRemainingTimeInMillis: () => process.endsAt - this.#scene.time.now() } as unknown as Context;
    this.run(process, async () => {
      const { batchItemFailures } = await handler(event, context);
      if (process.state !== 'running') return;
      const left = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const message of new Set(messages)) {
        if (!left.has(message.messageId)) {
          if (kind === 'worker') this.#scene.evidence.acknowledged(this.#scene.sqs.told(message), queue, process);
          this.#acknowledge(process, queue, message);
        } else if (handedBack.has(message) && !process.faulted) this.#scene.sqs.handedBack(message);
      }
    });
    return true;
  }

  /**
   * Lambda deletes what was not reported as failed; that, too, can be lost, and comes within seconds. A zombie may return
   * later than any function of Lambda runs, but no later than the sweep may have sent its job again: see retryBySweep.
   */
  #acknowledge(process: Process, queue: string, message: StoredMessage): void {
    this.wire.add({
      process: undefined,
      kind: 'ack',
      what: 'ack',
      go: (fault) => {
        const tooLate = this.#scene.time.now() > process.endsAt + (LONGEST_LIFE_SECONDS - FUNCTION_SECONDS) * 1000;
        if (fault !== undefined || tooLate) {
          this.#scene.count('fault: acknowledgement lost');
          this.#scene.say(() => `the acknowledgement of ${this.#scene.jobOf(message)} by ${process.name} is lost`);
          return;
        }
        this.#scene.count('acknowledged');
        this.#scene.say(
          () => `the message of ${this.#scene.jobOf(message)} that ${process.name} has dealt with is deleted`,
        );
        this.#scene.sqs.remove(queue, message);
      },
    });
  }

  kill(process: Process, how: string): void {
    if (process.state === 'crashed') return;
    if (process.state === 'running' || this.wire.waits(process)) this.#scene.say(() => `${process.name} ${how}`);
    process.state = 'crashed';
    process.suspended = false;
    process.forget();
    void process.invocation.call('kill', async () => {});
    this.wire.drop(process);
  }

  async resume(process: Process): Promise<void> {
    this.#scene.say(() => `${process.name} goes on`);
    process.suspended = false;
    await this.#scene.time.catchUp(() => this.wire.quiet());
  }
}
