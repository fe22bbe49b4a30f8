import { expect, test } from 'vitest';
import * as z from 'zod';
import { StintError } from '../../lambdas/core/errors.ts';
import { checkRedact } from '../../lambdas/http/openapi/check-redact.ts';

const input = z.strictObject({
  token: z.string(),
  card: z.object({ number: z.string().transform(Number) }).nullable(),
  people: z.array(z.object({ email: z.email() })),
  pair: z.tuple([z.string(), z.object({ pin: z.int() })]),
  byName: z.record(z.string(), z.object({ key: z.string() })),
  means: z.discriminatedUnion('is', [
    z.object({ is: z.literal('cash') }),
    z.object({ is: z.literal('account'), iban: z.string() }),
  ]),
  both: z.intersection(z.object({ left: z.string() }), z.object({ right: z.string() })),
  free: z.unknown(),
  get below() {
    return input.optional();
  },
});

const task = (paths: readonly string[], of: 'input' | 'output' = 'input') => ({
  name: 'pay',
  input,
  output: z.object({ receipt: z.string() }),
  redact: { input: [], output: [], [of]: paths },
});

function refusal(...tasks: Parameters<typeof checkRedact>[0]): StintError {
  try {
    checkRedact(tasks);
  } catch (error) {
    if (error instanceof StintError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

test.each([
  'token',
  'card',
  'card.number',
  'people',
  'people[]',
  'people[].email',
  'pair[].pin',
  'byName.ada.key',
  'means.iban',
  'both.left',
  'both.right',
  'free.what.ever[].it.is',
  'below.below.card.number',
])('a path that leads to a field passes: %s', (path) => {
  checkRedact([task([path])]);
});

test.each([
  'tokens',
  'card.cvc',
  'card.number.digits',
  'card[]',
  'people.email',
  'people[].name',
  'pair[].pun',
  'byName.ada.lock',
  'means.bic',
  'below.below.card.cvc',
])('a path that leads nowhere is refused: %s', (path) => {
  expect(refusal(task([path])).message).toBe(
    `Task 'pay': 'redact.input' holds '${path}', but its input has no such field. ` +
      'Write it as the schema has it: card.number, people[].email.',
  );
});

test('paths of the output are those of its own schema, and all problems are told at once', () => {
  checkRedact([task(['receipt'], 'output')]);
  const { code, message } = refusal(task(['token'], 'output'), task(['nil', 'token', 'nought']));
  expect(code).toBe('invalid_definition');
  expect(message.split('\n')).toHaveLength(3);
});
