import type { State, TaskContext } from './context.ts';
import type { EnqueueOptions } from './enqueue-options.ts';
import { StintError, toError } from './errors.ts';
import type { Clock, Log } from './ports.ts';
import type { Status } from './record.ts';

/** What a job's hooks are given: the task's own context, and what is known of the job by then. */
export interface JobHookContext extends TaskContext {
  /** The job's status in its record: `active` until it is written, then as written. */
  readonly status: Status;
  /** The input as it was enqueued, before its schema parsed it. Undefined while it is not read yet. */
  readonly input: unknown;
  /** The checked result, once the task has returned one. */
  readonly result: unknown;
  /** What failed this attempt. */
  readonly error: Error | undefined;
  /** When the next attempt is due, in epoch milliseconds, if there is one. */
  readonly retryAt: number | undefined;
}

export interface EnqueueHookContext {
  readonly taskName: string;
  readonly input: unknown;
  readonly options: EnqueueOptions;
  readonly log: Log;
}

export interface StateHookContext {
  /** What the hook leaves there every task finds in `ctx.state`. */
  readonly state: State;
  readonly log: Log;
}

type OneOrMore<Context> = ((ctx: Context) => unknown) | readonly ((ctx: Context) => unknown)[];

/** The project's hooks, each a function or a list of them. One that throws is logged and breaks nothing. */
export interface Hooks {
  /** Once per function instance, before its first job. */
  readonly startup?: OneOrMore<StateHookContext>;
  /** When the function instance goes away (SIGTERM). A crash skips it. */
  readonly shutdown?: OneOrMore<StateHookContext>;
  /** Before a job is accepted: in the API, and in a worker for `ctx.enqueue`. */
  readonly beforeEnqueue?: OneOrMore<EnqueueHookContext>;
  /** After the claim, before the task runs. Never for a delivery that was not claimed. */
  readonly beforeProcess?: OneOrMore<JobHookContext>;
  /** The task returned and its output was checked; the record is not written yet. */
  readonly beforeComplete?: OneOrMore<JobHookContext>;
  /** The attempt failed and another is left; the record is not written yet. */
  readonly beforeRetry?: OneOrMore<JobHookContext>;
  /** The record says `complete`. */
  readonly onSuccess?: OneOrMore<JobHookContext>;
  /** The record says `failed`. */
  readonly onFailure?: OneOrMore<JobHookContext>;
  /** The record says `aborted`. */
  readonly onAbort?: OneOrMore<JobHookContext>;
  /** Always, last: sees the status as written, and the result or the error. */
  readonly afterProcess?: OneOrMore<JobHookContext>;
}

const NAMES = [
  'startup',
  'shutdown',
  'beforeEnqueue',
  'beforeProcess',
  'beforeComplete',
  'beforeRetry',
  'onSuccess',
  'onFailure',
  'onAbort',
  'afterProcess',
] as const satisfies readonly (keyof Hooks)[];

export type HookName = (typeof NAMES)[number];

/** Declares the project's hooks. @throws StintError `invalid_definition` for a name that is none, or a hook that is no function */
export function defineHooks(hooks: Hooks): Hooks {
  for (const [name, hook] of Object.entries(hooks)) {
    if (!(NAMES as readonly string[]).includes(name))
      throw new StintError('invalid_definition', `Unknown hook '${name}'. There are: ${NAMES.join(', ')}.`);
    if (![hook].flat().every((each) => typeof each === 'function'))
      throw new StintError('invalid_definition', `Hook '${name}' must be a function or a list of functions.`);
  }
  return hooks;
}

/** A hook that hangs is left behind after so long: it must not eat the time of its job. */
const LONGEST_HOOK_MS = 10_000;

/**
 * Runs the hooks of one name in their order, each after the one before. Never throws: a hook that throws, or takes longer
 * than 10 s or `budgetMs`, is logged.
 */
export async function runHooks<Name extends HookName>(
  { hooks, clock, log }: { hooks: Hooks; clock: Clock; log: Log },
  name: Name,
  ctx: Parameters<Exclude<NonNullable<Hooks[Name]>, readonly unknown[]>>[0],
  budgetMs = LONGEST_HOOK_MS,
): Promise<void> {
  const declared = hooks[name];
  if (declared === undefined) return;
  const list = (typeof declared === 'function' ? [declared] : declared) as readonly ((ctx: unknown) => unknown)[];
  const end = clock.now() + budgetMs; // one budget for the whole list
  for (const hook of list) {
    let cancel: () => void = () => undefined;
    try {
      const running = hook(ctx);
      if (!isThenable(running)) continue;
      const limit = Math.max(0, Math.min(end - clock.now(), LONGEST_HOOK_MS));
      const late = new Promise<never>((_resolve, reject) => {
        cancel = clock.after(limit, () => reject(new Error(`still running after ${limit} ms; left behind`)));
      });
      await Promise.race([running, late]);
    } catch (thrown) {
      const error = toError(thrown);
      log.error('hook failed', { hook: name, error: error.message, stack: error.stack });
    } finally {
      cancel();
    }
  }
}

/** Query builders and the like can be awaited although they are no promises. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
