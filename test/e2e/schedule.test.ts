import { describe, expect, it } from 'vitest';
import { changeRecord, Journal, storedRecord, sweep } from './aws.ts';
import { ended, enqueue, job, millis } from './client.ts';
import { messagesOn, queueUrl } from './queues.ts';

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

describe.concurrent('a job for later', () => {
  it('due at a time in five seconds does not start before it', async () => {
    const scheduled_at = inSeconds(5);
    const done = await ended(await enqueue('echo', { value: 1 }, { scheduled_at }));

    expect(done).toMatchObject({ status: 'complete', attempt: 1, scheduled_at });
    expect(millis(done.started_at)).toBeGreaterThanOrEqual(millis(scheduled_at));
    expect(millis(done.started_at)).toBeLessThan(millis(scheduled_at) + 5_000);
  });

  it('delayed by seconds does not start before they have passed', async () => {
    const done = await ended(await enqueue('echo', { value: 1 }, { delay_seconds: 2.5 }));

    expect(millis(done.scheduled_at)).toBe(millis(done.created_at) + 2_500);
    expect(millis(done.started_at)).toBeGreaterThanOrEqual(millis(done.scheduled_at));
  });

  it('due in the past starts at once', async () => {
    expect(await ended(await enqueue('echo', { value: 1 }, { scheduled_at: inSeconds(-60) }))).toMatchObject({
      status: 'complete',
    });
  });

  it('due beyond the 15 minutes of SQS is sent by the sweep, with the delay that is left', async () => {
    const journal = new Journal();
    const scheduled_at = inSeconds(7_200);
    const job_id = await enqueue('echo', { value: 1 }, { scheduled_at, tags: [journal.tag] });
    const due_at = millis(scheduled_at) - 14 * 60_000;
    expect(await job(job_id)).toMatchObject({ status: 'queued', scheduled_at });
    expect(await storedRecord(job_id)).toMatchObject({ due_at });

    // Two hours pass.
    const start = Date.now() + 10_000;
    await changeRecord(job_id, { due_at: Date.now() - 1_000, scheduled_at: start });
    await Promise.all([sweep(), sweep()]);

    // Not handed to a worker before its time, only to be handed back; and the claim, which clears `due_at` too, is still to come.
    const waiting = (await messagesOn(queueUrl('default'))).filter(({ body }) => body.includes(job_id));
    expect(waiting.map(({ receives }) => receives)).toEqual(waiting.map(() => 0));
    expect(waiting.length).toBeGreaterThan(0);
    const swept = await storedRecord(job_id);
    expect(swept).toMatchObject({ status: 'queued' });
    expect(swept).not.toHaveProperty('due_at');

    const done = await ended(job_id);
    expect(done).toMatchObject({ status: 'complete', attempt: 1 });
    expect(millis(done.started_at)).toBeGreaterThanOrEqual(start);
    expect((await journal.names()).filter((name) => name === 'run')).toHaveLength(1);
  });
});
