import { describe, expect, test } from 'vitest';
import type { Engine } from '../../lambdas/core/engine.ts';
import { forUser } from '../../lambdas/core/for-user.ts';
import type { JobStore } from '../../lambdas/core/ports.ts';
import {
  abortActive,
  abortQueued,
  amendInput,
  claim,
  complete,
  create,
  fail,
  heartbeat,
  PROTOCOL,
  retry,
  retryByHand,
  retryBySweep,
  reuseKey,
  sweepDone,
} from '../../lambdas/core/protocol.ts';
import { type JobRecord, type NewJob, newRecord, SHARDS } from '../../lambdas/core/record.ts';
import { type Given, type Transition, written } from '../../lambdas/core/transition.ts';

/** A store with nothing in it. */
export interface OpenJobStore {
  readonly store: JobStore;
  /** Writes a record whatever is there. */
  write(record: JobRecord): Promise<void>;
}

const NOW = Date.UTC(2026, 0, 1);
const job: NewJob = { queue: 'default', input: { json: '{"a":1}' }, max_attempts: 3, created_at: NOW, scheduled_at: 0 };
const queued = (jobId = 'job-1', change: Partial<JobRecord> = {}): JobRecord => ({
  ...newRecord(jobId, jobId, 'resize', job),
  ...change,
});
const end = { now: NOW + 5, expires_at: NOW + 30, ttl: 40 };
const claimBy = (owner: string, jobId = 'job-1') => ({
  run: jobId,
  dispatch: 1,
  now: NOW,
  owner,
  lease_expires_at: NOW + 60_000,
});

