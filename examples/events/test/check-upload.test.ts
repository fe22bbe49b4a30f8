import { testJobs } from 'stint/testing';
import { expect, test } from 'vitest';
import { hooks } from '../jobs/hooks.ts';
import { queues } from '../jobs/queues.ts';
import { tasks } from '../jobs/tasks/index.ts';

test('an upload is accepted, unless it is too large', async () => {
  const kit = testJobs({ tasks, hooks, queues });
  const small = await kit.enqueue('check_upload', { bucket: 'uploads', key: 'cat.png', size: 1_000 });
  const large = await kit.enqueue('check_upload', { bucket: 'uploads', key: 'cats.zip', size: 30_000_000 });

  await kit.drain();

  expect(kit.job(small.jobId)).toMatchObject({ status: 'complete', result: { accepted: 's3://uploads/cat.png' } });
  expect(kit.job(large.jobId)).toMatchObject({ status: 'failed', attempt: 1 });
});
