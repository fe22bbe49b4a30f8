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
