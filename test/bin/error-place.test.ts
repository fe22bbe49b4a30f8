import { expect, test } from 'vitest';
import { placeIn } from '../../bin/local/error-place.ts';

const stack = `Error: no
    at defineTask (file:///project/lambdas/core/task.ts:90:11)
    at file:///project/lambdas/tasks/a.ts:5:28
    at node:internal/modules/esm/loader:639:26`;

test('an error’s place is the innermost one in a wanted file', () => {
  expect(placeIn(stack, (file) => file.includes('/tasks/'))).toEqual({
    file: '/project/lambdas/tasks/a.ts',
    line: 5,
    column: 28,
  });
});

test('a module that cannot be read has a line and no column', () => {
  expect(placeIn('file:///project/lambdas/tasks/a.ts:3\nenum A {}\n^^^^', () => true)).toMatchObject({
    line: 3,
    column: 1,
  });
});

test('an error from elsewhere has none', () => {
  expect(placeIn(stack, (file) => file.includes('/hooks/'))).toBeUndefined();
});
