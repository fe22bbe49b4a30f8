import { expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import { memoryLog } from '../../lambdas/adapters/memory/log.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { NonRetryableError, StintError } from '../../lambdas/core/errors.ts';
import type { Hooks, JobHookContext } from '../../lambdas/core/hooks.ts';
import { type FieldPath, redacted, redactionOf } from '../../lambdas/core/redact.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { world } from '../../testing/world.ts';

const CARD = '4111 1111 1111 1111';

test.each([
  ['a field', { token: 'a', id: 1 }, ['token'], { token: '[redacted]', id: 1 }],
  [
    'a field within a field',
    { card: { number: CARD, exp: '12/30' } },
    ['card.number'],
    { card: { number: '[redacted]', exp: '12/30' } },
  ],
  [
    'a field of each item',
    { people: [{ email: 'a' }, { name: 'b' }] },
    ['people[].email'],
    { people: [{ email: '[redacted]' }, { name: 'b' }] },
  ],
  ['each item', { pins: [1, 2] }, ['pins[]'], { pins: ['[redacted]', '[redacted]'] }],
  ['items of the root', [{ a: 1 }], ['[].a'], [{ a: '[redacted]' }]],
  ['a whole object', { card: { number: CARD } }, ['card'], { card: '[redacted]' }],
  ['a whole and its part', { card: { number: CARD } }, ['card', 'card.number'], { card: '[redacted]' }],
  ['a part and its whole', { card: { number: CARD } }, ['card.number', 'card'], { card: '[redacted]' }],
  ['nothing, where it is null', { card: null }, ['card.number'], { card: null }],
  ['nothing, where it is not there', { id: 1 }, ['card.number'], { id: 1 }],
  ['nothing of the prototype', {}, ['toString'], {}],
])('redacts %s', (_what, value, paths, shown) => {
  const before = structuredClone(value);
  expect(redacted(value, paths)).toEqual(shown);
  expect(value).toEqual(before);
});

test.each([
  ['a text for an object', { card: CARD }, ['card.number'], { card: '[redacted]' }],
  ['a list for an object', { card: [{ number: CARD }] }, ['card.number'], { card: '[redacted]' }],
  ['an object for a list', { people: { email: 'a' } }, ['people[].email'], { people: '[redacted]' }],
  ['a text for all', CARD, ['card.number'], '[redacted]'],
])('hides all of what has not the shape that the path expects: %s', (_what, value, paths, shown) => {
  expect(redacted(value, paths)).toEqual(shown);
});

const taskWith = (...input: string[]) => ({ redact: { input, output: [] } });

test('texts lose the values wherever they stand, as they are, in JSON and in a URL; the longest first', () => {
  const redaction = redactionOf(taskWith('a', 'b', 'c', 'pin'));
  redaction.learn('input', { a: 'open', b: 'open "sesame" now', c: ['x+y=z?'], pin: 31_415 });

  expect(redaction.text('it says open, or open "sesame" now')).toBe('it says [redacted], or [redacted]');
  expect(redaction.text(JSON.stringify({ q: 'open "sesame" now' }))).toBe('{"q":"[redacted]"}');
  expect(redaction.text('GET /?q=x%2By%3Dz%3F failed')).toBe('GET /?q=[redacted] failed');
  expect(redaction.text('code 31415 and 3141')).toBe('code [redacted] and 3141');
});

test('a short value is hidden where it is all of a text, and spares other texts', () => {
  const redaction = redactionOf(taskWith('cvc'));
  redaction.learn('input', { cvc: '737' });
  expect(redaction.text('737')).toBe('[redacted]');
  expect(redaction.text('took 1737 ms')).toBe('took 1737 ms');
});

test('characters that mean something to a pattern or a replacement mean themselves', () => {
  const redaction = redactionOf(taskWith('a'));
  redaction.learn('input', { a: '$&.*(a|b)[c]^\\d{2}/-x' });
  expect(redaction.text('got $&.*(a|b)[c]^\\d{2}/-x!')).toBe('got [redacted]!');
});

test('a line of a log loses the values, and fields that are named as a path ends', () => {
  const lines = memoryLog();
  const redaction = redactionOf(taskWith('card.number', 'card.cvc', 'pins[]'));
  redaction.learn('input', { card: { number: CARD, cvc: '737' }, pins: ['1234'] });
  const log = redaction.log(lines).with({ of: CARD });
  const loop: Record<string, unknown> = {};
  loop.loop = loop;

  log.info(`paid with ${CARD}`, {
    card: { cvc: '737', exp: '12/30' },
    asked: [new Error(`no ${CARD}`), new URL('https://example.org/1234'), new Date(0)],
    pins: ['0'],
    loop,
    n: 1234,
    ms: 17,
    done: true,
  });

  expect(lines.lines).toMatchObject([
    {
      message: 'paid with [redacted]',
      fields: {
        of: '[redacted]',
        card: { cvc: '[redacted]', exp: '12/30' },
        asked: [
          { name: 'Error', message: 'no [redacted]' },
          'https://example.org/[redacted]',
          '1970-01-01T00:00:00.000Z',
        ],
        pins: '[redacted]',
        loop: { loop: '[circular]' },
        n: '[redacted]',
        ms: 17,
        done: true,
      },
    },
  ]);
});

test('what a task logs and nobody can walk loses its fields, not its message', () => {
  const lines = memoryLog();
  const broken = {
    get it() {
      throw new Error('no way');
    },
  };
  redactionOf(taskWith('a')).log(lines).info('here', broken);
  expect(lines.lines).toMatchObject([{ message: 'here', fields: { log_error: 'no way' } }]);
});

test('an error whose message is no text is logged without the values, too', () => {
  const lines = memoryLog();
  const redaction = redactionOf(taskWith('a'));
  redaction.learn('input', { a: 'secret' });
  redaction.log(lines).info('here', { error: Object.assign(new Error(), { message: { of: 'secret' } }) });
  expect(lines.lines).toMatchObject([{ fields: { error: { name: 'Error', message: '{"of":"[redacted]"}' } } }]);
});

test('a task that redacts nothing keeps its log as it is', () => {
  const log = memoryLog();
  expect(redactionOf(taskWith()).log(log)).toBe(log);
});

const pay = defineTask({
  name: 'pay',
  input: z.strictObject({
    card: z.strictObject({
      number: z.string().refine((n) => n.length > 10, { error: ({ input }) => `${input} is short` }),
    }),
    end: z.enum(['pays', 'fails', 'gives up', 'answers what does not fit', 'hangs']),
  }),
  output: z.object({
    receipt: z.string().refine((text) => !text.endsWith('?'), { error: ({ input }) => `${input} is doubtful` }),
  }),
  redact: { input: ['card.number'], output: ['receipt'] },
  maxAttempts: 2,
  timeoutSeconds: 5,
  run: async (ctx, { card, end }) => {
    ctx.log.info('paying', { card });
    await ctx.progress(0.5, `charging ${card.number}`);
    if (end === 'fails') throw new Error(`The bank refuses ${card.number}.`);
    if (end === 'gives up') throw new NonRetryableError(`There is no card ${card.number}.`);
    if (end === 'hangs') await new Promise(() => undefined);
    return { receipt: end === 'pays' ? 'RECEIPT-42' : 'RECEIPT-42?' };
  },
});

const CHATTY = ['beforeProcess', 'beforeComplete', 'beforeRetry', 'onSuccess', 'onFailure', 'afterProcess'] as const;

/** Hooks that log and throw all that they see. */
const chatty: Hooks = {
  ...Object.fromEntries(
    CHATTY.map((name) => [
      name,
      ({ input, result, error, log }: JobHookContext) => {
        log.info(name, { input, result, error });
        throw new Error(`${name} saw ${JSON.stringify({ input, result })} ${String(error)}`);
      },
    ]),
  ),
  beforeEnqueue: ({ input, log }) => {
    log.info('beforeEnqueue', { input });
    throw new Error(`beforeEnqueue saw ${JSON.stringify(input)}`);
  },
};

test.each([
  ['pays', 'complete'],
  ['fails', 'failed'],
  ['gives up', 'failed'],
  ['answers what does not fit', 'failed'],
  ['hangs', 'failed'],
] as const)('no line, error text or envelope of a job that %s says what its task redacts', async (end, status) => {
  const w = world({ tasks: [pay], hooks: chatty });
  const seen: unknown[] = [];
  const { jobId } = await enqueue(w.engine, 'pay', { card: { number: CARD }, end });
  await w.settle();

  const { input, result, ...record } = (await w.record(jobId))!;
  expect(record.status).toBe(status);
  expect(input).toEqual({ json: JSON.stringify({ card: { number: CARD }, end }) });
  expect(result).toEqual(end === 'pays' ? { json: '{"receipt":"RECEIPT-42"}' } : undefined);
  seen.push(
    record,
    w.logs,
    w.envelopes(),
    w.logs.map(({ fields }) => [fields.error, fields.stack]),
  );
  expect(JSON.stringify(seen)).toContain('[redacted]');
  expect(JSON.stringify(seen)).not.toMatch(/4111|RECEIPT/);
  expect(w.logs.filter(({ message }) => message === 'hook failed').length).toBeGreaterThan(2);
});

test('a refused input is told without the value that was refused', async () => {
  const w = world({ tasks: [pay] });
  const refused = await enqueue(w.engine, 'pay', { card: { number: '4111' }, end: 'pays' }).catch((error) => error);
  expect(refused).toBeInstanceOf(StintError);
  expect(refused.fields).toEqual([{ path: '$.card.number', message: '[redacted] is short' }]);
});

test('the compiler knows the paths of a schema, four levels deep', () => {
  type Input = {
    token?: string;
    card: { number: string } | null;
    people: { email: string; phones: string[] }[];
    free: unknown;
    deep: { a: { b: { c: { d: { e: string } } } } };
  };
  expectTypeOf<'token'>().toExtend<FieldPath<Input>>();
  expectTypeOf<'card.number'>().toExtend<FieldPath<Input>>();
  expectTypeOf<'people[].email'>().toExtend<FieldPath<Input>>();
  expectTypeOf<'people[].phones[]'>().toExtend<FieldPath<Input>>();
  expectTypeOf<'free.what.ever'>().toExtend<FieldPath<Input>>();
  expectTypeOf<'deep.a.b.c.d.e'>().toExtend<FieldPath<Input>>();
  expectTypeOf<'card.cvc'>().not.toExtend<FieldPath<Input>>();
  expectTypeOf<'people.email'>().not.toExtend<FieldPath<Input>>();
  const task = { name: 'x', input: z.object({ a: z.string() }), output: z.null(), run: () => null } as const;
  defineTask({ ...task, redact: { input: ['a'] } });
  // @ts-expect-error: there is no such field
  defineTask({ ...task, redact: { input: ['b'] } });
});
