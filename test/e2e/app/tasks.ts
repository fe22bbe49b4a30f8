import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { TaskContext } from '../../../lambdas/core/context.ts';
import { CancelError, NonRetryableError, RetryAfterError } from '../../../lambdas/core/errors.ts';
import { type AnyTask, defineTask } from '../../../lambdas/core/task.ts';
import { createSubtitles } from '../../../lambdas/tasks/create-subtitles.ts';
import { pocTestTask } from '../../../lambdas/tasks/poc-test-task.ts';
import { journalOf, write } from './journal.ts';
import { queues } from './queues.ts';

/** Backoff so short that a retry costs a test no time to speak of. */
const SOON = { initialSeconds: 0.2, maxSeconds: 0.5 };

const nothing = z.strictObject({});
const where = z.object({ queue: z.string(), pid: z.int(), attempt: z.int() });

const here = (ctx: TaskContext): z.infer<typeof where> => ({
  queue: process.env.QUEUE_NAME ?? '',
  pid: process.pid,
  attempt: ctx.attempt,
});

const note = (ctx: TaskContext, what: string): Promise<void> =>
  write(journalOf(ctx.tags), { what, job_id: ctx.jobId, attempt: ctx.attempt, startups: ctx.state.startups });

/** Gives back what it was given, and what its context said. */
const echo = defineTask({
  name: 'echo',
  input: z.strictObject({ value: z.unknown() }),
  output: z.object({
    value: z.unknown(),
    user_id: z.string().nullable(),
    project_id: z.string().nullable(),
    max_attempts: z.int(),
    ...where.shape,
  }),
  run: async (ctx, { value }) => {
    await note(ctx, 'run');
    return {
      value,
      user_id: ctx.userId,
      project_id: ctx.projectId,
      max_attempts: ctx.maxAttempts,
      ...here(ctx),
    };
  },
});

/** `echo` on the other queue. */
const riskyEcho = { ...echo, name: 'risky_echo', queue: 'risky' };

/** Fails its first attempts. */
const flaky = defineTask({
  name: 'flaky',
  input: z.strictObject({ failures: z.int().min(0) }),
  output: z.object({ attempt: z.int() }),
  maxAttempts: 3,
  backoff: SOON,
  run: async (ctx, { failures }) => {
    await note(ctx, 'run');
    if (ctx.attempt <= failures) throw new Error(`attempt ${ctx.attempt} went wrong`);
    return { attempt: ctx.attempt };
  },
});

/** No attempt of it can succeed, and it knows. */
const hopeless = defineTask({
  name: 'hopeless',
  input: nothing,
  output: nothing,
  run: async (ctx) => {
    await note(ctx, 'run');
    throw new NonRetryableError('another try cannot mend this');
  },
});

/** Its first attempt asks to be tried again after two seconds. */
const rateLimited = defineTask({
  name: 'rate_limited',
  input: nothing,
  output: z.object({ attempt: z.int() }),
  run: (ctx) => {
    if (ctx.attempt === 1) throw new RetryAfterError(2);
    return { attempt: ctx.attempt };
  },
});

/** Finds that it is no longer wanted. */
const cancelled = defineTask({
  name: 'cancelled',
  input: nothing,
  output: nothing,
  run: () => {
    throw new CancelError('nobody wants this any more');
  },
});

/** Returns what its output schema does not allow. */
const mistaken = defineTask({
  name: 'mistaken',
  input: nothing,
  output: z.object({ answer: z.int() }),
  run: () => ({ answer: 'forty-two' }) as unknown as { answer: number },
});

/** Lets go of a promise that fails, and goes on as if nothing were. */
const careless = defineTask({
  name: 'careless',
  input: nothing,
  output: nothing,
  maxAttempts: 1,
  run: async (ctx) => {
    void Promise.reject(new Error('nobody awaits me'));
    await sleep(1_000, undefined, { signal: ctx.signal });
    return {};
  },
});

/** Sleeps, and wakes up when its signal fires. */
const sleeper = defineTask({
  name: 'sleeper',
  input: z.strictObject({ seconds: z.number() }),
  output: where,
  backoff: SOON,
  run: async (ctx, { seconds }) => {
    await note(ctx, 'run');
    await sleep(seconds * 1000, undefined, { signal: ctx.signal });
    return here(ctx);
  },
});

