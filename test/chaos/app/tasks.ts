import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { TaskContext } from '../../../lambdas/core/context.ts';
import { NonRetryableError } from '../../../lambdas/core/errors.ts';
import { type AnyTask, defineTask } from '../../../lambdas/core/task.ts';
import { noteAttempt } from './journal.ts';
import { queues } from './queues.ts';

/** What a job is told to do, whatever its task. */
const order = z.strictObject({
  token: z.string(),
  /** How long it works. */
  ms: z.int().default(0),
  /** How many of its first attempts go wrong, in its task's way. */
  failures: z.int().default(0),
  padding: z.string().default(''),
});
type Order = z.output<typeof order>;

/** What it answers: who did it, so that a result can be held against the journal. */
const answer = z.object({ token: z.string(), attempt: z.int(), pid: z.int(), padding: z.string() });

/** A task that writes down its own begin and end. Its signal is always heeded: once its attempt is over, nothing of it runs. */
function task(name: string, queue: keyof typeof queues, work: (ctx: TaskContext, order: Order) => unknown): AnyTask {
  return defineTask({
    name,
    input: order,
    output: answer,
    queue,
    maxAttempts: 5,
    backoff: { initialSeconds: 0.3, maxSeconds: 1 },
    timeoutSeconds: queues[queue].timeoutSeconds - 2,
    run: async (ctx, order): Promise<z.infer<typeof answer>> => {
      const { token, padding } = order;
      noteAttempt('begin', ctx, token);
      try {
        ctx.signal.throwIfAborted();
        await work(ctx, order);
      } catch (error) {
        noteAttempt('end', ctx, token, 'threw');
        throw error;
      }
      noteAttempt('end', ctx, token, 'returned');
      return { token, attempt: ctx.attempt, pid: process.pid, padding };
    },
  });
}

const failFirst = (ctx: TaskContext, { failures }: Order): void => {
  if (ctx.attempt <= failures) throw new Error(`attempt ${ctx.attempt} went wrong`);
};

export const tasks: readonly AnyTask[] = [
  task('quick', 'default', () => undefined),
  task('flaky', 'default', failFirst),
  /** Its input, and so its result, lives beside the record. */
  task('large', 'default', () => undefined),
  task('hopeless', 'default', () => {
    throw new NonRetryableError('another try cannot mend this');
  }),
  task('slow', 'slow', async (ctx, { ms }) => {
    await sleep(ms, undefined, { signal: ctx.signal });
  }),
  /** Asks at each step whether it is still wanted. */
  task('abortable', 'slow', async (ctx, { ms }) => {
    for (let done = 0; done < ms; done += 100) {
      await ctx.progress(done / ms);
      await sleep(100, undefined, { signal: ctx.signal });
    }
  }),
  /** Takes its whole process with it. */
  task('crashing', 'risky', async (ctx, { token, failures, ms }) => {
    await sleep(ms, undefined, { signal: ctx.signal });
    if (ctx.attempt > failures) return;
    noteAttempt('end', ctx, token, 'crashes');
    process.kill(process.pid, 'SIGKILL');
    await sleep(10_000);
  }),
];
