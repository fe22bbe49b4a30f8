import * as z from 'zod';
import type { TaskContext } from '../../lambdas/core/context.ts';
import { defineTask } from '../../lambdas/core/task.ts';

/** The input of every task of the model. `heeds`: it ends when its signal fires; `edition`: the change that it came by, 0: none. */
export const modelInput = z.strictObject({
  label: z.number(),
  heeds: z.boolean(),
  padding: z.string().default(''),
  edition: z.number().default(0),
});
export type ModelInput = z.infer<typeof modelInput>;

/** What runs a task's body: the scheduler decides what it does. */
export type Body = (ctx: TaskContext, input: ModelInput) => Promise<unknown>;

declare module '../../lambdas/core/context.ts' {
  interface State {
    body?: Body;
  }
}

const common = {
  input: modelInput,
  output: z.strictObject({ by: z.string(), padding: z.string() }),
  run: async (ctx: TaskContext, input: ModelInput) =>
    (await ctx.state.body?.(ctx, input)) as { by: string; padding: string },
};

const DAY_MS = 86_400_000;

/** Two tasks of two queues: one kept for 30 days, the other for less than its messages can live. */
export const modelTasks = [
  defineTask({
    ...common,
    name: 'task_a',
    maxAttempts: 2,
    timeoutSeconds: 40,
    backoff: { initialSeconds: 4, maxSeconds: 60 },
  }),
  defineTask({
    ...common,
    name: 'task_b',
    queue: 'other',
    maxAttempts: 3,
    timeoutSeconds: 5,
    retentionDays: 1,
    backoff: { initialSeconds: 1_000, maxSeconds: 4_000 },
  }),
] as const;

export const retentionMs = (task: (typeof modelTasks)[number]) => task.retentionDays * DAY_MS;

const LARGE = 'x'.repeat(400);

/** The input of a request. `traits` decides whether the task heeds its signal. */
export function inputOf(label: number, traits: number, large: boolean, edition = 0): ModelInput {
  return { label, heeds: traits % 4 < 2, padding: large ? LARGE : '', edition };
}
