import { expect, test } from 'vitest';
import { type ErrorCode, StintError } from '../../lambdas/core/errors.ts';
import { problemDocument, toProblem } from '../../lambdas/http/problem.ts';

test.each<[ErrorCode, number, string]>([
  ['unknown_task', 404, 'unknown_task'],
  ['invalid_input', 422, 'invalid_input'],
  ['too_large', 413, 'too_large'],
  ['not_found', 404, 'unknown_job'],
  ['conflict', 409, 'conflict'],
  ['enqueue_failed', 500, 'enqueue_failed'],
  ['unavailable', 503, 'unavailable'],
])('an error %s of the domain is a %i %s, its message the detail', (code, status, expected) => {
  const document = problemDocument(toProblem(new StintError(code, 'Do this.')), 'r1');
  expect(document).toMatchObject({ status, code: expected, detail: 'Do this.', request_id: 'r1' });
});

test.each([
  ['a definition found wrong', new StintError('invalid_definition', 'inside')],
  ['a call that AWS refuses', new StintError('internal', 'inside')],
  ['a bug', new TypeError('inside')],
  ['a thrown string', 'inside'],
  ['nothing', undefined],
])('%s tells the caller nothing', (_, thrown) => {
  const document = problemDocument(toProblem(thrown), 'r1');
  expect(document).toMatchObject({ status: 500, code: 'internal' });
  expect(JSON.stringify(document)).not.toContain('inside"');
});

test('an invalid input that names no field is about the whole', () => {
  const document = problemDocument(toProblem(new StintError('invalid_input', 'It has no JSON.')), 'r1');
  expect(document.errors).toEqual([{ path: '$', message: 'It has no JSON.' }]);
});

test('gives a field one entry, however much is wrong with it', () => {
  const fields = [
    { path: '$.a', message: 'too short' },
    { path: '$.b', message: 'missing' },
    { path: '$.a', message: 'not visible' },
    { path: '$.a', message: 'too short' },
  ];
  const document = problemDocument(toProblem(new StintError('invalid_input', 'No.', { fields })), 'r1');
  expect(document.errors).toEqual([
    { path: '$.a', message: 'too short; not visible' },
    { path: '$.b', message: 'missing' },
  ]);
});
