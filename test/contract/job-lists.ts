import { describe, expect, test } from 'vitest';
import type { Entry, ListIndex } from '../../lambdas/core/ports.ts';
import { retryByHand } from '../../lambdas/core/protocol.ts';
import { type JobRecord, newRecord } from '../../lambdas/core/record.ts';
import type { OpenJobStore } from './open-job-store.ts';

const NOW = Date.UTC(2026, 0, 1);
const ALL = { from: 0, to: 8.64e15, limit: 100 };

const queued = (jobId: string, change: Partial<JobRecord> = {}): JobRecord => ({
  ...newRecord(jobId, jobId, 'resize', {
    queue: 'default',
    input: { json: '{}' },
    max_attempts: 3,
    created_at: NOW,
    scheduled_at: 0,
  }),
  by_task: 'resize#0',
  ...change,
});

/** What every job store promises of its lists. */
export function jobListsContract(name: string, open: () => Promise<OpenJobStore>): void {
  describe(`${name} as a store of job lists`, () => {
    test('lists the entries of a partition, the newest first, and those of no other', async () => {
      const { store, write } = await open();
      for (const [jobId, created_at] of Object.entries({ old: 1, new: 3, middle: 2 }))
        await write(queued(jobId, { created_at, by_user: 'ada#1', by_project: 'engine#0' }));
      await write(queued('elsewhere', { by_task: 'resize#1', created_at: 4 }));

      const wanted = ['new', 'middle', 'old'];
      const partitions: [ListIndex, string][] = [
        ['by-task', 'resize#0'],
        ['by-user', 'ada#1'],
        ['by-project', 'engine#0'],
      ];
      for (const [index, key] of partitions) {
        const { entries, more } = await store.entries(index, key, ALL);
        expect(entries.map(({ jobId }) => jobId)).toEqual(wanted);
        expect(entries.map(({ at }) => at)).toEqual([3, 2, 1]);
        expect(more).toBe(false);
      }
      expect(await store.entries('by-user', 'nobody#0', ALL)).toEqual({ entries: [], more: false });
    });

    test('lists failed jobs by when they failed, until they are retried', async () => {
      const { store, write } = await open();
      await write(queued('first', { status: 'failed', failed_at: 5, created_at: 9 }));
      await write(queued('last', { status: 'failed', failed_at: 6, created_at: 1 }));
      await write(queued('well'));
      expect((await store.entries('failed', 'resize#0', ALL)).entries).toEqual([
        { jobId: 'last', at: 6 },
        { jobId: 'first', at: 5 },
      ]);

      await store.apply('last', retryByHand, { run: 'last', dispatch: 1, due_at: 1 });

      expect((await store.entries('failed', 'resize#0', ALL)).entries).toEqual([{ jobId: 'first', at: 5 }]);
    });

    test('keeps to the range of times, both ends included; an empty range has nothing', async () => {
      const { store, write } = await open();
      for (const created_at of [1, 2, 3, 4]) await write(queued(`job-${created_at}`, { created_at }));
      const times = async (from: number, to: number) =>
        (await store.entries('by-task', 'resize#0', { from, to, limit: 9 })).entries.map(({ at }) => at);
      expect(await times(2, 3)).toEqual([3, 2]);
      expect(await times(4, 4)).toEqual([4]);
      expect(await times(5, 9)).toEqual([]);
      expect(await times(3, 2)).toEqual([]);
    });

    test('goes on after an entry, through many of one time, though that entry is gone or others arrive', async () => {
      const { store, write, remove } = await open();
      const times = [1, 1, 2, 2, 2, 2, 2, 3];
      await Promise.all(times.map((created_at, i) => write(queued(`job-${i}`, { created_at }))));
      const seen: Entry[] = [];
      let after: Entry | undefined;
      for (let more = true; more; ) {
        const to = after?.at ?? ALL.to;
        const page = await store.entries('by-task', 'resize#0', { from: 0, to, after, limit: 2 });
        seen.push(...page.entries);
        after = page.entries.at(-1) ?? after;
        if (after !== undefined) await remove(after.jobId);
        await write(queued(`later-${seen.length}`, { created_at: 9 }));
        more = page.more;
      }
      expect(seen.map(({ jobId }) => jobId).toSorted()).toEqual(times.map((_time, i) => `job-${i}`));
      expect(seen.map(({ at }) => at)).toEqual(times.toReversed());
    });

    test('gives the records of many jobs, each once, without those that it has not', async () => {
      const { store, write } = await open();
      const jobIds = Array.from({ length: 120 }, (_each, i) => `job-${i}`);
      await Promise.all(jobIds.map((jobId) => write(queued(jobId, { tags: [jobId] }))));

      const records = await store.getMany(['none', 'job-7', ...jobIds]);

      expect(records.map(({ job_id }) => job_id).toSorted()).toEqual(jobIds.toSorted());
      expect(records.find(({ job_id }) => job_id === 'job-7')).toEqual(queued('job-7', { tags: ['job-7'] }));
      expect(await store.getMany([])).toEqual([]);
    });
  });
}
