import { AsyncLocalStorage } from 'node:async_hooks';
import type { State } from '../lambdas/core/context.ts';
import type { Engine } from '../lambdas/core/engine.ts';
import { StintError } from '../lambdas/core/errors.ts';
import type { Clock, DeadLetters, Delivery, JobStore, PayloadStore, Queues } from '../lambdas/core/ports.ts';

/** What happens to an external call. */
export type Fault =
  /** The invocation stops: the call takes no effect, and nothing of the invocation goes on. */
  | 'crash before'
  /** The call takes effect, then the invocation stops. */
  | 'crash after'
  /** No effect, and the caller is told `unavailable`: throttled. */
  | 'throttled'
  /** It takes effect, and the caller is told `unavailable`: every reply was lost. */
  | 'unanswered'
  /** It takes effect, its reply is lost, and the SDK makes the same call again. */
  | 'retried'
  /** As `retried`, with something happening between the two. */
  | { readonly retriedAfter: () => Promise<unknown> };

/** An external call that is about to be made: a transition by its own name, else `get`, `send`, `bury`, `hand back`, `ack`, … */
export interface Call {
  readonly name: string;
  /** Counted over the whole invocation, from 1. */
  readonly n: number;
  /** Counted among the calls of this name, from 1. */
  readonly nth: number;
}

/** Decides what a call suffers. May wait: so a test can also choose the order of calls of several invocations. */
export type Faults = (call: Call) => Fault | undefined | Promise<Fault | undefined>;

/** A call of that name, the first or another, suffers the fault. */
export const on =
  (name: string, fault: Fault, nth = 1): Faults =>
  (call) =>
    call.name === name && call.nth === nth ? fault : undefined;

/** Every call of that name suffers the fault. */
export const always =
  (name: string, fault: Fault): Faults =>
  (call) =>
    call.name === name ? fault : undefined;

/** The n-th external call of the invocation, whatever it is, suffers the fault. */
export const at =
  (n: number, fault: Fault): Faults =>
  (call) =>
    call.n === n ? fault : undefined;

export interface InvocationOptions {
  /** How far this machine's clock is ahead of the others. */
  readonly skewMs?: number;
  readonly faults?: Faults;
  /** What `startup` left in this process. Default: the world's own. */
  readonly state?: State;
}

/** A run of one Lambda function: an engine whose every external call can fail, with a clock of its own. */
export interface Invocation {
  readonly engine: Engine;
  readonly deadLetters: DeadLetters;
  /** The external calls it has begun, in order. */
  readonly calls: readonly string[];
  /** Runs a use case until it is over, or the invocation crashes. */
  run<T>(useCase: (engine: Engine) => Promise<T>): Promise<T | 'crashed'>;
  /** Makes an external call of the invocation's own: the acknowledgement of a message. */
  call<T>(name: string, effect: () => Promise<T>): Promise<T>;
  /** A delivery whose hand-back is an external call. */
  delivery(delivery: Delivery): Delivery;
  /** As `call`, of the task's own: it may take real time, and nothing waits for it. */
  effect<T>(name: string, effect: () => Promise<T>): Promise<T>;
}

/** The invocation that the running code belongs to, however deep its promises go. */
export const currentInvocation = new AsyncLocalStorage<Invocation>();

export type Ports = Pick<Engine, 'store' | 'payloads' | 'queues' | 'clock'> & { readonly deadLetters: DeadLetters };

/** @param inFlight told of each external call that is under way, so that the world can wait for it */
export function invocation(
  base: Engine & Ports,
  { skewMs = 0, faults = () => undefined, state = base.state }: InvocationOptions,
  inFlight: (effect: Promise<unknown>) => void,
): Invocation {
  const calls: string[] = [];
  const timers = new Set<() => void>();
  let crashed = false;
  let crash: () => void = () => undefined;
  const crashing = new Promise<'crashed'>((resolve) => {
    crash = () => {
      crashed = true;
      for (const cancel of timers) cancel();
      resolve('crashed');
    };
  });
  const never = new Promise<never>(() => undefined);

  const attempt = async <T>(name: string, effect: () => Promise<T>): Promise<T> => {
    calls.push(name);
    const fault = await faults({ name, n: calls.length, nth: calls.filter((each) => each === name).length });
    if (crashed) return never;
    switch (fault) {
      case undefined:
        break;
      case 'crash before':
        crash();
        return never;
      case 'crash after':
        await effect();
        crash();
        return never;
      case 'throttled':
        throw new StintError('unavailable', `${name}: throttled`);
      case 'unanswered':
        await effect();
        throw new StintError('unavailable', `${name}: no answer`);
      case 'retried':
        await effect();
        break;
      default:
        await effect();
        await fault.retriedAfter();
    }
    const result = await effect();
    return crashed ? never : result;
  };
  const effect = <T>(name: string, act: () => Promise<T>): Promise<T> => (crashed ? never : attempt(name, act));
  const call = <T>(name: string, act: () => Promise<T>): Promise<T> => {
    if (crashed) return never;
    const result = attempt(name, act);
    inFlight(Promise.race([result, crashing]));
    return result;
  };

  const clock: Clock = {
    now: () => base.clock.now() + skewMs,
    after(ms, then) {
      if (crashed) return () => undefined;
      const cancelTimer = base.clock.after(ms, () => {
        timers.delete(cancel);
        then();
      });
      const cancel = () => {
        timers.delete(cancel);
        cancelTimer();
      };
      timers.add(cancel);
      return cancel;
    },
  };
  const store: JobStore = {
    apply: (jobId, transition, values) => call(transition.name, () => base.store.apply(jobId, transition, values)),
    get: (jobId) => call('get', () => base.store.get(jobId)),
    due: (...page) => call('due', () => base.store.due(...page)),
    entries: (...page) => call('entries', () => base.store.entries(...page)),
    getMany: (jobIds) => call('get many', () => base.store.getMany(jobIds)),
  };
  const payloads: PayloadStore = {
    put: (...payload) => call('payload put', () => base.payloads.put(...payload)),
    get: (key) => call('payload get', () => base.payloads.get(key)),
    keep: (...payload) => call('payload keep', () => base.payloads.keep(...payload)),
  };
  const queues: Queues = {
    names: base.queues.names,
    send: (...message) => call('send', () => base.queues.send(...message)),
    sendMany: (...messages) => call('send many', () => base.queues.sendMany(...messages)),
    bury: (...message) => call('bury', () => base.queues.bury(...message)),
  };
  const deadLetters: DeadLetters = {
    receive: () =>
      call('receive', async () =>
        (await base.deadLetters.receive()).map((held) => ({
          ...held,
          remove: () => call('remove', () => held.remove()),
        })),
      ),
  };
  const engine: Engine = { ...base, store, payloads, queues, clock, state };
  const self: Invocation = {
    engine,
    deadLetters,
    calls,
    run: (useCase) => Promise.race([currentInvocation.run(self, () => useCase(engine)), crashing]),
    call,
    effect,
    delivery: (delivery) => ({
      ...delivery,
      handBack: (seconds) => call('hand back', () => delivery.handBack(seconds)),
    }),
  };
  return self;
}
