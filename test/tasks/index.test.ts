import { expect, test } from 'vitest';
import * as z from 'zod';
import { tasks } from '../../lambdas/tasks/index.ts';

test('names the tasks that ship, each once', () => {
  expect(tasks.map((task) => task.name)).toEqual(['poc_test_task', 'create_subtitles']);
});

test.each(tasks.map((task) => [task.name, task] as const))('%s has schemas that `GET /tasks` can show', (_, task) => {
  expect(z.toJSONSchema(task.input, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
  expect(z.toJSONSchema(task.output)).toMatchObject({ type: 'object' });
});
