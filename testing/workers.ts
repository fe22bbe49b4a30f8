import type { StoredMessage } from '../lambdas/adapters/memory/queues.ts';
import type { State } from '../lambdas/core/context.ts';
import { runHooks } from '../lambdas/core/hooks.ts';
import { describeFault, isFor, type Kill, type Plan, RUN, type Site, type Strike } from './faults.ts';
import type { Fault, Faults } from './invocation.ts';
import { bodyOf, UNDELIVERABLE, type Worked, type World } from './world.ts';

/** A warm function instance. */
interface Instance {
  readonly state: State;
  /** Its `startup` hooks have run. */
  readonly started: Promise<void>;
}

/** The worker functions of a world, each message in an invocation of its own, all side by side. */
export interface Workers {
  /** What precedes the receipt of messages: instances start, SQS doubles. */
  prepare(): Promise<void>;
  work(queue: string, message: StoredMessage): Promise<Worked>;
  /** What `startup` left in the instance of a queue. */
  stateOf(queue: string): Promise<State>;
  /** Of all instances that live. */
  states(): Promise<readonly State[]>;
  /** What befell the workers so far, in words. */
  readonly struck: readonly string[];
  /** @throws Error for a kill of the kit's plan that struck no attempt, although the attempt that it is meant for ran */
  checkKills(): void;
  /** Another plan of faults beside the kit's, for as long as `act` lasts. @throws Error for a kill of it that never struck, as `checkKills` */
  under<T>(more: Plan, act: () => Promise<T>): Promise<T>;
}

/**
 * @param plan of faults, for as long as the kit lasts
 * @param timeouts the queues, each with the timeout of its function in seconds
 */
export function workersOf(
  w: World,
  plan: Plan,
  watch: Strike | undefined,
  timeouts: ReadonlyMap<string, number>,
): Workers {
  const { engine } = w;
  const plans = [plan];
  const instances = new Map<string, Instance>();
  const doubled = new WeakSet<StoredMessage>();
  const struck: string[] = [];
  const missed = new Map<Kill, readonly string[]>();
  let count = 0;

  const instanceOf = (queue: string): Instance => {
    const warm = instances.get(queue);
    if (warm !== undefined) return warm;
    const state = {} as State; // `startup` fills it, as its declaration promises
    const cold = { state, started: runHooks(engine, 'startup', { state, log: engine.log }) };
    instances.set(queue, cold);
    return cold;
  };

  const double = (queue: string, message: StoredMessage) => {
    if (doubled.has(message)) return;
    doubled.add(message);
    if (plans.some((each) => each.isDoubled())) doubled.add(w.duplicate(message, queue));
  };

  const skewOf = (worker: number) => plans.reduce((sum, each) => sum + each.skewMs(worker), 0);

  const struckBy = (site: Site): Fault | undefined => {
    for (const { strike } of plans) {
      const fault = strike(site);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

  const checkKills = ({ kills, struck }: Plan) => {
    for (const kill of kills) {
      const calls = missed.get(kill);
      if (calls !== undefined && !struck.has(kill))
        throw new Error(
          `The kill ${JSON.stringify(kill)} never struck: that attempt made the calls ${calls.join(', ')}.`,
        );
    }
  };

  /** Where the calls of one invocation stand, and what they suffer. */
  const faultsOn = (message: StoredMessage) => {
    const { job_id: jobId, task_name: taskName } = bodyOf(message);
    const calls: string[] = [];
    let attempt: number | undefined;
    const faults: Faults = (call) => {
      const record = w.records.get(jobId);
      calls.push(call.name);
      if (call.name === RUN) attempt = record?.attempt;
      const begun = (record?.attempt ?? 0) + (attempt === undefined ? 1 : 0);
      const site: Site = { jobId, taskName, attempt, isLast: begun >= (record?.attempt_limit ?? 1), call };
      const fault = struckBy(site) ?? watch?.(site);
      if (fault !== undefined) struck.push(describeFault(site, fault));
      return fault;
    };
    const note = () => {
      for (const kill of plans.flatMap(({ kills }) => kills))
        if (isFor(kill, taskName, attempt)) missed.set(kill, calls);
    };
    return { faults, note };
  };

  return {
    struck,
    async prepare() {
      const ready = w.ready().filter(({ queue }) => queue !== UNDELIVERABLE);
      for (const { queue, message } of ready) double(queue, message);
      await Promise.all(ready.map(({ queue }) => instanceOf(queue).started));
    },
    async work(queue, message) {
      const instance = instanceOf(queue);
      const { faults, note } = faultsOn(message);
      const worked = await w.work({
        queue,
        message,
        seconds: timeouts.get(queue) ?? 60,
        state: instance.state,
        skewMs: skewOf(count++),
        faults,
      });
      if (worked === 'crashed' && instances.get(queue) === instance) instances.delete(queue);
      if (worked !== 'crashed') note();
      return worked;
    },
    async stateOf(queue) {
      const instance = instanceOf(queue);
      await instance.started;
      return instance.state;
    },
    states: () => Promise.all([...instances.values()].map(({ state, started }) => started.then(() => state))),
    checkKills: () => checkKills(plan),
    async under(more, act) {
      plans.push(more);
      try {
        const result = await act();
        checkKills(more);
        return result;
      } finally {
        plans.pop();
      }
    },
  };
}
