import { expect, test } from 'vitest';
import * as z from 'zod';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { defineTask } from '../../lambdas/core/task.ts';

const task = (name: string) => defineTask({ name, input: z.strictObject({}), output: z.null(), run: () => null });

test('tasks are found by their name', () => {
  const resize = task('resize');
  const tasks = createRegistry([resize, task('encode')]);

  expect(tasks.find('resize')).toBe(resize);
  expect(tasks.all.map(({ name }) => name)).toEqual(['resize', 'encode']);
});

test('a name that no task has finds nothing, also one that every object has', () => {
  const tasks = createRegistry([task('resize')]);

  expect(tasks.find('encode')).toBeUndefined();
  expect(tasks.find('constructor')).toBeUndefined();
});

test('two tasks of one name are refused, with what to do', () => {
  expect(() => createRegistry([task('resize'), task('encode'), task('resize')])).toThrow(
    expect.objectContaining({
      code: 'invalid_definition',
      message: "Two tasks are named 'resize'. Names are unique: rename one in lambdas/tasks/.",
    }),
  );
});
