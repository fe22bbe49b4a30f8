import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, callApi } from './client.ts';
import { isAttemptLine, type Line } from './journal.ts';
import { type Planned, paddingOf } from './plan.ts';

/** What the API acknowledged, and what else may have taken effect: the promises that the run holds it to. */
export interface Promises {
  readonly accepted: Accepted[];
  readonly aborts: Asked[];
  readonly retries: Asked[];
  /** Requests to enqueue that got another answer than 202, or none. */
  refused: number;
}

export interface Accepted {
  readonly token: string;
  readonly job_id: string;
  readonly deduplicated: boolean;
  readonly at: number;
}

/** An abort or a retry by hand. */
export interface Asked {
  readonly token: string;
  readonly job_id: string;
  readonly sentAt: number;
  /** When it was acknowledged with 202. Undefined: it may or may not have taken effect. */
  at?: number;
  /** What the acknowledgement said: `aborted`, `aborting` or `queued`. */
  status?: string;
}

export interface SendOptions {
  readonly apiUrl: string;
  /** Requests at once: each is a process of the emulator. */
  readonly atOnce: number;
  /** Waits while so many accepted jobs have not ended, as far as the journal tells, so that the faults meet the work. */
  readonly mostUnderWay: number;
  readonly signal: AbortSignal;
  /** Called before each job is sent. */
  readonly onSend: () => void;
}

const TRIES = 12;
/** After so long a job no longer holds up the others: its last word may be lost. */
const UNDER_WAY_MS = 15_000;

/** Sends the planned jobs, aborts some and retries others; keeps what was acknowledged. */
export class Sender {
  readonly promises: Promises = { accepted: [], aborts: [], retries: [], refused: 0 };
  readonly #options: SendOptions;
  readonly #byToken: ReadonlyMap<string, Planned>;
  /** Accepted jobs of which the journal tells no end yet, with when they were accepted. Oldest first. */
  readonly #underWay = new Map<string, number>();
  readonly #ended = new Set<string>();
  readonly #reacted = new Set<string>();
  readonly #reactions = new Set<Promise<void>>();

  constructor(plan: readonly Planned[], options: SendOptions) {
    this.#options = options;
    this.#byToken = new Map(plan.map((job) => [job.token, job]));
  }

  /** Resolves when all are sent and answered. */
  async sendAll(): Promise<void> {
    const jobs = this.#byToken.values();
    const work = async () => {
      for (const job of jobs) {
        if (this.#options.signal.aborted) return;
        await this.#pause();
        this.#options.onSend();
        await this.#send(job);
      }
    };
    await Promise.all(Array.from({ length: this.#options.atOnce }, work));
  }

  /** Does what these lines ask for, and resolves when no abort or retry is under way: true if there was any. */
  async catchUp(lines: readonly Line[]): Promise<boolean> {
    this.react(lines);
    const any = this.#reactions.size > 0;
    while (this.#reactions.size > 0) await Promise.all(this.#reactions);
    return any;
  }

  /** Does what was planned for a job's begin or failure. */
  react(lines: readonly Line[]): void {
    for (const line of lines) {
      if (!isAttemptLine(line)) continue;
      const { token, job_id, what, how } = line;
      if (what === 'settled') this.#end(token);
      const job = this.#byToken.get(token);
      const abort = job?.reaction === 'abort at its begin' && what === 'begin';
      const retry = job?.reaction === 'retry at its failure' && what === 'settled' && how === 'failure';
      if ((!abort && !retry) || this.#reacted.has(token)) continue;
      this.#reacted.add(token);
      const later = sleep(abort ? (job.abortAfterMs ?? 0) : 0);
      this.#track(later.then(() => this.#ask(abort ? 'abort' : 'retry', token, job_id)).then(() => undefined));
    }
  }

  #end(token: string): void {
    this.#ended.add(token);
    this.#underWay.delete(token);
  }

  #track(work: Promise<void>): void {
    const reaction = work.finally(() => this.#reactions.delete(reaction));
    this.#reactions.add(reaction);
  }

  async #pause(): Promise<void> {
    while (this.#underWay.size >= this.#options.mostUnderWay && !this.#options.signal.aborted) {
      for (const [token, at] of this.#underWay) {
        if (at > Date.now() - UNDER_WAY_MS) break;
        this.#underWay.delete(token);
      }
      await sleep(50);
    }
  }

  async #send(job: Planned): Promise<void> {
    const tries = job.idempotencyKey === undefined ? 1 : TRIES;
    for (let n = 0; n < tries; n++) {
      const requests = job.twice && n === 0 ? [this.#enqueue(job), this.#enqueue(job)] : [this.#enqueue(job)];
      const answers = await Promise.all(requests);
      if (answers.some(({ status }) => status === 202)) return this.#afterwards(job, answers);
      if (n + 1 < tries) await sleep(100);
    }
  }

  async #enqueue(job: Planned): Promise<Answer> {
    const { token, task, input, delaySeconds, key, maxAttempts, idempotencyKey } = job;
    const padding = paddingOf(job);
    const body = {
      input: padding === '' ? input : { ...input, padding },
      max_attempts: maxAttempts,
      ...(delaySeconds === undefined ? {} : { delay_seconds: delaySeconds }),
      ...(key === undefined ? {} : { key }),
    };
    const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    const answer = await callApi(this.#options.apiUrl, `/tasks/${task}/jobs`, body, headers);
    const { job_id, deduplicated = false } = answer;
    if (job_id === undefined) {
      this.promises.refused++;
      return answer;
    }
    this.promises.accepted.push({ token, job_id, deduplicated, at: Date.now() });
    if (!deduplicated && !this.#ended.has(token)) this.#underWay.set(token, Date.now());
    return answer;
  }

  async #afterwards({ token, reaction }: Planned, answers: readonly Answer[]): Promise<void> {
    const job_id = answers.find((answer) => answer.job_id !== undefined)?.job_id;
    if (job_id === undefined || (reaction !== 'abort at once' && reaction !== 'abort at once, then retry')) return;
    const aborted = await this.#ask('abort', token, job_id);
    if (aborted.status !== 'aborted') return;
    if (reaction === 'abort at once') this.#end(token);
    else await this.#ask('retry', token, job_id);
  }

  /** Asks until there is an answer that will not change: acknowledged, or refused as a conflict. */
  async #ask(what: 'abort' | 'retry', token: string, job_id: string): Promise<Asked> {
    const list = what === 'abort' ? this.promises.aborts : this.promises.retries;
    const asked: Asked = { token, job_id, sentAt: Date.now() };
    list.push(asked);
    for (let n = 0; n < TRIES && !this.#options.signal.aborted; n++) {
      const { status, job_status } = await callApi(this.#options.apiUrl, `/jobs/${job_id}/${what}`);
      if (status === 202) return Object.assign(asked, { at: Date.now(), status: job_status ?? '' });
      if (status === 409) return asked;
      await sleep(100 + 100 * n); // no answer; or 404: its record is not put yet
    }
    return asked;
  }
}
