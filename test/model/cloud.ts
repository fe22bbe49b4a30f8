import type { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent } from 'aws-lambda';
import { queueHandler } from '../../lambdas/adapters/lambda/queue-handler.ts';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { memoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import type { StoredMessage } from '../../lambdas/adapters/memory/queues.ts';
import { abort } from '../../lambdas/core/abort.ts';
import { buryUndeliverable } from '../../lambdas/core/bury.ts';
import type { TaskContext } from '../../lambdas/core/context.ts';
import { deliver } from '../../lambdas/core/deliver.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import { CancelError, NonRetryableError, RetryAfterError, StintError, toError } from '../../lambdas/core/errors.ts';
import { judge } from '../../lambdas/core/judge.ts';
import type { Message } from '../../lambdas/core/message.ts';
import type { Applied, Chance, JobStore, Log } from '../../lambdas/core/ports.ts';
import { type JobRecord, SHARDS } from '../../lambdas/core/record.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { sweep, tidyDeadLetters } from '../../lambdas/core/sweep.ts';
import type { Given, Transition } from '../../lambdas/core/transition.ts';
import { type Call, type Fault, type Invocation, invocation, type Ports } from '../world/invocation.ts';
import type { Records } from '../world/world.ts';
import { Evidence, type Request, type Writer } from './evidence.ts';
import { ALL_QUEUES, JOB_QUEUES, type Sqs, sqs, UNDELIVERABLE } from './sqs.ts';
import type { EnqueueName, FaultName, OutcomeName, Setting } from './steps.ts';
import { type ModelInput, modelTasks, retentionMs } from './tasks.ts';
import { type Timeline, timeline } from './timeline.ts';
import { recordInWords, transitionInWords } from './words.ts';

export interface CloudOptions {
  readonly setting: Setting;
  /** Keeps the trace in words. */
  readonly traced?: boolean;
  /** Default: in memory. */
  readonly records?: Records;
  /** Makes ids and keys unlike those of other episodes on the same table. */
  readonly salt?: string;
  /** What is written instead of a transition: a mutant. */
  readonly mutated?: (transition: Transition) => Transition;
  /** Counts what was exercised. */
  readonly count?: (what: string) => void;
}

/** A run of one function, or one request to the API. */
interface Process extends Writer {
  readonly skewMs: number;
  readonly sent: { jobId: string; run: string; dueAt: number }[];
  invocation: Invocation;
  state: 'running' | 'over' | 'crashed';
  suspended: boolean;
  /** A call of it failed, or it was suspended: it need not do all that it should. */
  faulted: boolean;
}

/** Something that waits for the scheduler. */
interface Gate {
  /** None: it is SQS's or the network's own. */
  readonly process: Process | undefined;
  readonly kind: 'call' | 'task' | 'ack' | 'stray';
  readonly what: string;
  /** It is slow: it waits while everything else goes on. */
  held?: boolean;
  go(fault: FaultName | undefined, outcome: OutcomeName): void;
}

const FUNCTION_SECONDS = 60;
/** What the lease outlasts its invocation by. */
const LEASE_SLACK_MS = 5_000;
const START = Date.UTC(2026, 0, 1);
const DAY_SECONDS = 86_400;
/** What a call can still do after its process: a request on the wire lands within a minute or never. */
const ON_THE_WIRE_SECONDS = 60;
/**
 * A process that was suspended goes on so late at most, and so does an acknowledgement of it: a Lambda lives 15 minutes. Later it
 * could find its message gone and the job marked for the sweep, and take that mark off with a claim (docs/mutants.md).
 */
const LONGEST_LIFE_SECONDS = 14 * 60;
const MOST_REQUESTS = 5;
const LARGE = 'x'.repeat(400);
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, with: () => silent };

/**
 * The world of one episode: the real use cases and entry points as processes whose every external call waits for the
 * scheduler, on in-memory ports (or a given store), with SQS's, the network's and time's own doings beside them.
 */
export class Cloud {
  readonly evidence: Evidence;
  readonly trace: string[] = [];
  /** Random decisions that did something, and what the fault-free life between and after them took. */
  readonly #options: CloudOptions;
  readonly #time: Timeline;
  readonly #sqs: Sqs;
  readonly #payloads = memoryPayloads();
  readonly #memory = memoryJobStore();
  readonly #records: Records;
  readonly #processes: Process[] = [];
  readonly #tally: Record<string, number> = {};
  readonly #afterQuiet: (() => void)[] = [];
  readonly #tasks = createRegistry(modelTasks);
  readonly #count: (what: string) => void;
  #gates: Gate[] = [];
  #effects = 0;
  #draining = false;
  /** A call takes effect whose reply nobody gets. */
  #landing = false;
  #network: 'lands late' | 'echo' | undefined;
  #nextSweep = START;

