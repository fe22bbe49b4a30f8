import { expect, test } from 'vitest';
import * as z from 'zod';
import { tasks } from '../../lambdas/tasks/index.ts';

test('names each task once, those that ship among them', () => {
  const names: string[] = tasks.map((task) => task.name);
  expect(names).toEqual(expect.arrayContaining(['poc_test_task', 'create_subtitles']));
  expect(new Set(names).size).toBe(names.length);
});

test.each(tasks.map((task) => [task.name, task] as const))('%s has schemas that `GET /tasks` can show', (_, task) => {
  expect(z.toJSONSchema(task.input, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
  expect(z.toJSONSchema(task.output)).toMatchObject({ type: 'object' });
});
