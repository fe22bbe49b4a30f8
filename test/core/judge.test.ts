import { expect, test } from 'vitest';
import { judge } from '../../lambdas/core/judge.ts';
import type { Message } from '../../lambdas/core/message.ts';
import { type JobRecord, newRecord, type Status } from '../../lambdas/core/record.ts';

const NOW = 1_000_000;
const message: Message = { v: 1, job_id: 'job-1', run: 'run-1', dispatch: 2, task_name: 'resize' };
const job = { queue: 'default', input: { json: '{}' }, max_attempts: 3, created_at: 1, scheduled_at: 0 };

function record(change: Partial<JobRecord> = {}): JobRecord {
  return {
    ...newRecord('job-1', 'run-1', 'resize', job),
    dispatch: 2,
    owner: 'other',
    lease_expires_at: NOW,
    ...change,
  };
}
const verdict = (change: Partial<JobRecord>, sent: Partial<Message> = {}) =>
  judge(record(change), { ...message, ...sent }, 'me', NOW).is;

const STATUSES: Status[] = ['queued', 'active', 'aborting', 'aborted', 'failed', 'complete'];

test.each(STATUSES)('a message of another run is superseded, its job being %s', (status) => {
  expect(verdict({ status, run: 'run-2' })).toBe('superseded');
  expect(verdict({ status, run: 'run-2', owner: 'me', dispatch: 1 })).toBe('superseded');
});

test.each(STATUSES)('a message older than the record’s dispatch is superseded, its job being %s', (status) => {
  expect(verdict({ status, dispatch: 3 })).toBe('superseded');
  expect(verdict({ status, dispatch: 3, owner: 'me' })).toBe('superseded');
});

test.each([
  ['complete', {}, 'finished'],
  ['aborted', {}, 'finished'],
  ['failed', {}, 'failed'],
  ['failed', { dispatch: 1 }, 'redriven'],
  ['queued', { scheduled_at: NOW + 1 }, 'early'],
  ['queued', { scheduled_at: NOW }, 'raced'],
  ['queued', { dispatch: 1, attempt: 3, attempt_limit: 3 }, 'raced'],
  ['active', { owner: 'me', lease_expires_at: NOW + 60_000 }, 'mine'],
  ['active', { owner: 'me', lease_expires_at: NOW - 1 }, 'mine'],
  ['active', { lease_expires_at: NOW + 1 }, 'leased'],
  ['active', { lease_expires_at: NOW }, 'leased'],
  ['active', { lease_expires_at: NOW - 1, attempt: 2, attempt_limit: 3 }, 'raced'],
  ['active', { lease_expires_at: NOW - 1, attempt: 3, attempt_limit: 3 }, 'exhausted'],
  ['active', { lease_expires_at: NOW - 1, attempt: 4, attempt_limit: 3 }, 'exhausted'],
  ['active', { lease_expires_at: NOW + 1, attempt: 3, attempt_limit: 3 }, 'leased'],
  ['aborting', { lease_expires_at: NOW }, 'leased'],
  ['aborting', { owner: 'me', lease_expires_at: NOW }, 'leased'],
  ['aborting', { lease_expires_at: NOW - 1 }, 'abort abandoned'],
  ['aborting', { lease_expires_at: NOW - 1, attempt: 3, attempt_limit: 3 }, 'abort abandoned'],
  ['active', { lease_expires_at: undefined }, 'damaged'],
  ['active', { lease_expires_at: NOW + 86_400_000 }, 'damaged'],
  ['active', { lease_expires_at: 'soon' }, 'damaged'],
  ['aborting', { lease_expires_at: Number.POSITIVE_INFINITY }, 'damaged'],
  ['paused', {}, 'damaged'],
] as unknown as [Status, Partial<JobRecord>, string][])(
  'a record that is %s with %o is judged %s',
  (status, change, is) => {
    expect(verdict({ status, ...change })).toBe(is);
  },
);

test('the verdict carries what its answer needs', () => {
  const early = record({ status: 'queued', scheduled_at: NOW + 500 });
  const leased = record({ status: 'active', lease_expires_at: NOW + 700 });
  const failed = record({ status: 'failed' });
  const mine = record({ status: 'active', owner: 'me' });

  expect(judge(early, message, 'me', NOW)).toEqual({ is: 'early', until: NOW + 500 });
  expect(judge(leased, message, 'me', NOW)).toEqual({ is: 'leased', until: NOW + 700 });
  expect(judge(failed, message, 'me', NOW)).toEqual({ is: 'failed', record: failed });
  expect(judge(mine, message, 'me', NOW)).toEqual({ is: 'mine', record: mine });
});

test('what damaged a record is named', () => {
  expect(judge(record({ status: 'paused' as Status }), message, 'me', NOW)).toEqual({
    is: 'damaged',
    reason: 'The record\'s status is "paused", which is none of a job.',
  });
});
