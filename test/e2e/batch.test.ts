import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ended, eventually, get, post } from './client.ts';

interface Batch {
  readonly jobs: readonly { readonly job_id: string; readonly status: string; readonly error?: { status: number } }[];
}

describe('a batch', () => {
  it('enqueues its jobs, says per entry what was wrong, and they run', async () => {
    const user_id = randomUUID();
    const entry = (value: number) => ({ task_name: 'echo', input: { value }, user_id });

    const answer = await post('/jobs/batch', {
      jobs: [entry(0), { task_name: 'unheard_of' }, entry(2), { task_name: 'echo', input: {}, x: 1 }, entry(4)],
    });

    expect(answer.status).toBe(202);
    const { jobs } = answer.body as Batch;
    expect(jobs.map(({ status, error }) => error?.status ?? status)).toEqual(['queued', 404, 'queued', 422, 'queued']);
    for (const [i, { job_id }] of jobs.entries())
      if (job_id !== undefined) expect(await ended(job_id)).toMatchObject({ status: 'complete', result: { value: i } });
  });

  it('takes a thousand jobs, which all run', async () => {
    const project_id = randomUUID();
    let entries = Array.from({ length: 1000 }, (_each, value) => ({ task_name: 'echo', input: { value }, project_id }));
    const ids = new Set<string>();

    // A slow machine accepts them in several calls: what there was no time for is refused as 503, to be sent again.
    while (entries.length > 0) {
      const answer = await post('/jobs/batch', { jobs: entries });
      expect(answer.status).toBe(202);
      const { jobs } = answer.body as Batch;
      const refused = jobs.flatMap(({ error }) => error?.status ?? []);
      expect(refused).toEqual(refused.map(() => 503));
      expect(refused.length).toBeLessThan(entries.length);
      for (const { job_id, error } of jobs) if (!error) ids.add(job_id);
      entries = entries.filter((_each, i) => jobs[i]!.error);
    }

    expect(ids.size).toBe(1000);
    await eventually(
      async () => {
        const { body } = await get(`/jobs?project_id=${project_id}&status=queued&limit=1`);
        const value = (body as { jobs: unknown[]; next_cursor: string | null }).jobs.length;
        return { value, done: value === 0 };
      },
      'the queued jobs',
      50_000,
    );
    const { status } = await ended([...ids][999]!);
    expect(status).toBe('complete');
  });
});
