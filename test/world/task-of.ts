import * as z from 'zod';
import type { TaskContext } from '../../lambdas/core/context.ts';
import { type AnyTask, defineTask, type TaskOptions } from '../../lambdas/core/task.ts';

type Options = Partial<Omit<TaskOptions<z.ZodType, z.ZodType, unknown>, 'run'>>;

/** A task whose work is the test's own, of any input and any result: `work`, unless it is given another name. */
export function taskOf(
  run: (ctx: TaskContext, input: unknown) => unknown = () => 'done',
  options: Options = {},
): AnyTask {
  return defineTask({ name: 'work', input: z.unknown(), output: z.unknown(), ...options, run });
}

/** A promise that the test settles: what a task, or the world, waits for. */
export function gate<T = void>(): { opened: Promise<T>; open: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { opened: promise, open: resolve };
}
