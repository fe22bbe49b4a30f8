import { PROTOCOL } from '../lambdas/core/protocol.ts';
import { currentInvocation } from './invocation.ts';

/** The worker's own calls: a fault that names one must not mean an effect. */
const OWN_CALLS = new Set([
  'run',
  'write',
  'get',
  'send',
  'bury',
  'ack',
  ...Object.values(PROTOCOL).map(({ name }) => name),
]);

/**
 * Wraps what a task does to the outside, so that faults can strike there: the worker killed before or after it, its reply
 * lost. Give the wrapped function to the task where it would have the real one: by `startup`, or as a mock.
 *
 * A worker that was killed has no effect any more: calls of what is left of it do nothing, and never return. Called
 * outside of a worker it is the function itself.
 *
 * @throws TypeError for a name that is that of a call of the worker's own
 * @example const charge = effect('charge', async (id: string) => void charges.push(id));
 */
export function effect<Args extends readonly unknown[], Result>(
  name: string,
  act: (...args: Args) => Promise<Result> | Result,
): (...args: Args) => Promise<Result> {
  if (OWN_CALLS.has(name))
    throw new TypeError(`An effect cannot be named '${name}', for a worker makes a call of that name itself.`);
  return async (...args) => {
    const invocation = currentInvocation.getStore();
    const once = async () => act(...args);
    return invocation === undefined ? once() : invocation.effect(name, once);
  };
}
