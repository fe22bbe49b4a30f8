import { expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import type { TaskContext } from '../../lambdas/core/context.ts';
import { StintError } from '../../lambdas/core/errors.ts';
import { defineTask, type InputOf, type OutputOf } from '../../lambdas/core/task.ts';

const least = { name: 'resize', input: z.strictObject({}), output: z.string(), run: () => 'done' };

function refusal(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    expect(error).toBeInstanceOf(StintError);
    expect((error as StintError).code).toBe('invalid_definition');
    return (error as StintError).message;
  }
  throw new Error('It was not refused.');
}

test('a task needs a name, two schemas and a function; the rest has defaults', () => {
  const task = defineTask(least);

  expect(task).toEqual({
    ...least,
    description: '',
    maxAttempts: 3,
    backoff: { initialSeconds: 1, maxSeconds: 300 },
    timeoutSeconds: 30,
    queue: 'default',
    retentionDays: 30,
    schedules: [],
    redact: { input: [], output: [] },
  });
});

test('every default can be replaced, and `run` stays the function that was given', () => {
  const options = {
    ...least,
    description: 'Resizes.',
    maxAttempts: 5,
    backoff: { initialSeconds: 2, maxSeconds: 60 },
    timeoutSeconds: 300,
    queue: 'slow',
    retentionDays: 7,
    schedules: [{ cron: '* * * * *', input: {} }],
    redact: { input: [], output: [] },
  };

  expect(defineTask(options)).toEqual(options);
  expect(defineTask(options).run).toBe(options.run);
});

test('an unknown option is refused, with those that there are', () => {
  expect(refusal(() => defineTask({ ...least, retries: 3 } as never))).toMatch(
    /^Task 'resize': unknown option 'retries'\. It takes: name, description, input, .*maxAttempts/,
  );
});

test.each(['', 'Resize', '9lives', 'a-b', 'a b', '_a', 'a'.repeat(65), undefined])('the name %j is refused', (name) => {
  expect(refusal(() => defineTask({ ...least, name } as never))).toContain('a name starts with a letter');
});

test.each(['a', 'a9_', 'a'.repeat(64)])('the name %j is taken', (name) => {
  expect(defineTask({ ...least, name }).name).toBe(name);
});

test.each([
  ['maxAttempts', 1, 50, [0, 51, 1.5, Number.NaN, '3']],
  ['timeoutSeconds', 1, 895, [0.5, 896, Number.NaN, Number.POSITIVE_INFINITY]],
  ['retentionDays', 1, 3650, [0, 3651, -1]],
] as const)('%s goes from %d to %d', (option, min, max, outside) => {
  expect(defineTask({ ...least, [option]: min })[option]).toBe(min);
  expect(defineTask({ ...least, [option]: max })[option]).toBe(max);
  for (const value of outside)
    expect(refusal(() => defineTask({ ...least, [option]: value } as never))).toContain(`'${option}' must be a`);
});

test.each([
  { initialSeconds: -1, maxSeconds: 1 },
  { initialSeconds: 1, maxSeconds: 86_401 },
  { initialSeconds: 1, maxSeconds: Number.NaN },
  { initialSeconds: 1 },
  { maxSeconds: 1 },
])('the backoff %j is refused', (backoff) => {
  expect(refusal(() => defineTask({ ...least, backoff } as never))).toContain("'backoff.");
});

test.each(['input', 'output'])('%s must be a zod schema', (option) => {
  const message = refusal(() => defineTask({ ...least, [option]: { type: 'object' } } as never));
  expect(message).toContain(`'${option}' must be a zod schema`);
});

test.each([z.void(), z.undefined()])('an input or output that JSON cannot hold is refused', (nothing) => {
  expect(refusal(() => defineTask({ ...least, input: nothing }))).toContain("'input' is z.");
  expect(refusal(() => defineTask({ ...least, input: nothing }))).toContain('z.strictObject({})');
  expect(refusal(() => defineTask({ ...least, output: nothing, run: () => {} }))).toMatch(
    /'output' is z\..*z\.null\(\)/,
  );
});

