import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { logLinesOf, storedRecord } from './aws.ts';
import { ended, post } from './client.ts';

/** Logs arrive when an invocation has ended, and with it all jobs of its batch. */
const LOOK = { timeout: 90_000, interval: 500 };
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/;

/** The traces that a job's lines name, of those of its attempts; and of the API's, which speaks of it before. */
async function tracesOf(jobId: string): Promise<{ readonly attempts: Set<unknown>; readonly api: Set<unknown> }> {
  return vi.waitFor(async () => {
    const events = JSON.parse(await logLinesOf(jobId)) as string[]; // the emulator may take several lines together
    const lines = events
      .flatMap((event) => event.split('\n'))
      .filter((line) => line.includes('{'))
      .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>);
    const of = (isOfAttempt: boolean) =>
      lines.filter((line) => line.job_id === jobId && (line.attempt !== undefined) === isOfAttempt);
    expect(of(true).map(({ message }) => message)).toContain('job complete');
    const traces = (each: Record<string, unknown>[]) => new Set(each.map(({ trace_id }) => trace_id));
    return { attempts: traces(of(true)), api: traces(of(false).filter(({ message }) => message === 'job enqueued')) };
  }, LOOK);
}

describe.concurrent('the trace of a request', () => {
  it('is that of its job’s lines, and of the lines of the job that it enqueues', { timeout: 240_000 }, async () => {
    const traceId = randomBytes(16).toString('hex');
    const caller = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;

    const { body } = await post('/tasks/parent/jobs', { input: { value: 'x' } }, { traceparent: caller });
    const { job_id } = body as { job_id: string };
    const { child_job_id } = (await ended(job_id)).result as { child_job_id: string };
    await ended(child_job_id);

    expect(await tracesOf(job_id)).toEqual({ attempts: new Set([traceId]), api: new Set([traceId]) });
    expect((await tracesOf(child_job_id)).attempts).toEqual(new Set([traceId]));
    expect((await storedRecord(job_id)).traceparent).toBe(caller);
    const ofChild = String((await storedRecord(child_job_id)).traceparent);
    expect(ofChild).toMatch(TRACEPARENT);
    expect(ofChild.slice(0, 36)).toBe(caller.slice(0, 36)); // of the same trace
    expect(ofChild).not.toBe(caller); // but caused by the attempt
  });

  it('that is not valid is ignored: the job begins one of its own, and its child is in it', {
    timeout: 240_000,
  }, async () => {
    const headers = { traceparent: `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01` };

    const { status, body } = await post('/tasks/parent/jobs', { input: { value: 'x' } }, headers);
    const { job_id } = body as { job_id: string };
    const { child_job_id } = (await ended(job_id)).result as { child_job_id: string };
    await ended(child_job_id);

    expect(status).toBe(202);
    const own = job_id.replaceAll('-', '');
    expect((await tracesOf(job_id)).attempts).toEqual(new Set([own]));
    expect((await tracesOf(child_job_id)).attempts).toEqual(new Set([own]));
    expect((await storedRecord(job_id)).traceparent).toBeUndefined();
  });
});
