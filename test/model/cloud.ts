import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { memoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import type { StoredMessage } from '../../lambdas/adapters/memory/queues.ts';
import { abort } from '../../lambdas/core/abort.ts';
import { amend } from '../../lambdas/core/amend.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import { type StintError, toError } from '../../lambdas/core/errors.ts';
import { type JobRecord, MESSAGE_LIFE_MS } from '../../lambdas/core/record.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { sweep, tidyDeadLetters } from '../../lambdas/core/sweep.ts';
import type { Records } from '../world/world.ts';
import type { Evidence, Request } from './evidence.ts';
import { Processes } from './processes.ts';
import {
  at,
  type CloudOptions,
  DAY_SECONDS,
  FUNCTION_SECONDS,
  type Gate,
  inWords,
  MOST_REQUESTS,
  ON_THE_WIRE_SECONDS,
  Scene,
  START,
} from './scene.ts';
import { ALL_QUEUES, JOB_QUEUES, UNDELIVERABLE } from './sqs.ts';
import type { AmendName, EnqueueName, FaultName, OutcomeName } from './steps.ts';
import { inputOf, modelTasks, retentionMs } from './tasks.ts';
import type { Wire } from './wire.ts';
import { transitionInWords } from './words.ts';

/**
 * The world of one episode: the real use cases and entry points as processes whose every external call waits for the
 * scheduler, on in-memory ports (or a given store), with SQS's, the network's and time's own doings beside them.
 */
export class Cloud {
  readonly evidence: Evidence;
  readonly trace: readonly string[];
  readonly #scene: Scene;
  readonly #processes: Processes;
  readonly #wire: Wire;
  readonly #payloads = memoryPayloads();
  readonly #memory = memoryJobStore();
  readonly #records: Records;
  #nextSweep = START;

  constructor(options: CloudOptions) {
    this.#scene = new Scene(options);
    this.evidence = this.#scene.evidence;
    this.trace = this.#scene.trace;
    this.#records = options.records ?? {
      store: this.#memory,
      remove: async (jobId) => void this.#memory.records.delete(jobId),
    };
    this.#processes = new Processes(this.#scene, this.#records.store, this.#payloads);
    this.#wire = this.#processes.wire;
  }

  // What the scheduler can do. Each answers whether it did anything --------------------------------------------------

  enqueue(how: EnqueueName, taskIndex: number, traits: number, skew: number): boolean {
    if (this.evidence.requests.length >= MOST_REQUESTS) return false;
    const task = modelTasks[taskIndex % 2 === 0 ? 0 : 1];
    const named = traits % 2;
    const usesKey = how === 'key' || how === 'key later' || how === 'both keys';
    const usesIdempotency = how === 'idempotency key' || how === 'both keys';
    const delaySeconds = how === 'soon' ? 20 : how === 'later' || how === 'key later' ? 2_000 : 0;
    const process = this.#processes.begin('api', `API ${how}`, skew, (writer) => {
      const key = usesKey ? `key ${named}` : undefined;
      const idempotencyKey = usesIdempotency ? `idempotency ${named}` : undefined;
      const request = this.evidence.request({
        how,
        task: task.name,
        ...(key === undefined ? {} : { key: `${task.name} ${key}` }),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        maxAttempts: task.maxAttempts,
        retentionMs: retentionMs(task),
        notBefore: delaySeconds === 0 ? 0 : this.#scene.time.now() + delaySeconds * 1000 - Math.abs(writer.skewMs),
      });
      return { is: 'enqueue', request };
    });
    const { request } = process.intent as { request: Request };
    // Requests with one idempotency key must be one request: whatever is under the key is asked the same way.
    const large = usesIdempotency ? false : traits % 8 >= 6;
    const input = inputOf(request.label, traits, large);
    const options: EnqueueOptions = {
      ...(usesKey ? { key: `key ${named}` } : {}),
      ...(usesIdempotency ? { idempotencyKey: `idempotency ${named}` } : {}),
      ...(delaySeconds === 0 ? {} : { delaySeconds }),
      tags: [`request ${request.label}`],
    };
    this.#scene.say(
      () =>
        `${process.name} asks for a job of ${task.name}${delaySeconds ? ` in ${delaySeconds} s` : ''} (request ${request.label})`,
    );
    this.#processes.run(process, async (engine) => {
      try {
        const { jobId, deduplicated } = await enqueue(engine, task.name, input, options);
        request.reply = { jobId, deduplicated };
        this.#scene.count(`202${deduplicated ? ' deduplicated' : ''}`);
        this.#scene.say(
          () =>
            `${process.name} is told: accepted${deduplicated ? ', it was there already' : ''}, ${this.evidence.job(jobId)}`,
        );
      } catch (error) {
        request.reply = 'refused';
        this.#scene.count(`enqueue refused: ${(error as StintError).code ?? error}`);
        if (!process.faulted && (error as StintError).code !== 'conflict')
          this.evidence.fail(`${process.name} is refused, though nothing failed: ${toError(error).message}`);
        this.#scene.say(() => `${process.name} is told: ${toError(error).message}`);
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
    const input = inputOf(request.label, traits, traits % 8 >= 6);
    const queue = JOB_QUEUES[(traits >> 3) % 2] ?? 'default';
    const body = JSON.stringify({ task_name: task.name, input, tags: [`request ${request.label}`] });
    this.#scene.say(() => `another AWS service puts a message for ${task.name} on ${queue} (request ${request.label})`);
    void this.#scene.sqs.memory.send(queue, body, 0);
    const told = this.#scene.sqs.told(this.#scene.sqs.in(queue).at(-1) as StoredMessage);
    request.reply = { jobId: told.job_id, deduplicated: false };
    return true;
  }

  abort(index: number, skew: number): boolean {
    const running = this.#jobIds().filter((id) => this.evidence.mirror.get(id)?.status === 'active');
    const jobId = at(index % 2 === 0 && running.length > 0 ? running : this.#jobIds(), index >> 1);
    if (jobId === undefined) return false;
    const process = this.#processes.begin('api', 'API abort', skew, () => ({ is: 'abort', jobId }));
    this.#scene.say(() => `${process.name} is asked to abort ${this.evidence.job(jobId)}`);
    this.#processes.run(process, async (engine) => {
      const said = await abort(engine, jobId).then(
        ({ status }) => status,
        (error: unknown) => error,
      );
      this.#scene.count(`abort: ${typeof said === 'string' ? said : (said as StintError).code}`);
      this.#scene.say(() => `${process.name} is told: ${said instanceof Error ? said.message : said}`);
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
    const process = this.#processes.begin('api', 'API retry', skew, () => ({ is: 'retry', jobId }));
    this.#scene.say(() => `${process.name} is asked to retry ${this.evidence.job(jobId)} by hand`);
    this.#processes.run(process, async (engine) => {
      const said = await retryJob(engine, jobId).then(
        ({ status }) => status,
        (error: unknown) => error,
      );
      this.#scene.count(`retry: ${typeof said === 'string' ? said : (said as StintError).code}`);
      this.#scene.say(() => `${process.name} is told: ${said instanceof Error ? said.message : said}`);
    });
    return true;
  }

  /** A change of a job that waits, if there is one: of its time, its input, or both. */
  amend(index: number, how: AmendName, traits: number, skew: number): boolean {
    const waiting = this.#jobIds().filter((id) => this.evidence.mirror.get(id)?.status === 'queued');
    const jobId = at(index < 11 && waiting.length > 0 ? waiting : this.#jobIds(), index);
    if (jobId === undefined) return false;
    const amendment = this.evidence.amendment(jobId, how.startsWith('input'), this.#timeOf(how));
    const { scheduledAt, edition } = amendment;
    const input = edition === undefined ? undefined : { value: inputOf(0, traits, traits % 8 >= 6, edition) };
    const process = this.#processes.begin('api', 'API amend', skew, () => ({ is: 'amend', jobId, amendment }));
    this.#scene.count(`amend ${how}`);
    this.#scene.say(() => `${process.name} is asked to change ${this.evidence.job(jobId)}: ${how}`);
    this.#processes.run(process, async (engine) => {
      const said = await amend(engine, jobId, { scheduledAt, input }).catch((error: unknown) => toError(error));
      const inShort = said instanceof Error ? ((said as StintError).code ?? String(said)) : 'queued';
      this.#scene.count(`amend: ${inShort}`);
      this.#scene.say(() => `${process.name} is told: ${said instanceof Error ? said.message : said.status}`);
      if (said instanceof Error) this.evidence.amendRefused(jobId, amendment, inShort, process);
      else this.evidence.amendReplied(jobId, amendment, said, process);
    });
    return true;
  }

  #timeOf(how: AmendName): number | undefined {
    if (how === 'input') return undefined;
    if (how.endsWith('now')) return 0;
    return this.#scene.time.now() + (how === 'soon' ? 20_000 : 2_000_000);
  }

  work(count: number, pick: number, again: boolean, skew: number): boolean {
    const name = JOB_QUEUES[pick % 2] ?? 'default';
    const other = JOB_QUEUES[(pick + 1) % 2] ?? 'other';
    return (
      this.#processes.receive(name, count, pick >> 1, again, skew) ||
      this.#processes.receive(other, count, pick >> 1, again, skew)
    );
  }

  bury(count: number, pick: number, again: boolean, skew: number): boolean {
    return this.#processes.receive(UNDELIVERABLE, count, pick, again, skew);
  }

  /** A message is received, and the invocation never begins. */
  lose(pick: number): boolean {
    const queue = at(
      ALL_QUEUES.filter((name) =>
        this.#scene.sqs.in(name).some(({ visibleAt }) => visibleAt <= this.#scene.time.now()),
      ),
      pick,
    );
    const [message] = queue === undefined ? [] : this.#scene.sqs.receive(queue, 1, pick, false, FUNCTION_SECONDS + 5);
    if (message === undefined) return false;
    this.#scene.count('fault: throttled function');
    this.#scene.say(
      () => `a message of ${this.#scene.jobOf(message)} is received from ${queue}, but its function is throttled`,
    );
    return true;
  }

  sweep(skew: number): boolean {
    const process = this.#processes.begin('sweep', 'sweep', skew);
    this.#processes.run(process, async (engine) => {
      const stopAt = engine.clock.now() + 50_000;
      await sweep(engine, stopAt);
      if (!process.faulted)
        for (const jobId of process.sent)
          if (!process.unmarked.has(jobId))
            this.evidence.fail(
              `${process.name} sent ${this.evidence.job(jobId)}, and will send it again at every tick`,
            );
      await tidyDeadLetters(engine, process.invocation.deadLetters, stopAt);
    });
    return true;
  }

  /** One call that waits is made, or a task goes on. */
  async goOn(index: number, fault: FaultName | undefined, outcome: OutcomeName): Promise<boolean> {
    const ready = this.#wire.ready;
    const gate = at(ready, index);
    if (gate === undefined) return false;
    await this.#wire.release(gate, fault, outcome);
    return true;
  }

  /** The calls of one process, one after another and without faults. Resolves with how many. */
  async finish(index: number, outcome: OutcomeName): Promise<number> {
    const first = at(this.#wire.ready, index);
    if (first === undefined) return 0;
    let steps = 0;
    for (let gate: Gate | undefined = first; gate !== undefined && steps < 40; steps++) {
      await this.#wire.release(gate, undefined, steps > 15 ? 'return' : outcome);
      gate = first.process && this.#wire.ready.find(({ process }) => process === first.process);
    }
    return steps;
  }

  /** A call that waits on while everything else goes on. */
  hold(index: number): boolean {
    const gate = at(
      this.#wire.ready.filter(({ kind }) => kind !== 'task'),
      index,
    );
    if (gate === undefined) return false;
    gate.held = true;
    this.#scene.count('fault: a slow call');
    this.#scene.say(() => `${gate.process?.name ?? gate.kind} is slow: ${transitionInWords(gate.what)}`);
    return true;
  }

  letGo(index: number): boolean {
    const gate = at(this.#wire.held, index);
    if (gate === undefined) return false;
    gate.held = false;
    return true;
  }

  /** One message of each queue is dealt with to its end, and whatever else can go on goes on. */
  async serve(outcome: OutcomeName, skew: number): Promise<number> {
    let steps = 0;
    for (const queue of ALL_QUEUES) steps += Number(this.#processes.receive(queue, 1, 0, false, skew));
    await this.#wire.quiet();
    for (let gate = this.#wire.ready[0]; gate !== undefined && steps < 60; gate = this.#wire.ready[0], steps++)
      await this.#wire.release(gate, undefined, steps > 30 ? 'return' : outcome);
    return steps;
  }

  async kill(index: number): Promise<boolean> {
    const process = at(this.#processes.alive, index);
    if (process === undefined) return false;
    this.#scene.count('fault: killed');
    this.#processes.kill(process, 'is killed');
    await this.#wire.quiet();
    return true;
  }

  suspend(index: number): boolean {
    const process = at(
      this.#processes.alive.filter((each) => !each.suspended && each.kind !== 'sweep'),
      index,
    );
    if (process === undefined) return false;
    this.#scene.count('fault: suspended');
    this.#scene.say(() => `${process.name} is suspended`);
    process.suspended = true;
    process.faulted = true;
    return true;
  }

  async resume(index: number): Promise<boolean> {
    const process = at(
      this.#processes.all.filter(({ suspended }) => suspended),
      index,
    );
    if (process === undefined) return false;
    await this.#processes.resume(process);
    return true;
  }

  /** Time goes on. Far: everybody else lives on without faults meanwhile, for no outage lasts for days. */
  async time(seconds: number): Promise<boolean> {
    if (seconds > ON_THE_WIRE_SECONDS) await this.#wire.landStrays();
    if (seconds >= DAY_SECONDS) {
      const until = this.#scene.time.now() + seconds * 1000;
      await this.live(until);
      for (const process of this.#processes.alive) this.#processes.kill(process, 'ends');
      seconds = Math.max(0, (until - this.#scene.time.now()) / 1000);
    }
    this.#scene.say(() => `${inWords(seconds)} pass`);
    this.#scene.count(seconds >= DAY_SECONDS ? 'time: days' : 'time: seconds to hours');
    await this.#advance(seconds * 1000);
    return true;
  }

  /** Time goes on to the next thing that happens by itself. */
  async next(): Promise<boolean> {
    const at = this.#nextEvent();
    if (at === undefined) return false;
    return this.time(Math.max(0, at - this.#scene.time.now()) / 1000);
  }

  copy(index: number, seconds: number): boolean {
    const message = at(
      ALL_QUEUES.flatMap((queue) => this.#scene.sqs.in(queue)),
      index,
    );
    if (message === undefined || this.#scene.sqs.in('default').length > 12) return false;
    this.#scene.count(seconds === 0 ? 'fault: message doubled' : 'fault: message doubled, the copy late');
    this.#scene.say(
      () =>
        `a message of ${this.#scene.jobOf(message)} is doubled${seconds ? `, the copy turns up in ${inWords(seconds)}` : ''}`,
    );
    this.#scene.sqs.copy(message, seconds);
    return true;
  }

  redrive(index: number, queueIndex: number, twice: boolean): boolean {
    const message = at(this.#scene.sqs.memory.deadLetters, index);
    if (message === undefined) return false;
    const told = this.#scene.sqs.told(message);
    if (told.isForeign) return false;
    this.#scene.count(`redrive${told.isEnvelope ? '' : ' of what is no envelope'}${twice ? ', twice' : ''}`);
    const queue = JOB_QUEUES[queueIndex % 2] ?? 'default';
    this.#scene.say(
      () =>
        `a person redrives the ${told.isEnvelope ? 'envelope' : 'message'} of ${this.#scene.jobOf(message)} (dispatch ${told.dispatch}) to ${queue}`,
    );
    this.evidence.redriven(told);
    this.#scene.sqs.redrive(message, queue, twice);
    return true;
  }

  /** DynamoDB deletes the records and payloads whose time is over. */
  async ttl(): Promise<boolean> {
    const now = this.#scene.time.now();
    let any = false;
    for (const record of [...this.evidence.mirror.values()]) {
      if (record.ttl === undefined || record.ttl * 1000 > now) continue;
      any = true;
      this.#scene.count('TTL deletes a record');
      this.#scene.say(() => `DynamoDB deletes ${this.evidence.job(record.job_id)}, whose time is over`);
      await this.#records.remove(record.job_id);
      this.evidence.deleted(record.job_id);
    }
    for (const [key, { ttl }] of this.#payloads.stored) if (ttl * 1000 <= now) this.#payloads.stored.delete(key);
    return any;
  }

  damage(index: number, how: number): boolean {
    const unfinished = [...this.#memory.records.values()].filter(
      ({ job_id, status }) => status !== 'complete' && !this.evidence.damaged.has(job_id),
    );
    const record = at(unfinished, index);
    if (record === undefined || this.#scene.options.records !== undefined) return false;
    const broken =
      how % 2 === 0 ? { status: 'lost' } : { status: 'active', lease_expires_at: this.#scene.time.now() + 1e10 };
    this.#memory.records.set(record.job_id, { ...record, ...broken } as JobRecord);
    this.evidence.damaged.add(record.job_id);
    this.#scene.count('record damaged by hand');
    this.#scene.say(() => `somebody damages the record of ${this.evidence.job(record.job_id)}`);
    return true;
  }

  // The fault-free life ------------------------------------------------------------------------------------------------

  /** Everybody goes on without faults until nothing is left to do before `until`. Resolves with the steps that it took. */
  async live(until = Number.POSITIVE_INFINITY): Promise<number> {
    let steps = 0;
    this.#wire.faultFree = true;
    await this.#wire.landStrays();
    for (const process of this.#processes.all) if (process.suspended) await this.#processes.resume(process);
    for (const gate of this.#wire.held) gate.held = false;
    for (;;) {
      if (this.evidence.violation !== undefined) return steps;
      if (++steps > 1_500) {
        this.evidence.fail('the world does not come to rest');
        return steps;
      }
      const [gate] = this.#wire.ready;
      if (gate !== undefined) {
        await this.#wire.release(gate, undefined, 'return');
        continue;
      }
      if (this.#redriveNeglected(until === Number.POSITIVE_INFINITY)) continue;
      const queue = ALL_QUEUES.find((name) => this.#processes.receive(name, 1, 0, false, 0));
      if (queue !== undefined) {
        await this.#wire.quiet();
        continue;
      }
      const now = this.#scene.time.now();
      if (now >= this.#nextSweep && (this.#earliestDue() ?? Number.POSITIVE_INFINITY) <= now) {
        this.#nextSweep = now + 60_000;
        this.sweep(0);
        await this.#wire.quiet();
        continue;
      }
      if (this.#redriveNeglected(until === Number.POSITIVE_INFINITY)) continue;
      const next = this.#nextEvent();
      if (next === undefined || next > until) break;
      await this.#advance(Math.max(0, next - now));
    }
    this.#wire.faultFree = false;
    return steps;
  }

  /** Lets everything go on that can go on by itself. */
  settle(): Promise<void> {
    return this.#wire.quiet();
  }

  /** A fault-free end: everything drains, and what is stale in `dead-letters` is tidied away. */
  async drain(): Promise<number> {
    this.#scene.say(() => 'From here on nothing fails.');
    let steps = await this.live();
    await this.#advance(60_000); // what an earlier tidying looked at is back by then
    this.sweep(0);
    steps += await this.live();
    if (this.evidence.violation === undefined) this.evidence.checkRest();
    return steps;
  }

  /** Checks the records against those of the store, where it is not in memory. */
  async checkMirror(): Promise<void> {
    for (const [jobId, record] of this.evidence.mirror) {
      const there = await this.#records.store.get(jobId);
      if (JSON.stringify(sorted(there)) !== JSON.stringify(sorted(record)))
        this.evidence.fail(`the store holds another record of ${this.evidence.job(jobId)} than it answered`);
    }
  }

  // What the world does by itself ---------------------------------------------------------------------------------------

  #jobIds(): string[] {
    return [...this.evidence.mirror.keys()];
  }

  async #advance(ms: number): Promise<void> {
    await this.#scene.time.advance(ms, () => this.#wire.quiet());
    await this.#wire.quiet();
    for (const message of this.#scene.sqs.expire()) {
      const told = this.#scene.sqs.told(message);
      this.#scene.count('SQS forgets a message');
      this.evidence.forgotten(told);
      this.#scene.say(() => `SQS forgets a message of ${this.#scene.jobOf(message)}: it is 14 days old`);
    }
    this.evidence.check();
  }

  /** When something happens by itself: a message becomes visible, a timer fires, a job is due. */
  #nextEvent(): number | undefined {
    const times: number[] = [];
    for (const queue of ALL_QUEUES) for (const { visibleAt } of this.#scene.sqs.in(queue)) times.push(visibleAt);
    const timer = this.#scene.time.next();
    if (timer !== undefined) times.push(timer);
    const due = this.#earliestDue();
    if (due !== undefined) times.push(Math.max(due, this.#nextSweep));
    const now = this.#scene.time.now();
    const later = times.filter((time) => time > now);
    return later.length === 0 ? undefined : Math.min(...later);
  }

  #earliestDue(): number | undefined {
    const sound = [...this.evidence.mirror.values()].filter(({ job_id }) => !this.evidence.damaged.has(job_id));
    const due = sound.flatMap(({ due_at }) => due_at ?? []);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** What SQS itself moved to `dead-letters` waits there for a person, who redrives it. */
  #redriveNeglected(atLast: boolean): boolean {
    const { deadLetters } = this.#scene.sqs.memory;
    const index = deadLetters.findIndex((message) => {
      const { dispatch, isForeign, job_id, createdAt = 0 } = this.#scene.sqs.told(message);
      const record = this.evidence.mirror.get(job_id);
      if (isForeign || this.evidence.damaged.has(job_id)) return false;
      if (record === undefined) return atLast && createdAt > this.#scene.time.now() - MESSAGE_LIFE_MS + 60_000;
      return !['complete', 'aborted', 'failed'].includes(record.status) && dispatch === record.dispatch;
    });
    return index >= 0 && this.redrive(index, 0, false);
  }
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}
