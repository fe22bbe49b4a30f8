import fc from 'fast-check';
import { expect, test } from 'vitest';
import { derivedId, timeOrderedId } from '../../lambdas/core/ids.ts';
import {
  endOfLife,
  isExpired,
  isFinished,
  newRecord,
  SHARDS,
  type Status,
  shardOf,
} from '../../lambdas/core/record.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 1);
const job = { queue: 'default', input: { json: '{}' }, max_attempts: 3, created_at: NOW, scheduled_at: 0 };

test('a new record is queued, no attempt begun, of dispatch 1', () => {
  expect(newRecord('job-1', 'run-1', 'resize', { ...job, user_id: 'ada', project_id: 'engine', tags: ['a'] })).toEqual({
    ...job,
    v: 1,
    job_id: 'job-1',
    run: 'run-1',
    task_name: 'resize',
    status: 'queued',
    attempt: 0,
    attempt_limit: 3,
    dispatch: 1,
    attempts: [],
    user_id: 'ada',
    project_id: 'engine',
    tags: ['a'],
    shard: expect.any(Number),
    by_task: expect.stringMatching(/^resize#[0-3]$/),
    by_user: expect.stringMatching(/^ada#[01]$/),
    by_project: expect.stringMatching(/^engine#[01]$/),
  });
});

test('a record without user and project has no entry in their indexes', () => {
  const record = newRecord('job-1', 'run-1', 'resize', job);
  expect(Object.keys(record).filter((field) => field.startsWith('by_'))).toEqual(['by_task']);
});

test('a job’s shard is stable, and jobs spread evenly over all of them', () => {
  expect([shardOf('job-1', 4), shardOf('job-2', 4), shardOf('job-3', 4)]).toEqual([1, 3, 3]);
  for (const shards of Object.values(SHARDS)) {
    const counts = Array<number>(shards).fill(0);
    for (let i = 0; i < 1_000; i++) counts[shardOf(`job-${i}`, shards)]! += 1;
    for (const count of counts) expect(count).toBeGreaterThan(800 / shards);
  }
});

test('a record is hidden after its retention and deleted no sooner than any copy of its message can live', () => {
  const jobId = timeOrderedId(NOW, new Uint8Array(10));
  expect(endOfLife(NOW, 30, jobId)).toEqual({ expires_at: NOW + 30 * DAY, ttl: (NOW + 30 * DAY) / 1000 });
  expect(endOfLife(NOW, 1, jobId)).toEqual({ expires_at: NOW + DAY, ttl: (NOW + 15 * DAY) / 1000 });
});

test('a record that can be asked for again by its id outlives the message of the last request that it answered', () => {
  const jobId = derivedId('idempotency-key', 'once');
  for (const days of [1, 30])
    expect(endOfLife(NOW, days, jobId)).toEqual({
      expires_at: NOW + days * DAY,
      ttl: (NOW + (days + 15) * DAY) / 1000,
    });
});

test('a ttl is whole epoch seconds, as DynamoDB wants it, never before the end of the retention', () => {
  const times = fc.integer({ min: NOW, max: NOW + 10_000 * DAY });
  fc.assert(
    fc.property(times, fc.double({ min: 1, max: 3650, noNaN: true }), (now, days) => {
      const { ttl, expires_at } = endOfLife(now, days, 'job-1');
      return Number.isInteger(ttl) && ttl < 1e11 && ttl * 1000 >= expires_at && ttl * 1000 > now + 14 * DAY;
    }),
    { seed: 1 },
  );
});

test('a record is expired from the very millisecond of its expiry', () => {
  const record = { ...newRecord('job-1', 'run-1', 'resize', job), expires_at: NOW };
  expect(isExpired(record, NOW - 1)).toBe(false);
  expect(isExpired(record, NOW)).toBe(true);
  expect(isExpired(newRecord('job-1', 'run-1', 'resize', job), NOW + 1e12)).toBe(false);
});

test('complete, failed and aborted are ends; the other statuses are not', () => {
  const statuses: Status[] = ['queued', 'active', 'aborting', 'aborted', 'failed', 'complete'];
  expect(statuses.filter(isFinished)).toEqual(['aborted', 'failed', 'complete']);
});
