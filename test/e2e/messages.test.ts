import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Journal, storedRecord, sweep } from './aws.ts';
import { ended, enqueue, eventually, job, jobThatIs, millis, post } from './client.ts';
import { deadLetter, deadLetters, queueUrl, redrive, send } from './queues.ts';
import { stack } from './stack.ts';

const ourMessage = (job_id: string, task_name: string) => ({ v: 1, job_id, run: job_id, dispatch: 1, task_name });

describe.concurrent('a message from another AWS service', () => {
  it('becomes a job', async () => {
    const journal = new Journal();
    const user_id = randomUUID();
    const input = { value: 'from EventBridge' };

    await send(queueUrl('default'), { task_name: 'echo', input, user_id, tags: [journal.tag] });
    const [entry] = await journal.until('run');

    expect(await ended(entry!.job_id!)).toMatchObject({
      task_name: 'echo',
      status: 'complete',
      user_id,
      max_attempts: 3,
      result: { value: 'from EventBridge' },
    });
  });

  it('with a large input becomes a job whose record stays small', async () => {
    const journal = new Journal();
    const value = 'x'.repeat(100_000);

    await send(queueUrl('default'), { task_name: 'echo', input: { value }, tags: [journal.tag] });
    const [entry] = await journal.until('run');
    const { result } = await ended(entry!.job_id!);

    expect((result as { value: string }).value === value).toBe(true);
    expect(JSON.stringify(await storedRecord(entry!.job_id!)).length).toBeLessThan(1024);
  });

  it('for a task of another queue is passed on to that queue', async () => {
    const journal = new Journal();

    await send(queueUrl('default'), { task_name: 'risky_echo', input: { value: 1 }, tags: [journal.tag] });
    const [entry] = await journal.until('run');

    expect(await ended(entry!.job_id!)).toMatchObject({
      status: 'complete',
      queue: 'risky',
      result: { queue: 'risky' },
    });
  });

  it('whose input does not fit fails its job, which is buried', async () => {
    const journal = new Journal();

    await send(queueUrl('default'), { task_name: 'flaky', input: { failures: -1 }, tags: [journal.tag] });
    const [entry] = await journal.until('on_failure');

    expect(await job(entry!.job_id!)).toMatchObject({ status: 'failed', attempt: 1 });
    expect((await deadLetter(entry!.job_id!)).reason).toContain('failures');
  });
});

describe.concurrent('a poison message ends in dead-letters with a reason', () => {
  // Each holds a mark by which the test finds it again.
  const poison: [title: string, body: (mark: string) => unknown, reason: RegExp][] = [
    ['not JSON', (mark) => `{"oops": ${mark}`, /not JSON/],
    ['no object', (mark) => [mark], /not a JSON object/],
    ['an unknown version', (mark) => ({ ...ourMessage(mark, 'echo'), v: 2 }), /\bv\b/],
    ['a field of the wrong type', (mark) => ({ ...ourMessage(mark, 'echo'), dispatch: 'one' }), /dispatch/],
    ['no job record', (mark) => ourMessage(mark, 'echo'), /no job record/],
    ['a foreign message with an unknown field', (mark) => ({ task_name: 'echo', input: { value: 1 }, mark }), /mark/],
    ['a foreign message with a wrong field', (mark) => ({ task_name: 'echo', tags: mark }), /tags/],
    ['a foreign message without a task', (mark) => ({ input: mark }), /task_name/],
  ];

  for (const [title, body, reason] of poison)
    it(title, async () => {
      const mark = randomUUID();

      await send(queueUrl('default'), body(mark));

      expect((await deadLetter(mark)).reason).toMatch(reason);
    });

  it('a foreign message for an unknown task, whose job is shown as failed', async () => {
    const mark = `task_${randomUUID().replaceAll('-', '_')}`;

    await send(queueUrl('default'), { task_name: mark, input: {} });
    const letter = await deadLetter(mark);

    expect(letter.reason).toContain('Unknown task');
    const { job_id } = JSON.parse(letter.body) as { job_id: string };
    expect(await job(job_id)).toMatchObject({ status: 'failed', task_name: mark, attempt: 1 });
  });
});

describe.concurrent('a doubled message', () => {
  it('that comes early does not start its job before its time', async () => {
    const job_id = await enqueue('echo', { value: 1 }, { delay_seconds: 4 });

    await send(queueUrl('default'), ourMessage(job_id, 'echo'));
    const done = await ended(job_id);

    expect(done).toMatchObject({ status: 'complete', attempt: 1 });
    expect(millis(done.started_at)).toBeGreaterThanOrEqual(millis(done.scheduled_at));
  });

  it('neither while its job runs nor after it runs the job again', async () => {
    const journal = new Journal();
    const job_id = await enqueue('sleeper', { seconds: 2 }, { tags: [journal.tag] });
    await journal.until('run');

    await send(queueUrl('default'), ourMessage(job_id, 'sleeper'));
    expect(await ended(job_id)).toMatchObject({ status: 'complete', attempt: 1 });
    await send(queueUrl('default'), ourMessage(job_id, 'sleeper'));
    await ended(await enqueue('echo', { value: 'after it' }, { delay_seconds: 1 }));

    expect(await job(job_id)).toMatchObject({ status: 'complete', attempt: 1 });
    expect(await journal.until('run')).toHaveLength(1);
  });
});

