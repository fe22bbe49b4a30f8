import { expect, test } from 'vitest';
import { CancelError, NonRetryableError, RetryAfterError, StintError, toError } from '../../lambdas/core/errors.ts';

test('an error stays the very error that was thrown', () => {
  const error = new RangeError('too far');
  expect(toError(error)).toBe(error);
});

test.each([
  ['a word', 'a word'],
  [{ code: 7 }, '{"code":7}'],
  [undefined, 'undefined'],
  [null, 'null'],
  [7n, '[object BigInt]'],
])('%o that was thrown keeps its text: %s', (thrown, text) => {
  expect(toError(thrown).message).toBe(text);
});

test('what cannot be written as JSON is still an error', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  expect(toError(circular)).toMatchObject({ message: '[object Object]', cause: circular });
});

const throws = () => {
  throw new Error('no');
};
const cyclic: Record<string, unknown> = Object.create(null);
cyclic.self = cyclic;

test.each([
  ['an object for a message', Object.assign(new RangeError(), { message: { code: 1 } }), '{"code":1}'],
  ['a symbol for a message', Object.assign(new RangeError(), { message: Symbol('s') }), 'Symbol(s)'],
  ['a cycle without a prototype', Object.assign(new RangeError(), { message: cyclic }), '[object Object]'],
  ['a message that cannot be read', Object.defineProperty(new RangeError(), 'message', { get: throws }), 'undefined'],
  ['a name that is none', Object.assign(new RangeError('far'), { name: 7 }), 'far'],
  ['a stack that is none', Object.assign(new RangeError('far'), { stack: [] }), 'far'],
])('an error with %s is of its class, and all texts', (_what, thrown, text) => {
  const error = toError(thrown);
  expect(error).toBeInstanceOf(RangeError);
  expect([error.message, typeof error.name]).toEqual([text, 'string']);
  expect(['string', 'undefined']).toContain(typeof error.stack);
});

test('what a task throws to steer its job keeps what it says, whatever its message is', () => {
  expect(toError(Object.assign(new RetryAfterError(7), { message: 7 }))).toMatchObject({ seconds: 7, message: '7' });
});

test.each([
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['a function', throws, String(throws)],
  ['a cycle without a prototype', cyclic, '[object Object]'],
  ['an object that has no JSON and no name', { toJSON: throws, [Symbol.toStringTag]: 'Odd' }, '[object Odd]'],
  [
    'an object that answers nothing',
    new Proxy({}, { get: throws, getPrototypeOf: throws }),
    'An error without a text.',
  ],
])('%s that was thrown is an error', (_what, thrown, text) => {
  expect(toError(thrown)).toMatchObject({ name: 'Error', message: text });
});

test('an error of the system has a code, the fields it is about and its cause', () => {
  const cause = new Error('below');
  const fields = [{ path: '$.a', message: 'must be a number' }];
  const error = new StintError('invalid_input', 'It does not fit.', { cause, fields });

  expect(error).toMatchObject({
    name: 'StintError',
    code: 'invalid_input',
    message: 'It does not fit.',
    cause,
    fields,
  });
  expect(new StintError('not_found', 'None.').fields).toEqual([]);
  expect('cause' in new StintError('not_found', 'None.')).toBe(false);
});

test('the errors that a task throws to steer its job have names of their own', () => {
  expect([new NonRetryableError('a'), new CancelError('b'), new RetryAfterError(7)].map(String)).toEqual([
    'NonRetryableError: a',
    'CancelError: b',
    'RetryAfterError: retry after 7 s',
  ]);
  expect(new RetryAfterError(7).seconds).toBe(7);
});
