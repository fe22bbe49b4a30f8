import type { TaskContext } from '../../lambdas/core/context.ts';
import type { Log, LogFields } from '../../lambdas/core/ports.ts';

/** What a task did with its context, in order. */
export interface Seen {
  readonly progress: { readonly fraction: number; readonly note: string | undefined }[];
  readonly logs: { readonly level: string; readonly message: string; readonly fields: LogFields }[];
}

/** A context for calling a task's `run` by itself. `overrides` replaces any of its fields. */
export function fakeContext(overrides: Partial<TaskContext> = {}): { ctx: TaskContext; seen: Seen } {
  const seen: Seen = { progress: [], logs: [] };
  const signal = overrides.signal ?? new AbortController().signal;
  const ctx: TaskContext = {
    jobId: '01890000-0000-7000-8000-000000000001',
    taskName: 'a_task',
    attempt: 1,
    maxAttempts: 3,
    userId: null,
    projectId: null,
    tags: [],
    signal,
    log: recordingLog(seen, {}),
    state: {},
    progress: async (fraction, note) => {
      signal.throwIfAborted();
      seen.progress.push({ fraction, note });
    },
    remainingMillis: () => 30_000,
    enqueue: () => Promise.reject(new Error('fakeContext enqueues nothing: pass an `enqueue` of your own')),
    ...overrides,
  };
  return { ctx, seen };
}

function recordingLog(seen: Seen, bound: LogFields): Log {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      seen.logs.push({ level, message, fields: { ...bound, ...fields } });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => recordingLog(seen, { ...bound, ...fields }),
  };
}