  constructor(options: CloudOptions) {
    this.#options = options;
    this.#count = options.count ?? (() => {});
    this.#time = timeline(START);
    this.#sqs = sqs(
      options.setting,
      () => this.#time.now(),
      (message, from, onlyHandedBack) => {
        this.#count(`SQS moves away from ${from === UNDELIVERABLE ? from : 'a job queue'}`);
        this.#say(() => `SQS moves a message of ${this.#jobOf(message)} from ${from} on: it was received too often`);
        if (onlyHandedBack)
          this.evidence.fail(
            `a message of ${this.#jobOf(message)} that was only ever handed back is taken for undeliverable`,
          );
      },
    );
    this.evidence = new Evidence(this.#sqs, () => this.#time.now(), options.setting.skewSeconds * 4_000);
    this.#records = options.records ?? {
      store: this.#memory,
      remove: async (jobId) => void this.#memory.records.delete(jobId),
    };
  }

  // What the scheduler can do. Each answers whether it did anything --------------------------------------------------

  enqueue(how: EnqueueName, taskIndex: number, traits: number, skew: number): boolean {
    if (this.evidence.requests.length >= MOST_REQUESTS) return false;
    const task = modelTasks[taskIndex % 2 === 0 ? 0 : 1];
    const named = `${this.#options.salt ?? ''}${traits % 2}`;
    const usesKey = how === 'key' || how === 'key later' || how === 'both keys';
    const usesIdempotency = how === 'idempotency key' || how === 'both keys';
    const delaySeconds = how === 'soon' ? 20 : how === 'later' || how === 'key later' ? 2_000 : 0;
    const process = this.#begin('api', `API ${how}`, skew, (writer) => {
      const key = usesKey ? `key ${named}` : undefined;
      const idempotencyKey = usesIdempotency ? `idempotency ${named}` : undefined;
      const request = this.evidence.request({
        how,
        task: task.name,
        ...(key === undefined ? {} : { key: `${task.name} ${key}` }),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        maxAttempts: task.maxAttempts,
        retentionMs: retentionMs(task),
        notBefore: delaySeconds === 0 ? 0 : this.#time.now() + delaySeconds * 1000 - Math.abs(writer.skewMs),
      });
      return { is: 'enqueue', request };
    });
    const { request } = process.intent as { request: Request };
    // Requests with one idempotency key must be one request: whatever is under the key is asked the same way.
    const large = usesIdempotency ? false : traits % 8 >= 6;
    const input = this.#input(request.label, traits, large);
    const options: EnqueueOptions = {
      ...(usesKey ? { key: `key ${named}` } : {}),
      ...(usesIdempotency ? { idempotencyKey: `idempotency ${named}` } : {}),
      ...(delaySeconds === 0 ? {} : { delaySeconds }),
      tags: [`request ${request.label}`],
    };
    this.#say(
      () =>
        `${process.name} asks for a job of ${task.name}${delaySeconds ? ` in ${delaySeconds} s` : ''} (request ${request.label})`,
    );
    this.#run(process, async (engine) => {
      try {
        const { jobId, deduplicated } = await enqueue(engine, task.name, input, options);
        request.reply = { jobId, deduplicated };
        this.#count(`202${deduplicated ? ' deduplicated' : ''}`);
        this.#say(
          () =>
            `${process.name} is told: accepted${deduplicated ? ', it was there already' : ''}, ${this.evidence.job(jobId)}`,
        );
      } catch (error) {
        request.reply = 'refused';
        this.#count(`enqueue refused: ${(error as StintError).code ?? error}`);
        if (!process.faulted && (error as StintError).code !== 'conflict')
          this.evidence.fail(`${process.name} is refused, though nothing failed: ${toError(error).message}`);
        this.#say(() => `${process.name} is told: ${toError(error).message}`);
      }
    });
    return true;
  }

  foreign(taskIndex: number, traits: number): boolean {
    if (this.evidence.requests.length >= MOST_REQUESTS) return false;
    const task = modelTasks[taskIndex % 2 === 0 ? 0 : 1];
    const request = this.evidence.request({
      how: 'foreign',
      task: task.name,
      maxAttempts: task.maxAttempts,
      retentionMs: retentionMs(task),
      notBefore: 0,
    });
    const input = this.#input(request.label, traits, traits % 8 >= 6);
    const queue = JOB_QUEUES[(traits >> 3) % 2] ?? 'default';
    const body = JSON.stringify({ task_name: task.name, input, tags: [`request ${request.label}`] });
    this.#say(() => `another AWS service puts a message for ${task.name} on ${queue} (request ${request.label})`);
    void this.#sqs.memory.send(queue, body, 0);
    const told = this.#sqs.told(this.#sqs.in(queue).at(-1) as StoredMessage);
    request.reply = { jobId: told.job_id, deduplicated: false };
    return true;
  }

  abort(index: number, skew: number): boolean {
    const running = this.#jobIds().filter((id) => this.evidence.mirror.get(id)?.status === 'active');
    const jobId = at(index % 2 === 0 && running.length > 0 ? running : this.#jobIds(), index >> 1);
    if (jobId === undefined) return false;
    const process = this.#begin('api', 'API abort', skew, () => ({ is: 'abort', jobId }));
    this.#say(() => `${process.name} is asked to abort ${this.evidence.job(jobId)}`);
    this.#run(process, async (engine) => {
      const said = await abort(engine, jobId).then(
        ({ status }) => status,
        (error: unknown) => error,
      );
      this.#count(`abort: ${typeof said === 'string' ? said : (said as StintError).code}`);
      this.#say(() => `${process.name} is told: ${said instanceof Error ? said.message : said}`);
      if (typeof said === 'string') this.evidence.abortReplied(jobId, said as JobRecord['status']);
    });
    return true;
  }

  retry(index: number, skew: number): boolean {
    const ended = this.#jobIds().filter((jobId) =>
      ['failed', 'aborted'].includes(this.evidence.mirror.get(jobId)?.status ?? ''),
    );
    const jobId = at(ended.length > 0 ? ended : this.#jobIds(), index);
    if (jobId === undefined) return false;
    const process = this.#begin('api', 'API retry', skew, () => ({ is: 'retry', jobId }));
    this.#say(() => `${process.name} is asked to retry ${this.evidence.job(jobId)} by hand`);
    this.#run(process, async (engine) => {
      const said = await retryJob(engine, jobId).then(
        ({ status }) => status,
        (error: unknown) => error,
      );
      this.#count(`retry: ${typeof said === 'string' ? said : (said as StintError).code}`);
      this.#say(() => `${process.name} is told: ${said instanceof Error ? said.message : said}`);
    });
    return true;
  }

  work(count: number, pick: number, again: boolean, skew: number): boolean {
    const name = JOB_QUEUES[pick % 2] ?? 'default';
    const other = JOB_QUEUES[(pick + 1) % 2] ?? 'other';
    return this.#receive(name, count, pick >> 1, again, skew) || this.#receive(other, count, pick >> 1, again, skew);
  }

  bury(count: number, pick: number, again: boolean, skew: number): boolean {
    return this.#receive(UNDELIVERABLE, count, pick, again, skew);
  }

  /** A message is received, and the invocation never begins. */
  lose(pick: number): boolean {
    const queue = at(
      ALL_QUEUES.filter((name) => this.#sqs.in(name).some(({ visibleAt }) => visibleAt <= this.#time.now())),
      pick,
    );
    const [message] = queue === undefined ? [] : this.#sqs.receive(queue, 1, pick, false, FUNCTION_SECONDS + 5);
    if (message === undefined) return false;
    this.#count('fault: throttled function');
    this.#say(() => `a message of ${this.#jobOf(message)} is received from ${queue}, but its function is throttled`);
    return true;
  }

  sweep(skew: number): boolean {
    const process = this.#begin('sweep', 'sweep', skew);
    this.#run(process, async (engine) => {
      const stopAt = engine.clock.now() + 50_000;
      await sweep(engine, stopAt);
      if (!process.faulted)
        for (const { jobId, run, dueAt } of process.sent) {
          const record = this.evidence.mirror.get(jobId);
          if (record?.due_at === dueAt && record.run === run)
            this.evidence.fail(
              `${process.name} sent ${this.evidence.job(jobId)}, and will send it again at every tick`,
            );
        }
      await tidyDeadLetters(engine, process.invocation.deadLetters, stopAt);
    });
    return true;
  }

  /** One call that waits is made, or a task goes on. */
  async goOn(index: number, fault: FaultName | undefined, outcome: OutcomeName): Promise<boolean> {
    const ready = this.#ready();
    const gate = at(ready, index);
    if (gate === undefined) return false;
    await this.#release(gate, fault, outcome);
    return true;
  }

  /** The calls of one process, one after another and without faults. Resolves with how many. */
  async finish(index: number, outcome: OutcomeName): Promise<number> {
    const first = at(this.#ready(), index);
    if (first === undefined) return 0;
    let steps = 0;
    for (let gate: Gate | undefined = first; gate !== undefined && steps < 40; steps++) {
      await this.#release(gate, undefined, steps > 15 ? 'return' : outcome);
      gate = first.process && this.#ready().find(({ process }) => process === first.process);
    }
    return steps;
  }

  /** A call that waits on while everything else goes on. */
  hold(index: number): boolean {
    const gate = at(
      this.#ready().filter(({ kind }) => kind !== 'task'),
      index,
    );
    if (gate === undefined) return false;
    gate.held = true;
    this.#count('fault: a slow call');
    this.#say(() => `${gate.process?.name ?? gate.kind} is slow: ${transitionInWords(gate.what)}`);
    return true;
  }

  letGo(index: number): boolean {
    const gate = at(
      this.#gates.filter(({ held }) => held === true),
      index,
    );
    if (gate === undefined) return false;
    gate.held = false;
    return true;
  }

  /** One message of each queue is dealt with to its end, and whatever else can go on goes on. */
  async serve(outcome: OutcomeName, skew: number): Promise<number> {
    let steps = 0;
    for (const queue of ALL_QUEUES) steps += Number(this.#receive(queue, 1, 0, false, skew));
    await this.quiet();
    for (let gate = this.#ready()[0]; gate !== undefined && steps < 60; gate = this.#ready()[0], steps++)
      await this.#release(gate, undefined, steps > 30 ? 'return' : outcome);
    return steps;
  }

  async kill(index: number): Promise<boolean> {
    const process = at(this.#alive(), index);
    if (process === undefined) return false;
    this.#count('fault: killed');
    this.#kill(process, 'is killed');
    await this.quiet();
    return true;
  }

  suspend(index: number): boolean {
    const process = at(
      this.#alive().filter((each) => !each.suspended && each.kind !== 'sweep'),
      index,
    );
    if (process === undefined) return false;
    this.#count('fault: suspended');
    this.#say(() => `${process.name} is suspended`);
    process.suspended = true;
    process.faulted = true;
    return true;
  }

  async resume(index: number): Promise<boolean> {
    const process = at(
      this.#processes.filter(({ suspended }) => suspended),
      index,
    );
    if (process === undefined) return false;
    await this.#resume(process);
    return true;
  }

  /** Time goes on. Far: everybody else lives on without faults meanwhile, for no outage lasts for days. */
  async time(seconds: number): Promise<boolean> {
    if (seconds > ON_THE_WIRE_SECONDS) await this.#landStrays();
    if (seconds >= DAY_SECONDS) {
      const until = this.#time.now() + seconds * 1000;
      await this.live(until);
      for (const process of this.#alive()) this.#kill(process, 'ends');
      seconds = Math.max(0, (until - this.#time.now()) / 1000);
    }
    this.#say(() => `${inWords(seconds)} pass`);
    this.#count(seconds >= DAY_SECONDS ? 'time: days' : 'time: seconds to hours');
    await this.#advance(seconds * 1000);
    return true;
  }

  /** Time goes on to the next thing that happens by itself. */
  async next(): Promise<boolean> {
    const at = this.#nextEvent();
    if (at === undefined) return false;
    return this.time(Math.max(0, at - this.#time.now()) / 1000);
  }

  copy(index: number, seconds: number): boolean {
    const message = at(
      ALL_QUEUES.flatMap((queue) => this.#sqs.in(queue)),
      index,
    );
    if (message === undefined || this.#sqs.in('default').length > 12) return false;
    this.#count(seconds === 0 ? 'fault: message doubled' : 'fault: message doubled, the copy late');
    this.#say(
      () =>
        `a message of ${this.#jobOf(message)} is doubled${seconds ? `, the copy turns up in ${inWords(seconds)}` : ''}`,
    );
    this.#sqs.copy(message, seconds);
    return true;
  }

  redrive(index: number, queueIndex: number, twice: boolean): boolean {
    const message = at(this.#sqs.memory.deadLetters, index);
    if (message === undefined) return false;
    const told = this.#sqs.told(message);
    if (told.isForeign) return false;
    this.#count(`redrive${told.isEnvelope ? '' : ' of what is no envelope'}${twice ? ', twice' : ''}`);
    const queue = JOB_QUEUES[queueIndex % 2] ?? 'default';
    this.#say(
      () =>
        `a person redrives the ${told.isEnvelope ? 'envelope' : 'message'} of ${this.#jobOf(message)} (dispatch ${told.dispatch}) to ${queue}`,
    );
    this.evidence.redriven(told);
    this.#sqs.redrive(message, queue, twice);
    return true;
  }

  /** DynamoDB deletes the records and payloads whose time is over. */
  async ttl(): Promise<boolean> {
    const now = this.#time.now();
    let any = false;
    for (const record of [...this.evidence.mirror.values()]) {
      if (record.ttl === undefined || record.ttl * 1000 > now) continue;
      if (this.#asksFor(record.job_id)) continue;
      any = true;
      this.#count('TTL deletes a record');
      this.#say(() => `DynamoDB deletes ${this.evidence.job(record.job_id)}, whose time is over`);
      await this.#records.remove(record.job_id);
      this.evidence.deleted(record.job_id);
    }
    for (const [key, { ttl }] of this.#payloads.stored) if (ttl * 1000 <= now) this.#payloads.stored.delete(key);
    return any;
  }

  /**
   * A KNOWN EDGE, kept out until it is mended: a request with an Idempotency-Key whose last record has expired, and is deleted between
   * the delivery of the new message, which that record made stale, and the put of the new record. The new job then has no message.
   */
  #asksFor(jobId: string): boolean {
    return this.#alive().some(({ intent }) => {
      if (intent?.is !== 'enqueue' || intent.request.idempotencyKey === undefined) return false;
      const before = this.evidence.requests.find(({ reply }) => typeof reply === 'object' && reply.jobId === jobId);
      return before?.idempotencyKey === intent.request.idempotencyKey;
    });
  }

  damage(index: number, how: number): boolean {
    const unfinished = [...this.#memory.records.values()].filter(
      ({ job_id, status }) => status !== 'complete' && !this.evidence.damaged.has(job_id),
    );
    const record = at(unfinished, index);
    if (record === undefined || this.#options.records !== undefined) return false;
    const broken = how % 2 === 0 ? { status: 'lost' } : { status: 'active', lease_expires_at: this.#time.now() + 1e10 };
    this.#memory.records.set(record.job_id, { ...record, ...broken } as JobRecord);
    this.evidence.damaged.add(record.job_id);
    this.#count('record damaged by hand');
    this.#say(() => `somebody damages the record of ${this.evidence.job(record.job_id)}`);
    return true;
  }

  // The fault-free life ------------------------------------------------------------------------------------------------

  /** Everybody goes on without faults until nothing is left to do before `until`. Resolves with the steps that it took. */
  async live(until = Number.POSITIVE_INFINITY): Promise<number> {
    let steps = 0;
    this.#draining = true;
    await this.#landStrays();
    for (const process of this.#processes) if (process.suspended) await this.#resume(process);
    for (const gate of this.#gates) gate.held = false;
    for (;;) {
      if (this.evidence.violation !== undefined) return steps;
      if (++steps > 1_500) {
        this.evidence.fail('the world does not come to rest');
        return steps;
      }
      const [gate] = this.#ready();
      if (gate !== undefined) {
        await this.#release(gate, undefined, 'return');
        continue;
      }
      if (this.#redriveNeglected()) continue;
      const queue = ALL_QUEUES.find((name) => this.#receive(name, 1, 0, false, 0));
      if (queue !== undefined) {
        await this.quiet();
        continue;
      }
      const now = this.#time.now();
      if (now >= this.#nextSweep && (this.#earliestDue() ?? Number.POSITIVE_INFINITY) <= now) {
        this.#nextSweep = now + 60_000;
        this.sweep(0);
        await this.quiet();
        continue;
      }
      const next = this.#nextEvent();
      if (next === undefined || next > until) break;
      await this.#advance(Math.max(0, next - now));
    }
    this.#draining = false;
    return steps;
  }

  /** A fault-free end: everything drains, and what is stale in `dead-letters` is tidied away. */
  async drain(): Promise<number> {
    this.#say(() => 'From here on nothing fails.');
    let steps = await this.live();
    this.sweep(0);
    steps += await this.live();
    if (this.evidence.violation === undefined) this.evidence.checkRest();
    return steps;
  }

  /** Lets everything go on that can go on by itself. */
  async quiet(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#effects > 0);
    for (const check of this.#afterQuiet.splice(0)) check();
  }

  /** Checks the records against those of the store, where it is not in memory. */
  async checkMirror(): Promise<void> {
    for (const [jobId, record] of this.evidence.mirror) {
      const there = await this.#records.store.get(jobId);
      if (JSON.stringify(sorted(there)) !== JSON.stringify(sorted(record)))
        this.evidence.fail(`the store holds another record of ${this.evidence.job(jobId)} than it answered`);
    }
  }

  // Processes --------------------------------------------------------------------------------------------------------------

  #begin(
    kind: Process['kind'],
    name: string,
    skew: number,
    intent?: (writer: { skewMs: number }) => NonNullable<Writer['intent']>,
  ): Process {
    const skewMs = skew * this.#options.setting.skewSeconds * 1000;
    const [word = name] = name.split(' ');
    this.#tally[word] = (this.#tally[word] ?? 0) + 1;
    const numbered = name.replace(word, `${word} ${this.#tally[word]}`);
    const intended = intent?.({ skewMs });
    const process: Process = {
      name: numbered,
      kind,
      ...(intended === undefined ? {} : { intent: intended }),
      endsAt: this.#time.now() + FUNCTION_SECONDS * 1000,
      skewMs,
      sent: [],
      effects: 0,
      state: 'running',
      suspended: false,
      faulted: false,
      invocation: undefined as unknown as Invocation,
    };
    process.invocation = invocation(
      this.#engine(process),
      { skewMs, faults: (call) => this.#gate(process, call) },
      (call) => {
        call.catch(() => {}); // the use case sees it
      },
    );
    // The platform ends what takes too long, but for what it has suspended itself.
    this.#time.after(FUNCTION_SECONDS * 1000, () => {
      if (process.state === 'running' && !process.suspended) this.#kill(process, 'runs out of time and is ended');
    });
    this.#time.after(LONGEST_LIFE_SECONDS * 1000, () => this.#kill(process, 'is gone for good'));
    this.#processes.push(process);
    this.#count(`process: ${kind}`);
    return process;
  }

  #run(process: Process, useCase: (engine: Engine) => Promise<void>): void {
    void process.invocation.run(useCase).then(
      () => {
        if (process.state !== 'running') return;
        process.state = 'over';
        const inTime = this.#time.now() < process.endsAt - 1_000; // else what hung was left behind
        if (!process.faulted && inTime) this.evidence.over(process);
      },
      (error) => {
        process.state = 'over';
        const mayThrow = process.kind === 'sweep' && process.faulted && error instanceof StintError; // the next tick goes on
        if (!mayThrow) this.evidence.fail(`${process.name} throws: ${toError(error).stack}`);
      },
    );
  }

  #receive(queue: string, count: number, pick: number, again: boolean, skew: number): boolean {
    const messages = this.#sqs.receive(queue, count, pick, again, FUNCTION_SECONDS + 5);
    if (messages.length === 0) return false;
    const kind = queue === UNDELIVERABLE ? 'bury' : 'worker';
    const process = this.#begin(kind, kind, skew);
    this.#count(`batch of ${messages.length}`);
    this.#say(
      () =>
        `${process.name}${process.skewMs ? ` (its clock ${process.skewMs > 0 ? '+' : ''}${process.skewMs / 1000} s)` : ''} receives ${messages.map((message) => `a message of ${this.#jobOf(message)} (dispatch ${this.#sqs.told(message).dispatch}, receive ${message.receiveCount})`).join(' and ')} from ${queue}`,
    );
    const handedBack = new Set<StoredMessage>();
    const byHandle = new Map(messages.map((message, i) => [`handle ${i}`, message]));
    const client = {
      send: (command: ChangeMessageVisibilityCommand) =>
        process.invocation.call('hand back', () => {
          const { ReceiptHandle = '', VisibilityTimeout = 0 } = command.input;
          const message = byHandle.get(ReceiptHandle) as StoredMessage;
          return this.#effect(
            process,
            `hands the message of ${this.#jobOf(message)} back for ${VisibilityTimeout} s`,
            async () => {
              this.#sqs.changeVisibility(queue, message, VisibilityTimeout);
              handedBack.add(message);
            },
          );
        }),
    } as unknown as SQSClient;
    const { engine } = process.invocation;
    const settings = { queue, maxReceiveCount: this.#options.setting.maxReceiveCount };
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
    const context = { getRemainingTimeInMillis: () => process.endsAt - this.#time.now() } as unknown as Context;
    this.#run(process, async () => {
      const { batchItemFailures } = await handler(event, context);
      if (process.state !== 'running') return;
      const left = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const message of new Set(messages)) {
        if (!left.has(message.messageId)) this.#acknowledge(process, queue, message);
        else if (handedBack.has(message) && !process.faulted) this.#sqs.handedBack(message);
      }
    });
    return true;
  }

  /**
   * Lambda deletes what was not reported as failed; that, too, can be lost, and comes within seconds. A zombie may return
   * later than any function of Lambda runs, but no later than the sweep may have sent its job again: see retryBySweep.
   */
  #acknowledge(process: Process, queue: string, message: StoredMessage): void {
    this.#addGate({
      process: undefined,
      kind: 'ack',
      what: 'ack',
      go: (fault) => {
        const tooLate = this.#time.now() > process.endsAt + (LONGEST_LIFE_SECONDS - FUNCTION_SECONDS) * 1000;
        if (fault !== undefined || tooLate) {
          this.#count('fault: acknowledgement lost');
          this.#say(() => `the acknowledgement of ${this.#jobOf(message)} by ${process.name} is lost`);
          return;
        }
        this.#count('acknowledged');
        this.#say(() => `the message of ${this.#jobOf(message)} that ${process.name} has dealt with is deleted`);
        this.#sqs.remove(queue, message);
      },
    });
  }

  #kill(process: Process, how: string): void {
    if (process.state === 'crashed') return;
    if (process.state === 'running' || this.#gates.some((gate) => gate.process === process))
      this.#say(() => `${process.name} ${how}`);
    process.state = 'crashed';
    process.suspended = false;
    void process.invocation.call('kill', async () => {});
    this.#gates = this.#gates.filter((gate) => gate.process !== process);
  }

  async #resume(process: Process): Promise<void> {
    this.#say(() => `${process.name} goes on`);
    process.suspended = false;
    await this.#time.catchUp(() => this.quiet());
  }

  #engine(process: Process): Engine & Ports {
    const clock = {
      now: () => this.#time.now(),
      after: (ms: number, then: () => void) => this.#time.after(ms, then, () => process.suspended),
    };
    const { memory } = this.#sqs;
    const { setting } = this.#options;
    const effect = <T>(what: string, run: () => Promise<T>) => this.#effect(process, what, run);
    return {
      tasks: this.#tasks,
      hooks: {},
      state: { body: (ctx, input) => this.#body(process, ctx, input) },
      store: this.#store(process),
      payloads: {
        put: (...args) => effect(`stores a payload`, () => this.#payloads.put(...args)),
        get: (...args) => effect(`reads a payload`, () => this.#payloads.get(...args)),
        keep: (...args) => effect(`keeps a payload`, () => this.#payloads.keep(...args)),
      },
      queues: {
        names: JOB_QUEUES,
        send: (queue, body, delay) =>
          effect(`sends ${this.#messageInWords(body)} to ${queue}${delay ? `, delayed ${delay} s` : ''}`, async () => {
            await memory.send(queue, body, delay);
            if (process.kind === 'sweep') this.#noteSweep(process, body);
          }),
        sendMany: () => Promise.reject(new Error('The model enqueues one job a call.')),
        bury: (body, reason) =>
          effect(`sends ${this.#messageInWords(body)} to dead-letters`, () => memory.bury(body, reason)),
      },
      deadLetters: {
        receive: () =>
          effect('looks at dead-letters', async () =>
            (await memory.receive()).map((held) => ({
              body: held.body,
              remove: () => effect(`removes ${this.#messageInWords(held.body)} from dead-letters`, () => held.remove()),
            })),
          ),
      },
      clock,
      chance: this.#chance(setting),
      log: silent,
    };
  }

  #ids = 0;
  #chance(_setting: Setting): Chance {
    const salt = this.#options.salt ?? '';
    return {
      id: () => `id-${salt}${++this.#ids}`,
      token: () => `token-${++this.#ids}`,
      fraction: () => (this.#ids % 4) / 4,
    };
  }

  #noteSweep(process: Process, body: string): void {
    const { job_id, run, dispatch } = JSON.parse(body) as Message;
    const record = this.evidence.mirror.get(job_id);
    const dueAt = record?.due_at;
    const again = process.sent.some(({ jobId }) => jobId === job_id); // the SDK makes the same call again
    if (dueAt !== undefined && record?.dispatch === dispatch && !again)
      process.sent.push({ jobId: job_id, run, dueAt });
  }

  // External calls ---------------------------------------------------------------------------------------------------------

  #gate(process: Process, call: Call): Fault | Promise<Fault | undefined> {
    if (call.name === 'kill') return 'crash before';
    if (process.state === 'crashed') return new Promise(() => {});
    return new Promise<Fault | undefined>((resolve) => {
      const leaseOver = () => this.#time.now() >= process.endsAt + LEASE_SLACK_MS;
      const wasOver = leaseOver();
      this.#addGate({
        process,
        kind: 'call',
        what: call.name,
        go: (fault) => {
          // A redriven claim on the wire lands before its lease ends, or never; one that is made later does land.
          if (call.name === 'claim redriven' && !wasOver && leaseOver())
            this.#kill(process, 'is gone before it claims');
          else this.#letCall(process, call, fault, resolve);
        },
      });
    });
  }

  #letCall(
    process: Process,
    call: Call,
    fault: FaultName | undefined,
    resolve: (fault: Fault | undefined) => void,
  ): void {
    const what = isTransition(call.name) ? transitionInWords(call.name) : call.name;
    if (fault !== undefined) {
      this.#count(`fault: ${fault}`);
      process.faulted ||= fault !== 'retried' && fault !== 'retried later';
    }
    switch (fault) {
      case undefined:
        resolve(undefined);
        return;
      case 'crash before':
      case 'crash after':
        if (fault === 'crash before') this.#say(() => `${process.name} crashes before it ${what}`);
        else this.#afterQuiet.push(() => this.#say(() => `${process.name} crashes`));
        resolve(fault);
        process.state = 'crashed';
        this.#gates = this.#gates.filter((gate) => gate.process !== process);
        return;
      case 'throttled':
        this.#say(() => `${process.name} is throttled: ${what}`);
        resolve(fault);
        return;
      case 'unanswered':
        this.#afterQuiet.push(() => this.#say(() => 'every reply to that is lost'));
        resolve(fault);
        return;
      case 'retried':
        this.#say(() => `the reply to what comes next is lost, and the SDK makes the call twice`);
        resolve(fault);
        return;
      case 'retried later':
        this.#afterQuiet.push(() => this.#say(() => 'the reply to that is lost'));
        resolve({
          retriedAfter: () =>
            new Promise<void>((again) => {
              this.#addGate({
                process,
                kind: 'call',
                what: call.name,
                go: () => {
                  this.#say(() => `the SDK of ${process.name} makes that call again:`);
                  again();
                },
              });
            }),
        });
        return;
      case 'lands late':
      case 'echo':
        this.#network = fault;
        resolve(undefined);
        return;
    }
  }

  async #effect<T>(process: Process, what: string, run: () => Promise<T>): Promise<T> {
    const network = this.#network;
    this.#network = undefined;
    if (network === 'lands late') {
      this.#say(() => `${process.name} gets no answer: ${what}; the call is still on the wire`);
      this.#addStray(process, what, run);
      throw new StintError('unavailable', `${what}: no answer`);
    }
    if (network === 'echo') {
      this.#say(() => `the SDK of ${process.name} makes the next call twice, and the slower one is still on the wire`);
      this.#addStray(process, what, run);
    }
    this.#say(() => `${process.name} ${what}`);
    this.#effects++;
    try {
      return await run();
    } finally {
      this.#effects--;
    }
  }

  #addStray(process: Process, what: string, run: () => Promise<unknown>): void {
    this.#addGate({
      process: undefined,
      kind: 'stray',
      what,
      go: () => {
        if (what.startsWith(transitionInWords('claim redriven')) && this.#time.now() >= process.endsAt + LEASE_SLACK_MS)
          return;
        this.#say(() => `a call of ${process.name} lands late: ${what}`);
        this.#landing = true;
        this.#effects++;
        void run()
          .catch(() => {})
          .finally(() => this.#effects--);
      },
    });
  }

  #store(process: Process): JobStore {
    const { store } = this.#records;
    return {
      apply: <K extends keyof Given>(jobId: string, transition: Transition<K>, values: Pick<Given, K>) => {
        const job = this.evidence.job(jobId);
        return this.#effect(process, `${transitionInWords(transition.name)} ${job}`, async () => {
          const { mutated } = this.#options;
          const applied = mutated === undefined ? transition : (mutated(transition as Transition) as Transition<K>);
          const before = this.evidence.mirror.get(jobId);
          const done = await store.apply(jobId, applied, values);
          this.#written(process, transition as Transition, jobId, before, done, values as Partial<Given>);
          return done;
        });
      },
      entries: store.entries,
      getMany: store.getMany,
      get: (jobId) => this.#effect(process, `reads ${this.evidence.job(jobId)}`, () => store.get(jobId)),
      due: (shard, until, after) =>
        this.#effect(process, `looks for what is due (${shard + 1} of ${SHARDS.attention})`, () =>
          store.due(shard, until, after),
        ),
    };
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
    this.#count(`${done.ok ? 'written' : 'refused'}: ${name}`);
    const { record } = done;
    if (done.ok) {
      this.#say(() => `    → ${recordInWords(done.record)}`);
      this.evidence.wrote(name, before, done.record, given, process);
    } else {
      this.#say(() => `    → refused: ${record === undefined ? 'there is no record' : recordInWords(record)}`);
      if (record !== undefined && (name === 'claim' || name === 'fail undeliverable')) {
        const verdict = judge(record, given as unknown as Message, given.owner ?? '', given.now ?? 0);
        this.#count(`verdict of ${name === 'claim' ? 'the worker' : 'bury'}: ${verdict.is}`);
      }
      this.evidence.refused(name, jobId, given, process);
      const told = this.evidence.mirror.get(jobId);
      if (record?.status !== told?.status && !this.evidence.damaged.has(jobId))
        this.evidence.fail(
          `a refusal shows ${this.evidence.job(jobId)} as ${record?.status}, which is ${told?.status}`,
        );
    }
    if (name === 'heartbeat') this.#checkSignal(process, jobId, given.owner ?? '', done);
  }

  // Tasks ------------------------------------------------------------------------------------------------------------------

  readonly #running = new Map<string, { ctx: TaskContext; over: boolean }>();

  /** A heartbeat that was answered tells its task of an abort, or that the job is lost. */
  #checkSignal(process: Process, jobId: string, owner: string, done: Applied): void {
    const asked = !done.ok || done.record.status === 'aborting';
    const running = this.#running.get(owner);
    if (!asked || running === undefined || process.faulted || this.#landing) return;
    this.#afterQuiet.push(() => {
      const unanswered = this.#gates.some((gate) => gate.process === process && gate.what === 'heartbeat');
      if (unanswered || running.over || running.ctx.signal.aborted || process.state !== 'running' || process.faulted)
        return;
      this.evidence.fail(
        `the heartbeat of ${process.name} saw ${this.evidence.job(jobId)} ${done.ok ? 'told to abort' : 'lost'}, and did not tell the task`,
      );
    });
  }

  async #body(process: Process, ctx: TaskContext, input: ModelInput): Promise<unknown> {
    const { evidence } = this;
    const job = evidence.job(ctx.jobId);
    const hold = evidence.started(ctx.jobId, ctx.attempt, input.label, process);
    this.#say(() => `${process.name} runs ${job}, attempt ${ctx.attempt}`);
    const running = { ctx, over: false };
    if (hold !== undefined) {
      hold.interrupted = () => ctx.signal.aborted;
      this.#running.set(hold.token, running);
    }
    try {
      for (;;) {
        const outcome = await this.#outcome(process, ctx, input);
        this.#count(`task: ${outcome}`);
        this.#say(() => `the task of ${job} (attempt ${ctx.attempt}): ${outcome}`);
        if (outcome === 'progress') await ctx.progress(0.5);
        else if (outcome === 'enqueue a child') await this.#enqueueChild(ctx);
        else return this.#end(outcome, ctx, input, hold);
      }
    } catch (error) {
      if (hold !== undefined && hold.threw === undefined && hold.returned === undefined)
        hold.threw = { final: false, retryAt: undefined };
      throw error;
    } finally {
      running.over = true;
    }
  }

  /** The scheduler's decision, or the end of a task that heeds its signal. */
  #outcome(process: Process, ctx: TaskContext, { heeds }: ModelInput): Promise<OutcomeName> {
    return new Promise((resolve, reject) => {
      const gate: Gate = {
        process,
        kind: 'task',
        what: 'task',
        go: (fault, outcome) => {
          if (fault === undefined) {
            resolve(outcome);
            return;
          }
          this.#count('fault: killed');
          this.#kill(process, 'is killed while its task runs');
        },
      };
      this.#addGate(gate);
      if (!heeds) return;
      ctx.signal.addEventListener('abort', () => {
        this.#gates = this.#gates.filter((each) => each !== gate);
        reject(ctx.signal.reason);
      });
    });
  }

  #end(outcome: OutcomeName, ctx: TaskContext, input: ModelInput, hold: ReturnType<Evidence['started']>): unknown {
    const failed = (error: Error, final: boolean, retryAt?: number) => {
      if (hold !== undefined && !ctx.signal.aborted) hold.threw = { final, retryAt };
      throw error;
    };
    switch (outcome) {
      case 'throw':
        return failed(new Error('it broke'), false);
      case 'retry after 20 s':
        return failed(new RetryAfterError(20), false, this.#time.now() + 20_000);
      case 'retry after 20 min':
        return failed(new RetryAfterError(1_200), false, this.#time.now() + 1_200_000);
      case 'give up':
        return failed(new NonRetryableError('never'), true);
      case 'cancel':
        return failed(new CancelError('no longer wanted'), false);
      case 'bad output':
        if (hold !== undefined && !ctx.signal.aborted) hold.threw = { final: true, retryAt: undefined };
        return { nonsense: true };
      default:
        if (hold !== undefined) hold.returned = `attempt ${ctx.attempt}`;
        return { by: `attempt ${ctx.attempt}`, padding: input.padding };
    }
  }

  async #enqueueChild(ctx: TaskContext): Promise<void> {
    if (this.evidence.requests.length >= MOST_REQUESTS) return;
    const [task] = modelTasks;
    const request = this.evidence.request({
      how: 'child',
      task: task.name,
      maxAttempts: task.maxAttempts,
      retentionMs: retentionMs(task),
      notBefore: 0,
    });
    const input = this.#input(request.label, 0, false);
    request.reply = 'refused';
    const { jobId } = await ctx.enqueue(task, input, { tags: [`request ${request.label}`] });
    request.reply = { jobId, deduplicated: false };
  }

  #input(label: number, traits: number, large: boolean): ModelInput {
    return { label, heeds: traits % 4 < 2, padding: large ? LARGE : '' };
  }

  // The rest ---------------------------------------------------------------------------------------------------------------

  async #release(gate: Gate, fault: FaultName | undefined, outcome: OutcomeName): Promise<void> {
    this.#gates = this.#gates.filter((each) => each !== gate);
    gate.go(fault, outcome);
    await this.quiet();
    this.#landing = false;
    this.evidence.check();
  }

  #addGate(gate: Gate): void {
    const { slow } = this.#options.setting;
    if (slow === gate.what && gate.kind === 'call' && !this.#draining && !this.#gates.some(({ held }) => held)) {
      gate.held = true;
      this.#count('fault: a slow call');
      this.#say(() => `${gate.process?.name} is slow: ${transitionInWords(gate.what)}`);
    }
    this.#gates.push(gate);
  }

  #ready(): Gate[] {
    return this.#gates.filter(({ process, held }) => process?.suspended !== true && held !== true);
  }

  #alive(): Process[] {
    return this.#processes.filter(
      (each) =>
        each.state === 'running' || (each.state === 'over' && this.#gates.some(({ process }) => process === each)),
    );
  }

  #jobIds(): string[] {
    return [...this.evidence.mirror.keys()];
  }

  async #landStrays(): Promise<void> {
    for (const gate of this.#gates.filter(({ kind }) => kind === 'stray'))
      await this.#release(gate, undefined, 'return');
  }

  async #advance(ms: number): Promise<void> {
    await this.#time.advance(ms, () => this.quiet());
    await this.quiet();
    for (const message of this.#sqs.expire()) {
      const told = this.#sqs.told(message);
      this.#count('SQS forgets a message');
      this.evidence.forgotten(told);
      this.#say(() => `SQS forgets a message of ${this.#jobOf(message)}: it is 14 days old`);
    }
    this.evidence.check();
  }

  /** When something happens by itself: a message becomes visible, a timer fires, a job is due. */
  #nextEvent(): number | undefined {
    const times: number[] = [];
    for (const queue of ALL_QUEUES) for (const { visibleAt } of this.#sqs.in(queue)) times.push(visibleAt);
    const timer = this.#time.next();
    if (timer !== undefined) times.push(timer);
    const due = this.#earliestDue();
    if (due !== undefined) times.push(Math.max(due, this.#nextSweep));
    const now = this.#time.now();
    const later = times.filter((time) => time > now);
    return later.length === 0 ? undefined : Math.min(...later);
  }

  #earliestDue(): number | undefined {
    const sound = [...this.evidence.mirror.values()].filter(({ job_id }) => !this.evidence.damaged.has(job_id));
    const due = sound.flatMap(({ due_at }) => due_at ?? []);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** What SQS itself moved to `dead-letters` waits there for a person, who redrives it. */
  #redriveNeglected(): boolean {
    const { deadLetters } = this.#sqs.memory;
    const index = deadLetters.findIndex((message) => {
      const { isEnvelope, isForeign, job_id } = this.#sqs.told(message);
      const status = this.evidence.mirror.get(job_id)?.status;
      const waits = status !== undefined && !['complete', 'aborted', 'failed'].includes(status);
      return !isEnvelope && !isForeign && waits && !this.evidence.damaged.has(job_id);
    });
    return index >= 0 && this.redrive(index, 0, false);
  }

  #jobOf(message: StoredMessage): string {
    return this.evidence.job(this.#sqs.told(message).job_id);
  }

  #messageInWords(body: string): string {
    if (this.#options.traced !== true) return '';
    const { job_id, dispatch, error } = JSON.parse(body) as Partial<Message>;
    return `${error === undefined ? 'a message' : 'the envelope'} of ${this.evidence.job(job_id ?? 'unreadable')} (dispatch ${dispatch})`;
  }

  #say(words: () => string): void {
    if (this.#options.traced === true) this.trace.push(words());
  }
}

function at<T>(list: readonly T[], index: number): T | undefined {
  return list[index % Math.max(1, list.length)];
}

const NOT_TRANSITIONS = new Set([
  'get',
  'due',
  'send',
  'bury',
  'hand back',
  'receive',
  'remove',
  'payload put',
  'payload get',
  'payload keep',
  'kill',
]);
const isTransition = (name: string) => !NOT_TRANSITIONS.has(name);

function inWords(seconds: number): string {
  if (seconds >= DAY_SECONDS) return `${Math.round((seconds / DAY_SECONDS) * 10) / 10} days`;
  return `${Math.round(seconds * 10) / 10} s`;
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}
