import { expect, it } from 'vitest';
import { logLinesOf, storedRecord } from './aws.ts';
import { ended, enqueue, eventually, get } from './client.ts';

const SECRET = 'rosebud-of-a-sled';

it('what a task redacts is in its record, and in no answer, error text or log line', async () => {
  const job_id = await enqueue('indiscreet', { secret: SECRET }, { user_id: 'redact-e2e' });

  const done = await ended(job_id);
  expect(done).toMatchObject({
    status: 'complete',
    input: { secret: '[redacted]' },
    result: { again: '[redacted]' },
    attempts: [{ error: 'cannot use [redacted]' }],
    progress: { note: 'with [redacted]' },
  });
  const { body: list } = await get('/jobs?user_id=redact-e2e');
  expect(list).toMatchObject({ jobs: [{ input: { secret: '[redacted]' }, result: { again: '[redacted]' } }] });

  const logged = await eventually(async () => {
    const value = await logLinesOf(job_id);
    return { value, done: /job complete/.test(value) && /job will be retried/.test(value) };
  }, 'the log of the job');
  expect(logged).toContain('it is [redacted]');
  expect(logged).not.toContain(SECRET);
  expect(JSON.stringify(await storedRecord(job_id))).toContain(SECRET);
});
