import { expect, test } from 'vitest';
import { pocTestTask } from '../../lambdas/tasks/poc-test-task.ts';
import { everyFault, testJobs } from '../../testing/index.ts';

const USER = '7f1c9c1e-3b0a-4c59-8f39-0d6f6f3f2a11';
const PROJECT = '0b8e3f0a-6a55-4a4d-9b1e-5f4f9d0c7e22';

test('answers with its message and ids, field for field', async () => {
  const kit = testJobs({ tasks: [pocTestTask] });
  const { jobId } = await kit.enqueue('poc_test_task', { message: 'Hello', user_id: USER, project_id: PROJECT });
  await kit.drain();

  expect(kit.job(jobId).result).toStrictEqual({
    status: 'success',
    job_id: jobId,
    processed_message: 'Processed: Hello',
    metadata: { user_id: USER, project_id: PROJECT },
  });
});

test('needs no input: the message has a default, the ids are null', async () => {
  const { result } = await testJobs({ tasks: [pocTestTask] }).run('poc_test_task', {}, { jobId: 'job-1' });

  expect(result).toStrictEqual({
    status: 'success',
    job_id: 'job-1',
    processed_message: 'Processed: Default message',
    metadata: { user_id: null, project_id: null },
  });
});

test('answers the same whatever happens to its worker', () =>
  everyFault(async (jobsOf) => {
    const kit = jobsOf({ tasks: [pocTestTask] });
    const { jobId } = await kit.enqueue('poc_test_task', { message: 'Hello' });
    await kit.drain();
    expect(kit.job(jobId).result).toMatchObject({ job_id: jobId, processed_message: 'Processed: Hello' });
  }));

test.each([
  ['an unknown field', { mesage: 'Hello' }],
  ['a user_id that is no UUID', { user_id: 'me' }],
  ['a project_id that is no UUID', { project_id: 7 }],
  ['a message that is no string', { message: 1 }],
])('refuses %s', (_, input) => {
  expect(pocTestTask.input.safeParse(input).success).toBe(false);
});
