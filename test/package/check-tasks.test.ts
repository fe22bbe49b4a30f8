import { expect, test } from 'vitest';
import * as z from 'zod';
import { defineTask } from '../../lambdas/core/task.ts';
import { checkTasks } from '../../package/check-tasks.ts';

const task = (name: string) => defineTask({ name, input: z.strictObject({}), output: z.null(), run: () => null });

test('tasks that fit are no matter', () => {
  checkTasks([task('encode'), task('resize')]);
});

test.each([
  ['an object', { name: 'resize', run: () => null }, "'resize', number 2 of the list of tasks, is no task."],
  ['a function', function resize() {}, "'resize', number 2 of the list of tasks, is no task."],
  ['nothing', undefined, 'Number 2 of the list of tasks is no task.'],
])('%s in the list of tasks is refused by its place', (_what, none, message) => {
  expect(() => checkTasks([task('encode'), none as never])).toThrow(
    expect.objectContaining({
      code: 'invalid_definition',
      message: `${message} List what defineTask({ … }) gives.`,
    }),
  );
});