/** `sleeper` with a second of time, on its first attempt; the next ones do not sleep. */
const slowStarter = defineTask({
  name: 'slow_starter',
  input: z.strictObject({ heeds_signal: z.boolean() }),
  output: where,
  timeoutSeconds: 1,
  maxAttempts: 2,
  backoff: SOON,
  run: async (ctx, { heeds_signal }) => {
    await note(ctx, 'run');
    if (ctx.attempt === 1) await sleep(2_500, undefined, heeds_signal ? { signal: ctx.signal } : {});
    return here(ctx);
  },
});

/** `sleeper` where workers die. */
const riskySleeper = { ...sleeper, name: 'risky_sleeper', queue: 'risky' };
const crowdedSleeper = { ...sleeper, name: 'crowded_sleeper', queue: 'crowded' };

/** Ends its whole process in its first attempts, with all that it was doing. */
const crasher = defineTask({
  name: 'crasher',
  input: z.strictObject({ crashes: z.int() }),
  output: where,
  queue: 'risky',
  run: async (ctx, { crashes }) => {
    await note(ctx, 'run');
    if (ctx.attempt > crashes) return here(ctx);
    await sleep(700);
    process.kill(process.pid, 'SIGKILL');
    return sleep(5_000, here(ctx));
  },
});

const crowdedCrasher = { ...crasher, name: 'crowded_crasher', queue: 'crowded' };

/** Blocks its process in its first attempt, so that neither a timer nor a signal can reach it, until Lambda ends it. */
const blocker = defineTask({
  name: 'blocker',
  input: nothing,
  output: where,
  queue: 'risky',
  run: (ctx) => {
    if (ctx.attempt === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
    return here(ctx);
  },
});

/** Has more to say than fits into a record. */
const talkative = defineTask({
  name: 'talkative',
  input: z.strictObject({ bytes: z.int() }),
  output: z.object({ text: z.string() }),
  run: (_ctx, { bytes }) => ({ text: 'x'.repeat(bytes) }),
});

/** Enqueues a child. */
const parent = defineTask({
  name: 'parent',
  input: z.strictObject({ value: z.string() }),
  output: z.object({ child_job_id: z.string() }),
  run: async (ctx, { value }) => {
    const { jobId } = await ctx.enqueue(echo, { value }, { idempotencyKey: `child of ${ctx.jobId}` });
    return { child_job_id: jobId };
  },
});

/** Tells how far it is: half way after a second, then long enough for somebody to see it. */
const reporter = defineTask({
  name: 'reporter',
  input: nothing,
  output: nothing,
  run: async (ctx) => {
    await sleep(1_100, undefined, { signal: ctx.signal });
    await ctx.progress(0.5, 'half way');
    await sleep(3_000, undefined, { signal: ctx.signal });
    await ctx.progress(1, 'done');
    return {};
  },
});

/** Says what nobody may see wherever it can. */
const indiscreet = defineTask({
  name: 'indiscreet',
  input: z.strictObject({ secret: z.string() }),
  output: z.object({ again: z.string() }),
  backoff: SOON,
  redact: { input: ['secret'], output: ['again'] },
  run: async (ctx, { secret }) => {
    ctx.log.info(`it is ${secret}`, { given: { secret }, parts: [secret] });
    if (ctx.attempt === 1) throw new Error(`cannot use ${secret}`);
    await ctx.progress(0.5, `with ${secret}`);
    return { again: secret };
  },
});

/** A task with no more time than its queue has: the tests' queues are short. */
const fit = <T extends AnyTask>(task: T): T => {
  const queue = queues[task.queue as keyof typeof queues];
  return { ...task, timeoutSeconds: Math.min(task.timeoutSeconds, queue.timeoutSeconds - 2) };
};

export const tasks: readonly AnyTask[] = [
  pocTestTask,
  createSubtitles,
  echo,
  riskyEcho,
  flaky,
  hopeless,
  rateLimited,
  cancelled,
  mistaken,
  careless,
  sleeper,
  slowStarter,
  riskySleeper,
  crowdedSleeper,
  crasher,
  crowdedCrasher,
  blocker,
  talkative,
  parent,
  reporter,
  indiscreet,
].map(fit);
