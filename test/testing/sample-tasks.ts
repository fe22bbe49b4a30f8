import * as z from 'zod';
import { NonRetryableError } from '../../lambdas/core/errors.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { effect } from '../../testing/index.ts';

/** A shop with a bank outside, whose charges survive all that befalls the workers. */
export function shop() {
  const charges: { key: string; cents: number }[] = [];
  const charge = effect('charge', (key: string, cents: number) => {
    charges.push({ key, cents });
  });
  const chargeOnce = effect('charge', (key: string, cents: number) => {
    if (!charges.some((each) => each.key === key)) charges.push({ key, cents });
  });
  const input = z.strictObject({ cents: z.int().positive(), note: z.string().default('none') });
  const output = z.object({ charged: z.int() });
  /** Charges again whenever it runs again. */
  const careless = defineTask({
    name: 'careless',
    input,
    output,
    run: async (ctx, { cents }) => {
      await charge(ctx.jobId, cents);
      return { charged: cents };
    },
  });
  /** The bank knows the job's id, and charges once. */
  const careful = defineTask({
    name: 'careful',
    input,
    output,
    run: async (ctx, { cents }) => {
      await chargeOnce(ctx.jobId, cents);
      return { charged: cents };
    },
  });
  return { charges, careless, careful, tasks: [careless, careful] as const };
}

/** Fails its first attempts, as many as it is asked to; -1: for good. */
export const flaky = defineTask({
  name: 'flaky',
  input: z.strictObject({ failures: z.int() }),
  output: z.object({ attempt: z.int() }),
  run: ({ attempt }, { failures }) => {
    if (failures < 0) throw new NonRetryableError('for good');
    if (attempt <= failures) throw new Error(`failure ${attempt}`);
    return { attempt };
  },
});

export const child = defineTask({
  name: 'child',
  input: z.strictObject({ item: z.strictObject({ id: z.int(), tags: z.array(z.string()).default([]) }) }),
  output: z.null(),
  run: () => null,
});

export const parent = defineTask({
  name: 'parent',
  input: z.strictObject({}),
  output: z.null(),
  run: async (ctx) => {
    for (const id of [1, 2])
      await ctx.enqueue(child, { item: { id, tags: ['new'] } }, { idempotencyKey: `${ctx.jobId} ${id}` });
    return null;
  },
});

/** Says what it must not. */
export const signIn = defineTask({
  name: 'sign_in',
  input: z.strictObject({ password: z.string() }),
  output: z.null(),
  redact: { input: ['password'] },
  run: (ctx, { password }) => {
    ctx.log.info(`with ${password}`, { password });
    return null;
  },
});
