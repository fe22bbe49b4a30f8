import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ended, enqueue, eventually, get, type Job } from './client.ts';

interface Page {
  readonly jobs: readonly Job[];
  readonly next_cursor: string | null;
  readonly partial: boolean;
}

const page = async (query: string): Promise<Page> => {
  const answer = await get(`/jobs?${query}`);
  expect(answer, query).toMatchObject({ status: 200 });
  return answer.body as Page;
};

describe.concurrent('a list of jobs', () => {
  it('pages through the jobs of a user, the newest first, each once', async () => {
    const user_id = randomUUID();
    const made: string[] = [];
    for (let i = 0; i < 7; i++) made.unshift(await enqueue('echo', { value: i }, { user_id, delay_seconds: 300 }));
    await eventually(async () => {
      const { jobs } = await page(`user_id=${user_id}`);
      return { value: jobs.length, done: jobs.length === made.length };
    }, 'the index');

    const seen: Job[] = [];
    let cursor = '';
    do {
      const { jobs, next_cursor } = await page(`user_id=${user_id}&limit=3${cursor}`);
      seen.push(...jobs);
      cursor = next_cursor === null ? '' : `&cursor=${encodeURIComponent(next_cursor)}`;
    } while (cursor !== '');

    expect(seen.map(({ created_at }) => created_at)).toEqual(
      seen
        .map(({ created_at }) => created_at)
        .toSorted()
        .toReversed(),
    );
    expect(seen.map(({ job_id }) => job_id).toSorted()).toEqual(made.toSorted());
    expect(await get(`/jobs?status=queued&limit=3&cursor=x.y`)).toMatchObject({ status: 400 });
  });

  it('combines its filters, and shows what jobs came to', async () => {
    const project_id = randomUUID();
    const done = await enqueue('echo', { value: 1 }, { project_id, tags: ['list-me'] });
    await enqueue('echo', { value: 2 }, { project_id, tags: ['not-me'], delay_seconds: 300 });
    await enqueue('flaky', { failures: 0 }, { project_id, tags: ['list-me'], delay_seconds: 300 });
    await ended(done);

    const { jobs } = await page(`project_id=${project_id}&task_name=echo&status=complete&tag=list-me`);

    expect(jobs).toMatchObject([{ job_id: done, status: 'complete', input: { value: 1 }, omitted: [] }]);
    expect((await page(`project_id=${project_id}`)).jobs).toHaveLength(3);
    expect((await page('limit=100')).jobs.map(({ job_id }) => job_id)).toContain(done);
  });
});
