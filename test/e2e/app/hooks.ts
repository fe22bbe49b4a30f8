import type { State } from '../../../lambdas/core/context.ts';
import { defineHooks, type JobHookContext } from '../../../lambdas/core/hooks.ts';
import { journalOf, write } from './journal.ts';

declare module '../../../lambdas/core/context.ts' {
  interface State {
    /** How often `startup` ran in this process. */
    startups?: number;
  }
}

/** A job with this tag has a hook that throws before each hook that writes into its journal. */
export const BROKEN = 'broken-hooks';

/** Where `shutdown` writes: no job is at hand by then. */
export const shutdownJournal = (pid: number): string => `shutdown-${pid}`;

const breakIf = (tags: readonly string[] | undefined): void => {
  if (tags?.includes(BROKEN)) throw new Error('this hook is broken');
};

const record = (what: string) => [
  ({ tags }: JobHookContext) => breakIf(tags),
  ({ jobId, attempt, tags, status, error, result, state }: JobHookContext) =>
    write(journalOf(tags), {
      what,
      job_id: jobId,
      attempt,
      status,
      has_result: result !== undefined,
      startups: state.startups,
      ...(error === undefined ? {} : { error: error.message }),
    }),
];

export const hooks = defineHooks({
  startup: ({ state }: { state: State }) => {
    state.startups = (state.startups ?? 0) + 1;
  },
  shutdown: ({ state }) => write(shutdownJournal(process.pid), { what: 'shutdown', startups: state.startups }),
  beforeEnqueue: [
    ({ options }) => breakIf(options.tags),
    ({ options }) => write(journalOf(options.tags), { what: 'before_enqueue' }),
  ],
  beforeProcess: record('before_process'),
  beforeComplete: record('before_complete'),
  beforeRetry: record('before_retry'),
  onSuccess: record('on_success'),
  onFailure: record('on_failure'),
  onAbort: record('on_abort'),
  afterProcess: record('after_process'),
});
