/** What tasks and hooks are written with: `import { defineTask } from 'stint'`. */
// Whole, for only so does `declare module 'stint' { interface State { … } }` reach what it is meant for.
export * from '../lambdas/core/context.ts';
export type { EnqueueOptions } from '../lambdas/core/enqueue-options.ts';
export { CancelError, NonRetryableError, RetryAfterError, StintError } from '../lambdas/core/errors.ts';
export {
  defineHooks,
  type EnqueueHookContext,
  type Hooks,
  type JobHookContext,
  type StateHookContext,
} from '../lambdas/core/hooks.ts';
export type { Queue } from '../lambdas/core/queue.ts';
export {
  type AnyTask,
  type Backoff,
  defineTask,
  type InputOf,
  type OutputOf,
  type Schedule,
  type Task,
  type TaskOptions,
  type TypesByName,
} from '../lambdas/core/task.ts';
