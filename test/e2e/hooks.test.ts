import { describe, expect, it } from 'vitest';
import { BROKEN } from './app/hooks.ts';
import { Journal } from './aws.ts';
import { ended, enqueue, jobThatIs, post } from './client.ts';

const ATTEMPT_FAILED = ['before_process', 'run', 'before_retry', 'after_process'];
const SUCCESS = ['before_process', 'run', 'before_complete', 'on_success', 'after_process'];
const FAILURE = ['before_process', 'run', 'on_failure', 'after_process'];
const ABORT = ['before_process', 'run', 'on_abort', 'after_process'];

/** A job with a journal, enqueued and run to its end, and the names it wrote until its last hook. */
async function runToEnd(task: string, input: unknown, options: { max_attempts?: number; tags?: string[] } = {}) {
  const journal = new Journal();
  const job_id = await enqueue(task, input, { ...options, tags: [journal.tag, ...(options.tags ?? [])] });
  const done = await ended(job_id);
  await journal.until('after_process', done.attempt);
  return { done, entries: await journal.entries(), names: await journal.names() };
}

describe.concurrent('the hooks of a job', () => {
  it('of a success run in their order', async () => {
    const { names } = await runToEnd('echo', { value: 1 });

    expect(names).toEqual(['before_enqueue', ...SUCCESS]);
  });

  it('of a retry run in their order, once per attempt', async () => {
    const { names } = await runToEnd('flaky', { failures: 1 });

    expect(names).toEqual(['before_enqueue', ...ATTEMPT_FAILED, ...SUCCESS]);
  });

  it('of a failure run in their order', async () => {
    const { names } = await runToEnd('hopeless', {});

    expect(names).toEqual(['before_enqueue', ...FAILURE]);
  });

  it('of a timeout run in their order', async () => {
    const { names } = await runToEnd('slow_starter', { heeds_signal: true }, { max_attempts: 1 });

    expect(names).toEqual(['before_enqueue', ...FAILURE]);
  });

  it('of an abort run in their order', async () => {
    const journal = new Journal();
    const job_id = await enqueue('sleeper', { seconds: 12 }, { tags: [journal.tag] });
    await jobThatIs(job_id, ({ status }) => status === 'active');
    await post(`/jobs/${job_id}/abort`);
    await ended(job_id);
    await journal.until('after_process');

    expect(await journal.names()).toEqual(['before_enqueue', ...ABORT]);
  });

  it('see the status of the record, the result and the error', async () => {
    const { entries } = await runToEnd('flaky', { failures: 1 });

    const seen = entries
      .filter(({ what }) => what !== 'before_enqueue' && what !== 'run')
      .map(({ what, attempt, status, has_result, error }) => [what, attempt, status, has_result, error]);
    const error = 'attempt 1 went wrong';
    expect(seen).toEqual([
      ['before_process', 1, 'active', false, undefined],
      ['before_retry', 1, 'active', false, error],
      ['after_process', 1, 'queued', false, error],
      ['before_process', 2, 'active', false, undefined],
      ['before_complete', 2, 'active', true, undefined],
      ['on_success', 2, 'complete', true, undefined],
      ['after_process', 2, 'complete', true, undefined],
    ]);
  });

  it('break nothing when they throw, and the ones after them run all the same', async () => {
    const options = { tags: [BROKEN] };
    const [success, failure] = await Promise.all([
      runToEnd('flaky', { failures: 1 }, options),
      runToEnd('hopeless', {}, options),
    ]);

    expect(success.done).toMatchObject({ status: 'complete', attempt: 2, result: { attempt: 2 } });
    expect(success.names).toEqual(['before_enqueue', ...ATTEMPT_FAILED, ...SUCCESS]);
    expect(failure.done).toMatchObject({ status: 'failed', error_message: 'another try cannot mend this' });
    expect(failure.names).toEqual(['before_enqueue', ...FAILURE]);
  });

  it('find that startup has run once in their process', async () => {
    const { entries } = await runToEnd('echo', { value: 1 });

    expect(entries.map(({ what, startups }) => [what, startups])).toContainEqual(['run', 1]);
  });
});
