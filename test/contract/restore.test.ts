import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { restoreJobs } from '../../bin/cli/restore-jobs.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { newRecord } from '../../lambdas/core/record.ts';
import { documents, items, newJobStore } from './aws.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const inDays = (days: number) => NOW / 1000 + days * 86_400;

const job = (jobId: string, changes: Partial<JobRecord> = {}): JobRecord => ({
  ...newRecord(jobId, jobId, 'double', {
    queue: 'default',
    input: { json: '1' },
    max_attempts: 3,
    created_at: NOW - 60_000,
    scheduled_at: 0,
  }),
  ttl: inDays(30),
  ...changes,
});

/** A table as it was at some second, and the same table as it is now. */
async function setup() {
  const [then, live] = await Promise.all([newJobStore(), newJobStore()]);
  const put = async (TableName: string, Item: Record<string, unknown>) =>
    void (await documents.send(new PutCommand({ TableName, Item })));
  const inLive = async (pk: string) =>
    (await documents.send(new GetCommand({ TableName: live.table, Key: { pk } }))).Item;
  const restore = (options: { dryRun?: boolean } = {}) =>
    restoreJobs(items, { from: then.table, to: live.table, now: NOW, ...options });
  return { then, live, put, inLive, restore };
}

test('what is gone comes back, with its payloads; what is there stays as it is', async () => {
  const { then, live, put, inLive, restore } = await setup();
  await then.write(job('lost', { status: 'complete', completed_at: NOW, result: { at: 'lost#result#o' } }));
  await put(then.table, { pk: 'lost#result#o', json: '[1,2]', ttl: inDays(30) });
  await then.write(job('there', { status: 'active', owner: 'o' }));
  await live.write(job('there', { status: 'complete', completed_at: NOW }));

  expect(await restore()).toEqual({ restored: 1, unfinished: 0, present: 1 });

  expect(await live.store.get('lost')).toEqual(await then.store.get('lost'));
  expect(await inLive('lost#result#o')).toEqual({ pk: 'lost#result#o', json: '[1,2]', ttl: inDays(30) });
  expect((await live.store.get('there'))?.status).toBe('complete');
  expect(await restore()).toEqual({ restored: 0, unfinished: 0, present: 2 });
});

test('a job that had not ended is due at once, for its message may be gone; one that is due later stays so', async () => {
  const { then, live, restore } = await setup();
  await then.write(job('queued'));
  await then.write(job('active', { status: 'active', attempt: 1, owner: 'o', lease_expires_at: NOW - 1 }));
  await then.write(job('later', { scheduled_at: NOW + 9e6, due_at: NOW + 8e6 }));

  expect(await restore()).toEqual({ restored: 3, unfinished: 3, present: 0 });

  const due = async (jobId: string) => (await live.store.get(jobId))?.due_at;
  expect([await due('queued'), await due('active'), await due('later')]).toEqual([NOW, NOW, NOW + 8e6]);
  const { jobIds } = await live.store.due(job('queued').shard, NOW);
  expect(jobIds).toContain('queued');
});

test('what has expired since, keys that may have been revoked, limits and waits do not come back', async () => {
  const { then, put, inLive, restore } = await setup();
  await then.write(job('expired', { status: 'complete', ttl: inDays(-1) }));
  for (const pk of ['key#hash', 'limit#ada', 'wait#0']) await put(then.table, { pk, name: pk, until: 1 });

  expect(await restore()).toEqual({ restored: 0, unfinished: 0, present: 0 });

  for (const pk of ['expired', 'key#hash', 'limit#ada', 'wait#0']) expect(await inLive(pk)).toBeUndefined();
});

test('a dry run counts, and writes nothing', async () => {
  const { then, live, put, inLive, restore } = await setup();
  await then.write(job('lost', { input: { at: 'lost#input#lost' } }));
  await put(then.table, { pk: 'lost#input#lost', json: '1' });
  await then.write(job('there'));
  await live.write(job('there'));

  expect(await restore({ dryRun: true })).toEqual({ restored: 1, unfinished: 1, present: 1 });

  for (const pk of ['lost', 'lost#input#lost']) expect(await inLive(pk)).toBeUndefined();
});

test('a table of many pages is read to its end', { timeout: 120_000 }, async () => {
  const { then, live, put, restore } = await setup();
  const json = JSON.stringify('x'.repeat(200_000));
  for (let i = 0; i < 12; i++) {
    await then.write(job(`job-${i}`, { input: { at: `job-${i}#input` } }));
    await put(then.table, { pk: `job-${i}#input`, json });
  }

  expect(await restore()).toEqual({ restored: 12, unfinished: 12, present: 0 });

  for (let i = 0; i < 12; i++) expect(await live.store.get(`job-${i}`)).toBeDefined();
});