describe.concurrent('dead-letters', () => {
  it('gives back a job whose envelope is moved to its queue', async () => {
    const job_id = await enqueue('flaky', { failures: 2 }, { max_attempts: 2 });
    await ended(job_id);

    await redrive(job_id, queueUrl('default'));
    const again = await endedAnew(job_id, 2);

    expect(again).toMatchObject({ status: 'complete', attempt: 3, result: { attempt: 3 }, error_message: null });
  });

  it('gives it back from any queue', async () => {
    const job_id = await enqueue('flaky', { failures: 1 }, { max_attempts: 1 });
    await ended(job_id);

    await redrive(job_id, queueUrl('risky'));

    expect(await endedAnew(job_id, 1)).toMatchObject({ status: 'complete', attempt: 2 });
  });

  it('does nothing by an envelope whose job has moved on', async () => {
    const journal = new Journal();
    const job_id = await enqueue('flaky', { failures: 1 }, { max_attempts: 1, tags: [journal.tag] });
    await ended(job_id);
    const letter = await deadLetter(job_id);
    await post(`/jobs/${job_id}/retry`);
    await endedAnew(job_id, 1);

    await send(queueUrl('default'), letter.body);
    await ended(await enqueue('echo', { value: 'after it' }, { delay_seconds: 1 }));

    expect(await job(job_id)).toMatchObject({ status: 'complete', attempt: 2 });
    expect((await journal.names()).filter((name) => name === 'run')).toHaveLength(2);
  });

  it('does nothing by the envelope of a failure before the last one', async () => {
    const job_id = await enqueue('flaky', { failures: 9 }, { max_attempts: 1 });
    await ended(job_id);
    const first = await deadLetter(job_id);
    await post(`/jobs/${job_id}/retry`);
    expect(await endedAnew(job_id, 1)).toMatchObject({ status: 'failed', attempt: 2, dispatch: 2 });

    await send(queueUrl('default'), first.body);
    await ended(await enqueue('echo', { value: 'after it' }, { delay_seconds: 1 }));

    expect(await job(job_id)).toMatchObject({ status: 'failed', attempt: 2 });
  });
});

describe.concurrent('undeliverable', () => {
  it('fails a job that no worker could claim, and buries it', async () => {
    const job_id = await enqueue('echo', { value: 'at last' }, { delay_seconds: 600 });

    await send(stack().undeliverable_url, ourMessage(job_id, 'echo'));
    const done = await ended(job_id);

    expect(done).toMatchObject({
      status: 'failed',
      attempt: 0,
      error_message: expect.stringMatching(/^Undeliverable/),
    });
    expect((await deadLetter(job_id)).reason).toBe(done.error_message);

    await redrive(job_id, queueUrl('default'));
    expect(await endedAnew(job_id, 0)).toMatchObject({ status: 'complete', attempt: 1, result: { value: 'at last' } });
  });

  it('passes on what is not ours, as it is', async () => {
    const mark = randomUUID();

    await send(stack().undeliverable_url, `not JSON: ${mark}`);

    expect(await deadLetter(mark)).toMatchObject({ body: `not JSON: ${mark}`, reason: 'The body is not JSON.' });
  });

  it('makes a failed job of a foreign message', async () => {
    // The envelope holds neither its input nor its tags: the unknown name is what tells it from others.
    const mark = `task_${randomUUID().replaceAll('-', '_')}`;

    await send(stack().undeliverable_url, { task_name: mark, input: { value: 1 } });
    const { job_id } = JSON.parse((await deadLetter(mark)).body) as { job_id: string };

    // Of a task that nobody knows, nobody knows what it redacts.
    expect(await job(job_id)).toMatchObject({ status: 'failed', attempt: 0, input: '[redacted]' });
  });
});

// After the others: a pass of the sweep hides all that lies there for ten seconds.
describe('the sweep', () => {
  it('rids dead-letters of the envelope of a job retried by hand, and leaves the others', async () => {
    const [retried, buried] = await Promise.all([
      enqueue('flaky', { failures: 1 }, { max_attempts: 1 }),
      enqueue('hopeless', {}),
    ]);
    await Promise.all([ended(retried), ended(buried)]);
    await Promise.all([deadLetter(retried), deadLetter(buried)]);
    await post(`/jobs/${retried}/retry`);
    await endedAnew(retried, 1);

    // Whoever holds it just now, to move another: the next minute's pass would find it.
    const left = await eventually(async () => {
      await sweep();
      const bodies = (await deadLetters()).map(({ body }) => body).join('\n');
      return { value: bodies, done: !bodies.includes(retried) };
    }, 'dead-letters');

    expect(left).toContain(buried);
  });
});

/** The job once it has ended with more attempts than it had. */
async function endedAnew(jobId: string, attempt: number) {
  await jobThatIs(jobId, (seen) => seen.attempt > attempt);
  return ended(jobId);
}
