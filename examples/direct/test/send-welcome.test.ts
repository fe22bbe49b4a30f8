import { testJobs } from 'stint/testing';
import { expect, test } from 'vitest';
import { tasks } from '../jobs/tasks/index.ts';

test('one mail goes out for an address, however often it is asked for', async () => {
  const kit = testJobs({ tasks });
  const email = 'ada@example.com';
  const first = await kit.enqueue('send_welcome', { email }, { idempotencyKey: email });
  const again = await kit.enqueue('send_welcome', { email }, { idempotencyKey: email });

  await kit.drain();

  expect(again).toMatchObject({ jobId: first.jobId, deduplicated: true });
  expect(kit.job(first.jobId)).toMatchObject({ status: 'complete', result: { sent_to: email } });
});
