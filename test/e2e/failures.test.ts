import { describe, expect, it } from 'vitest';

import { ended, enqueue, millis } from './client.ts';
import { deadLetter } from './queues.ts';

describe.concurrent('a job that fails', () => {
  it('is tried again until it succeeds, and keeps the history of its attempts', async () => {
    const done = await ended(await enqueue('flaky', { failures: 2 }));

    expect(done).toMatchObject({ status: 'complete', attempt: 3, result: { attempt: 3 }, error_message: null });
    expect(done.attempts.map(({ attempt, error }) => [attempt, error])).toEqual([
      [1, 'attempt 1 went wrong'],
      [2, 'attempt 2 went wrong'],
    ]);
    for (const { started_at, ended_at } of done.attempts)
      expect(millis(ended_at)).toBeGreaterThanOrEqual(millis(started_at));
    expect(millis(done.attempts[1]!.started_at)).toBeGreaterThanOrEqual(millis(done.attempts[0]!.ended_at));
  });

  it('ends failed once its attempts are used up, with its envelope and the reason in dead-letters', async () => {
    const job_id = await enqueue('flaky', { failures: 5 }, { max_attempts: 2 });
    const done = await ended(job_id);

    expect(done).toMatchObject({
      status: 'failed',
      attempt: 2,
      max_attempts: 2,
      result: null,
      error_message: 'attempt 2 went wrong',
    });
    expect(done.attempts).toHaveLength(2);
    const letter = await deadLetter(job_id);
    expect(letter.reason).toBe('attempt 2 went wrong');
    expect(JSON.parse(letter.body)).toEqual({
      v: 1,
      job_id,
      run: job_id,
      dispatch: 2,
      task_name: 'flaky',
      error: 'attempt 2 went wrong',
    });
  });

  it('is not tried again when its task knows better', async () => {
    const job_id = await enqueue('hopeless', {}, { max_attempts: 5 });

    expect(await ended(job_id)).toMatchObject({
      status: 'failed',
      attempt: 1,
      error_message: 'another try cannot mend this',
    });
    expect((await deadLetter(job_id)).reason).toBe('another try cannot mend this');
  });

  it('is not tried again when its result does not fit its schema', async () => {
    const done = await ended(await enqueue('mistaken', {}));

    expect(done).toMatchObject({ status: 'failed', attempt: 1, result: null });
    expect(done.error_message).toContain('answer');
  });

  it('waits as long as its task asks before it is tried again', async () => {
    const done = await ended(await enqueue('rate_limited', {}));

    expect(done).toMatchObject({ status: 'complete', attempt: 2, result: { attempt: 2 } });
    expect(millis(done.started_at) - millis(done.attempts[0]!.ended_at)).toBeGreaterThanOrEqual(2_000);
  });

  it('ends aborted when its task cancels it', async () => {
    expect(await ended(await enqueue('cancelled', {}))).toMatchObject({
      status: 'aborted',
      attempt: 1,
      error_message: 'nobody wants this any more',
    });
  });

  it('alone bears a rejection that nobody handles', async () => {
    const careless = await enqueue('careless', {});
    const neighbour = await enqueue('sleeper', { seconds: 1 });

    expect(await ended(careless)).toMatchObject({ status: 'failed', error_message: 'nobody awaits me' });
    expect(await ended(neighbour)).toMatchObject({ status: 'complete', attempt: 1 });
  });

  for (const heeds_signal of [true, false])
    it(`times out, and is tried again, if it ${heeds_signal ? 'heeds' : 'ignores'} its signal`, async () => {
      const done = await ended(await enqueue('slow_starter', { heeds_signal }));

      expect(done).toMatchObject({ status: 'complete', attempt: 2, result: { attempt: 2 } });
      expect(done.attempts).toMatchObject([{ attempt: 1, error: 'timed out after 1 s' }]);
      const { started_at, ended_at } = done.attempts[0]!;
      expect(millis(ended_at) - millis(started_at)).toBeLessThan(2_400);
    });

  it('says that it timed out when that was its last attempt', async () => {
    const done = await ended(await enqueue('slow_starter', { heeds_signal: true }, { max_attempts: 1 }));

    expect(done).toMatchObject({ status: 'failed', attempt: 1, error_message: 'timed out after 1 s' });
  });
});
