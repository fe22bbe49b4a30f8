import { abortOwn, cancelOwn, complete, fail, retry, retryBySweep } from '../lambdas/core/protocol.ts';
import { type Duration, millis } from './duration.ts';
import type { Call, Fault } from './invocation.ts';

/** What is done to the workers. Nothing of it is beyond what AWS does to them, and none of it may do harm. */
export interface FaultPlan {
  /** SQS delivers every message twice, side by side. */
  readonly doubles?: boolean;
  /** Workers are killed: nothing of their job goes on, and the next attempt starts in a fresh process. */
  readonly kill?: Kill | readonly Kill[];
  /** Of each job the first of these writes takes effect, and the worker is told that it may not have. */
  readonly loseReply?: Reply | readonly Reply[];
  /** How far the workers' clocks are ahead of the others, or behind (`'-3s'`). Several: the workers take turns. */
  readonly skew?: Duration | readonly Duration[];
  /** Faults of all kinds, each call with this chance (default 0.1), but none in a job's last attempt. The same seed, the same faults. */
  readonly random?: { readonly seed: number; readonly chance?: number };
}

/**
 * The worker of an attempt is killed. `{ attempt: 1, after: 'run' }`: when the task has done its work, and nobody knows it
 * yet. `{ attempt: 1, after: 'charge' }`: after the first `effect('charge', …)`.
 */
export type Kill = {
  /** Default: of every task. */
  readonly task?: string;
  readonly attempt: number;
} & ({ readonly before: Point; readonly after?: never } | { readonly after: Point; readonly before?: never });

/**
 * `run`: the task. `write`: the record of how it ended. Else an effect by its name, or a call of the worker's own: `send`,
 * `heartbeat`, `ack`.
 */
export type Point = 'run' | 'write' | (string & {});

const REPLIES = ['claim', 'heartbeat', 'complete', 'fail', 'retry', 'send', 'bury'] as const;

/** A write whose reply can be lost. */
export type Reply = (typeof REPLIES)[number];

/** A call that a worker is about to make, and what it is made for. */
export interface Site {
  readonly jobId: string;
  readonly taskName: string;
  /** The attempt that is under way; undefined before the task begins. */
  readonly attempt: number | undefined;
  /** Whether the job gets no other attempt after the one that this call belongs to. */
  readonly isLast: boolean;
  readonly call: Call;
}

/** Decides what a call of a worker suffers. */
export type Strike = (site: Site) => Fault | undefined;

/** A call of the kit's own between claim and task, so that a kill can come between them. */
export const RUN = 'run';

const WRITES: readonly string[] = [complete, fail, retry, retryBySweep, abortOwn, cancelOwn].map(({ name }) => name);

/** The faults that make a difference at a call: its own reply nobody waits for at the last one, and `run` does nothing. */
export function faultsOf(call: Pick<Call, 'name'>): readonly Exclude<Fault, object>[] {
  if (call.name === 'ack' || call.name === RUN) return ['crash before'];
  return ['crash before', 'crash after', 'unanswered'];
}

/** In words, for people: what befell a worker. */
export function describeFault({ call, attempt, taskName }: Site, fault: Fault): string {
  const of = attempt === undefined ? `the worker of ${taskName}` : `the worker of attempt ${attempt} of ${taskName}`;
  switch (fault) {
    case 'crash before':
      return `${of} killed before '${call.name}'`;
    case 'crash after':
      return `${of} killed after '${call.name}'`;
    case 'throttled':
      return `${of} throttled at '${call.name}'`;
    default:
      return `${of} did not hear the reply of '${call.name}'`;
  }
}

/** Whether a kill is meant for this attempt of this task. */
export function isFor(kill: Kill, taskName: string, attempt: number | undefined): boolean {
  return kill.attempt === attempt && (kill.task === undefined || kill.task === taskName);
}

/** A plan that is carried out. */
export interface Plan {
  readonly strike: Strike;
  readonly kills: readonly Kill[];
  /** The kills that have struck. */
  readonly struck: ReadonlySet<Kill>;
  isDoubled(): boolean;
  /** @param worker which one, counted from 0 */
  skewMs(worker: number): number;
}

/** @throws TypeError for a plan that says nothing that can happen */
export function planOf({ doubles = false, kill = [], loseReply = [], skew = [], random }: FaultPlan): Plan {
  const kills = [kill].flat() as Kill[];
  const replies = [loseReply].flat() as Reply[];
  const skews = ([skew].flat() as Duration[]).map(millis);
  const unknown = replies.find((reply) => !REPLIES.includes(reply));
  if (unknown !== undefined)
    throw new TypeError(`There is no reply of '${unknown}' to lose. There are: ${REPLIES.join(', ')}.`);
  const chance = random === undefined ? () => 1 : randomFrom(random.seed);
  const odds = random?.chance ?? 0.1;
  const struck = new Set<Kill>();
  const lost = new Set<string>();

  return {
    kills,
    struck,
    isDoubled: () => doubles || (random !== undefined && chance() < odds),
    skewMs: (worker) => skews[worker % skews.length] ?? 0,
    strike(site) {
      for (const each of kills) {
        const fault = faultBy(each, site);
        if (fault === undefined) continue;
        struck.add(each);
        return fault;
      }
      const reply = `${site.jobId} ${site.call.name}`;
      if ((replies as string[]).includes(site.call.name) && !lost.has(reply)) {
        lost.add(reply);
        return 'unanswered';
      }
      if (random === undefined || chance() >= odds || site.isLast) return undefined;
      const [first] = faultsOf(site.call);
      const faults: Fault[] =
        faultsOf(site.call).length === 1 ? [first ?? 'crash before'] : [...faultsOf(site.call), 'throttled'];
      return faults[Math.floor(chance() * faults.length)];
    },
  };
}

function faultBy(kill: Kill, { taskName, attempt, call }: Site): Fault | undefined {
  if (!isFor(kill, taskName, attempt)) return undefined;
  const isWrite = WRITES.includes(call.name);
  switch (kill.before ?? kill.after) {
    case 'run':
      if (kill.before !== undefined) return call.name === RUN ? 'crash before' : undefined;
      return isWrite ? 'crash before' : undefined;
    case 'write':
      if (!isWrite) return undefined;
      return kill.before === undefined ? 'crash after' : 'crash before';
    default:
      if (call.name !== (kill.before ?? kill.after) || call.nth > 1) return undefined;
      return kill.before === undefined ? 'crash after' : 'crash before';
  }
}

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