/** What every job store promises. */
export function jobStoreContract(name: string, open: () => Promise<OpenJobStore>): void {
  describe(`${name} as a job store`, () => {
    test('has no record of a job that was never put', async () => {
      const { store } = await open();
      expect(await store.get('job-1')).toBeUndefined();
    });

    test('keeps a record as it was put, and shows it to the very next read', async () => {
      const { store } = await open();
      const record = queued('job-1', {
        user_id: 'ada',
        project_id: 'engine',
        tags: ['a', 'é', '🎬'],
        key: 'k',
        idempotency: { key: 'i', payload: 'p' },
        depth: 2,
        error_message: '',
        attempts: [{ attempt: 1, started_at: 1, ended_at: 2.5, error: '\uFFFE "\\ \n' }],
        progress: { fraction: 0.1, note: 'half' },
        by_user: 'ada#1',
        by_project: 'engine#0',
      });

      expect(await store.apply('job-1', create, { record })).toEqual({ ok: true, record });

      expect(await store.get('job-1')).toEqual(record);
    });

    test('puts a record once: the second is refused, and shown what is there', async () => {
      const { store } = await open();
      const first = queued();
      await store.apply('job-1', create, { record: first });

      const second = await store.apply('job-1', create, { record: queued('job-1', { run: 'run-2' }) });

      expect(second).toEqual({ ok: false, record: first });
      expect(await store.get('job-1')).toEqual(first);
    });

    test('puts a whole new record in the place of one that has ended, and of no other', async () => {
      const { store, write } = await open();
      const ended = queued('job-1', { status: 'failed', failed_at: 7, error_message: 'x', due_at: 8 });
      const anew = queued('job-1', { run: 'run-2' });
      await write(ended);

      expect(await store.apply('job-1', reuseKey, { record: anew, run: 'another' })).toEqual({
        ok: false,
        record: ended,
      });
      expect(await store.apply('job-1', reuseKey, { record: anew, run: 'job-1' })).toEqual({ ok: true, record: anew });
      expect(await store.get('job-1')).toEqual(anew);
      expect(await store.apply('job-1', reuseKey, { record: ended, run: 'run-2' })).toEqual({
        ok: false,
        record: anew,
      });
    });

    test('answers a write with the record as written', async () => {
      const { store } = await open();
      await store.apply('job-1', create, { record: queued('job-1', { due_at: 5, progress: null }) });

      const claimed = await store.apply('job-1', claim, claimBy('me'));

      const { due_at: _, progress: __, ...rest } = queued('job-1', { due_at: 5, progress: null });
      const record = {
        ...rest,
        status: 'active',
        attempt: 1,
        owner: 'me',
        lease_expires_at: NOW + 60_000,
        started_at: NOW,
      };
      expect(claimed).toStrictEqual({ ok: true, record });
      expect(await store.get('job-1')).toStrictEqual(record);
    });

    test.each(Object.entries(PROTOCOL) as [string, Transition][])(
      'a refused "%s" shows the record as it stands, and changes nothing',
      async (name, transition) => {
        const { store, write } = await open();
        const record = queued('job-1', { run: 'run-2', owner: 'other', due_at: 1, status: 'aborted', dispatch: 9 });
        await write(name === 'sweepDone' ? { ...record, run: 'run-3' } : record);
        const before = await store.get('job-1');

        const refused = await store.apply('job-1', transition as Transition<keyof Given>, given('run-1'));

        expect(refused).toEqual({ ok: false, record: before });
        expect(await store.get('job-1')).toEqual(before);
      },
    );

    test.each((Object.entries(PROTOCOL) as [string, Transition][]).filter(([name]) => name !== 'create'))(
      '"%s" of a job without a record is refused, and makes none',
      async (_name, transition) => {
        const { store } = await open();
        const refused = await store.apply('job-1', transition as Transition<keyof Given>, given('job-1'));
        expect(refused).toEqual({ ok: false, record: undefined });
        expect(await store.get('job-1')).toBeUndefined();
      },
    );

    test('lets one of many claims through, and shows the others whose it is', async () => {
      const { store } = await open();
      await store.apply('job-1', create, { record: queued() });
      const owners = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

      const claims = await Promise.all(owners.map((owner) => store.apply('job-1', claim, claimBy(owner))));

      const won = owners.filter((_owner, i) => claims[i]!.ok);
      expect(won).toHaveLength(1);
      for (const { record } of claims) expect(record).toMatchObject({ status: 'active', attempt: 1, owner: won[0] });
    });

    test('takes a job through its life', async () => {
      const { store } = await open();
      const result = { json: '"done"' };
      const attempts = [{ attempt: 1, started_at: NOW, ended_at: NOW, error: 'not yet' }];
      const steps = async (...applied: ReturnType<JobStore['apply']>[]) => {
        for (const each of applied) expect((await each).ok).toBe(true);
      };
      await steps(store.apply('job-1', create, { record: queued() }));
      await steps(store.apply('job-1', claim, claimBy('one')));
      await steps(store.apply('job-1', heartbeat, { owner: 'one', progress: { fraction: 0.5 } }));
      expect(await store.get('job-1')).toMatchObject({ progress: { fraction: 0.5 } });
      await steps(store.apply('job-1', heartbeat, { owner: 'one', progress: null }));
      expect(await store.get('job-1')).toMatchObject({ progress: null });
      await steps(store.apply('job-1', retry, { owner: 'one', scheduled_at: NOW, error: 'not yet', attempts }));
      await steps(store.apply('job-1', claim, claimBy('two')));
      await steps(store.apply('job-1', fail, { ...end, owner: 'two', error: 'no', attempts }));
      expect(await store.get('job-1')).toMatchObject({ status: 'failed', failed_at: NOW + 5, attempt: 2 });
      await steps(store.apply('job-1', retryByHand, { run: 'job-1', dispatch: 1, due_at: NOW }));
      expect(await store.get('job-1')).toMatchObject({ status: 'queued', dispatch: 2, attempt_limit: 5 });
      const { record: held } = await store.apply('job-1', claim, { ...claimBy('three'), dispatch: 2 });
      await steps(store.apply('job-1', abortActive, {}));
      const given = { ...end, owner: 'three', result, progress: null };
      const done = await store.apply('job-1', complete, { ...given, after: written(held, complete, given) });
      const record = await store.get('job-1');
      expect(done).toStrictEqual({ ok: true, record });
      expect(record).toMatchObject({ status: 'complete', attempt: 3, result, completed_at: NOW + 5, ttl: 40 });
      for (const gone of ['failed_at', 'error_message', 'due_at']) expect(record).not.toHaveProperty(gone);
    });

    // Numbers that the protocol's own rows hold, words that are theirs, and what no placeholder may be made of.
    test.each([
      '7f1c9c1e-3b0a-4c59-8f39-0d6f6f3f2a11',
      'ada@example.com',
      'auth0|x',
      'arn:aws:sts::1:assumed-role/web/ada',
      '0',
      '1',
      'queued',
      'run',
      'É 🎬',
    ])('changes the jobs of the user %j, and of no other', async (userId) => {
      const { store, write } = await open();
      const own = forUser({ store } as Engine, userId).store;
      const others = forUser({ store } as Engine, `${userId}0`).store;
      const rows: [Transition<keyof Given>, Partial<JobRecord>][] = [
        [abortQueued, {}],
        [abortActive, { status: 'active' }],
        [amendInput, {}],
        [retryByHand, { status: 'failed' }],
      ];
      for (const [transition, change] of rows) {
        const record = queued('job-1', { ...change, user_id: userId });
        await write(record);
        expect(await others.apply('job-1', transition, given('job-1'))).toEqual({ ok: false, record });
        expect((await own.apply('job-1', transition, given('job-1'))).ok, transition.name).toBe(true);
      }
    });

    test('lists what the sweep must act on by its time, the oldest first, and nothing else', async () => {
      const { store, write } = await open();
      const shard = 1;
      const times = { late: 30, early: 10, future: 41, soon: 40, middle: 20 };
      for (const [jobId, due_at] of Object.entries(times)) await write(queued(jobId, { shard, due_at }));
      await write(queued('unmarked', { shard }));
      await write(queued('elsewhere', { shard: 2, due_at: 10 }));
      await write(queued('failed', { shard, status: 'failed', failed_at: 10 }));

      expect(await store.due(shard, 40)).toEqual({ jobIds: ['early', 'middle', 'late', 'soon'] });
      expect(await store.due(3, 40)).toEqual({ jobIds: [] });
    });

    test('no longer lists what was swept, aborted or claimed; lists again what is marked anew', async () => {
      const { store, write } = await open();
      const shard = 0;
      for (const jobId of ['swept', 'aborted', 'claimed']) await write(queued(jobId, { shard, due_at: 10 }));

      await store.apply('swept', sweepDone, { due_at: 10, run: 'swept', dispatch: 1 });
      await store.apply('aborted', abortQueued, end);
      await store.apply('claimed', claim, claimBy('me', 'claimed'));
      expect(await store.due(shard, 100)).toEqual({ jobIds: [] });

      const later = { owner: 'me', scheduled_at: NOW, due_at: 50, error: 'x', attempts: [] };
      await store.apply('claimed', retryBySweep, later);
      expect(await store.due(shard, 49)).toEqual({ jobIds: [] });
      expect(await store.due(shard, 50)).toEqual({ jobIds: ['claimed'] });
    });

    test('lists more than a page holds, each job once, though the listed ones are swept meanwhile', async () => {
      const { store, write } = await open();
      const jobIds = Array.from({ length: 230 }, (_each, i) => `job-${i}`);
      await Promise.all(jobIds.map((jobId, i) => write(queued(jobId, { shard: SHARDS.attention - 1, due_at: i }))));

      const seen: string[] = [];
      let page = await store.due(SHARDS.attention - 1, 1_000);
      for (;;) {
        for (const jobId of page.jobIds) {
          seen.push(jobId);
          await store.apply(jobId, sweepDone, { due_at: Number(jobId.slice(4)), run: jobId, dispatch: 1 });
        }
        if (page.next === undefined) break;
        page = await store.due(SHARDS.attention - 1, 1_000, page.next);
      }

      expect(seen).toEqual(jobIds);
      expect((await store.due(SHARDS.attention - 1, 1_000)).jobIds).toEqual([]);
    });
  });
}

function given(run: string): Given {
  return {
    ...end,
    record: queued('job-1', { run: 'run-9' }),
    after: queued('job-1'),
    run,
    dispatch: 1,
    owner: 'me',
    lease_expires_at: NOW,
    scheduled_at: 1,
    due_at: 1,
    result: { json: '1' },
    input: { json: '1' },
    error: 'x',
    attempts: [],
    progress: null,
  };
}
