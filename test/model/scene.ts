import type { StoredMessage } from '../../lambdas/adapters/memory/queues.ts';
import type { Message } from '../../lambdas/core/message.ts';
import type { Transition } from '../../lambdas/core/transition.ts';
import type { Invocation } from '../world/invocation.ts';
import type { Records } from '../world/world.ts';
import { Evidence, type Writer } from './evidence.ts';
import { type Sqs, sqs, UNDELIVERABLE } from './sqs.ts';
import type { FaultName, OutcomeName, Setting } from './steps.ts';
import { type Timeline, timeline } from './timeline.ts';

export interface CloudOptions {
  readonly setting: Setting;
  /** Keeps the trace in words. */
  readonly traced?: boolean;
  /** Default: in memory. */
  readonly records?: Records;
  /** What is written instead of a transition: a mutant. */
  readonly mutated?: (transition: Transition) => Transition;
  /** Counts what was exercised. */
  readonly count?: (what: string) => void;
}

/** A run of one function, or one request to the API. */
export interface Process extends Writer {
  readonly skewMs: number;
  /** The jobs that a sweep has sent, and those whose mark it took off, or tried to. */
  readonly sent: Set<string>;
  readonly unmarked: Set<string>;
  invocation: Invocation;
  state: 'running' | 'over' | 'crashed';
  suspended: boolean;
  /** Nothing is left of it that its end could stop. */
  forget: () => void;
  /** A call of it failed, or it was suspended: it need not do all that it should. */
  faulted: boolean;
}

/** Something that waits for the scheduler. */
export interface Gate {
  /** None: it is SQS's or the network's own. */
  readonly process: Process | undefined;
  readonly kind: 'call' | 'task' | 'ack' | 'stray';
  readonly what: string;
  /** It is slow: it waits while everything else goes on. */
  held?: boolean;
  go(fault: FaultName | undefined, outcome: OutcomeName): void;
}

export const START = Date.UTC(2026, 0, 1);
export const DAY_SECONDS = 86_400;
export const FUNCTION_SECONDS = 60;
/** What the lease outlasts its invocation by. */
export const LEASE_SLACK_MS = 5_000;
/** What a call can still do after its process: a request on the wire lands within a minute or never. */
export const ON_THE_WIRE_SECONDS = 60;
/**
 * A process that was suspended goes on so late at most, and so does an acknowledgement of it: a Lambda lives 15 minutes. Later it
 * could find its message gone and the job marked for the sweep, and take that mark off with a claim.
 */
export const LONGEST_LIFE_SECONDS = 14 * 60;
export const MOST_REQUESTS = 5;

/** What all parts of an episode's world share: true time, SQS, the evidence, the trace. */
export class Scene {
  readonly options: CloudOptions;
  readonly time: Timeline = timeline(START);
  readonly sqs: Sqs;
  readonly evidence: Evidence;
  readonly trace: string[] = [];
  readonly count: (what: string) => void;
  #ids = 0;

  constructor(options: CloudOptions) {
    this.options = options;
    this.count = options.count ?? (() => {});
    const now = () => this.time.now();
    this.sqs = sqs(options.setting, now, (message, from, onlyHandedBack) => {
      this.count(`SQS moves away from ${from === UNDELIVERABLE ? from : 'a job queue'}`);
      this.say(() => `SQS moves a message of ${this.jobOf(message)} from ${from} on: it was received too often`);
      if (onlyHandedBack)
        this.evidence.fail(
          `a message of ${this.jobOf(message)} that was only ever handed back is taken for undeliverable`,
        );
    });
    this.evidence = new Evidence(this.sqs, now, options.setting.skewSeconds * 4_000);
  }

  say(words: () => string): void {
    if (this.options.traced === true) this.trace.push(words());
  }

  nextId(): number {
    return ++this.#ids;
  }

  get lastId(): number {
    return this.#ids;
  }

  jobOf(message: StoredMessage): string {
    return this.evidence.job(this.sqs.told(message).job_id);
  }

  messageInWords(body: string): string {
    if (this.options.traced !== true) return '';
    const { job_id, dispatch, error } = JSON.parse(body) as Partial<Message>;
    const what = error === undefined ? 'a message' : 'the envelope';
    return `${what} of ${this.evidence.job(job_id ?? 'unreadable')} (dispatch ${dispatch})`;
  }
}

/** The one of a list that a number chooses, counted round. */
export function at<T>(list: readonly T[], index: number): T | undefined {
  return list[index % Math.max(1, list.length)];
}

export function inWords(seconds: number): string {
  if (seconds >= DAY_SECONDS) return `${Math.round((seconds / DAY_SECONDS) * 10) / 10} days`;
  return `${Math.round(seconds * 10) / 10} s`;
}