test('a slip of the pen within backoff or schedules is refused, with what they take', () => {
  const backoff = { initialSeconds: 1, maxSeconds: 2, factor: 3 };
  expect(refusal(() => defineTask({ ...least, backoff }))).toContain(
    "unknown option 'backoff.factor'. It takes: initialSeconds, maxSeconds.",
  );
  const schedules = [
    { cron: '0 9 * * *', input: {} },
    { cron: '0 9 * * *', timezone: 'Europe/Berlin', input: {} },
  ];
  expect(refusal(() => defineTask({ ...least, schedules }))).toContain(
    "unknown option 'schedules[1].timezone'. It takes: cron, timeZone, input.",
  );
  expect(refusal(() => defineTask({ ...least, schedules: schedules[0] } as never))).toContain(
    "'schedules' must be a list",
  );
});

test('run must be a function', () => {
  expect(refusal(() => defineTask({ ...least, run: 'done' } as never))).toContain("'run' must be a function");
});

test('types flow from the schemas: a wrong input or output is a compile error', () => {
  const task = defineTask({
    name: 'greet',
    input: z.strictObject({
      name: z.string(),
      times: z.int().default(1),
      at: z.iso.datetime().transform((at) => new Date(at)),
    }),
    output: z.object({ text: z.string(), at: z.date().transform((at) => at.toISOString()) }),
    run: (ctx, input) => {
      expectTypeOf(input).toEqualTypeOf<{ name: string; times: number; at: Date }>();
      expectTypeOf(ctx.jobId).toEqualTypeOf<string>();
      // @ts-expect-error the input has no such field
      void input.nmae;
      return { text: input.name.repeat(input.times), at: input.at };
    },
  });
  expectTypeOf<typeof task.name>().toEqualTypeOf<'greet'>();
  expectTypeOf<InputOf<typeof task>>().toEqualTypeOf<{ name: string; at: string; times?: number | undefined }>();
  expectTypeOf<OutputOf<typeof task>>().toEqualTypeOf<{ text: string; at: string }>();

  const greeting = {
    name: 'greeting',
    input: z.strictObject({ a: z.string() }),
    output: z.object({ text: z.string() }),
  };
  // @ts-expect-error the output is an object with a text, not a number
  defineTask({ ...greeting, run: () => ({ text: 1 }) });
  // @ts-expect-error the output lacks a field
  defineTask({ ...greeting, run: async () => ({}) });
  // @ts-expect-error the output is something, not nothing
  defineTask({ ...greeting, run: async () => {} });
  // @ts-expect-error the input has another type than the schema gives
  defineTask({ ...greeting, run: (_ctx, input: { a: number }) => ({ text: `${input.a}` }) });
  // @ts-expect-error a schedule's input is the task's
  defineTask({ ...greeting, schedules: [{ cron: '* * * * *', input: { a: 1 } }], run: () => ({ text: 'a' }) });

  const letter = z.enum(['a', 'b']);
  const letters = {
    name: 'letters',
    input: z.strictObject({}),
    output: z.object({ is: letter, all: z.array(letter) }),
  };
  defineTask({ ...letters, run: async () => ({ is: 'a', all: ['a', 'b'] }) });
  defineTask({ ...letters, run: ({ attempt }) => ({ is: attempt > 1 ? 'a' : 'b', all: [] }) });
  // @ts-expect-error the output is one of two letters
  defineTask({ ...letters, run: async () => ({ is: 'c', all: [] }) });

  const enqueue: TaskContext['enqueue'] = async () => ({ jobId: 'job-1' });
  void enqueue(task, { name: 'Ada', at: '2026-01-01T00:00:00Z' });
  // @ts-expect-error the input lacks a field
  void enqueue(task, { name: 'Ada' });
  const at = '2026-01-01T00:00:00Z';
  // @ts-expect-error a field is of another type
  void enqueue(task, { name: 1, at });
});
