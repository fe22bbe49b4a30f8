import { describe, expect, test } from 'vitest';
import type { LogLine } from '../../lambdas/adapters/memory/log.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { always, type Faults, on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { bodyOf, world } from '../world/world.ts';

const SECOND = 1_000;
const DAY = 86_400_000;
const NOW = world().clock.now();
const leased = { status: 'active', attempt: 1, owner: 'other', lease_expires_at: NOW + 20 * SECOND } as const;
const leaseOver = { ...leased, lease_expires_at: NOW - 1 };

function setup() {
  const ran: string[] = [];
  const tasks = [taskOf(({ jobId }) => ran.push(jobId)), taskOf(undefined, { name: 'slow', queue: 'slow' })];
  const w = world({ tasks, queues: ['default', 'slow'], maxReceiveCount: 3 });
  /** A job whose message no worker could claim, its record as given. */
  const undeliverable = async (change: Partial<JobRecord> = {}, options: EnqueueOptions = {}, task = 'work') => {
    const { jobId } = await enqueue(w.engine, task, 1, options);
    w.records.set(jobId, { ...(await w.record(jobId))!, ...change });
    w.giveUp(task === 'slow' ? 'slow' : 'default');
    return jobId;
  };
  const put = async (body: unknown) => {
    await w.engine.queues.send('default', typeof body === 'string' ? body : JSON.stringify(body), 0);
    w.giveUp();
  };
  const bury = async (faults: Faults = () => undefined) => {
    const calls: string[] = [];
    const answer = await w.bury({
      faults: (call) => {
        calls.push(call.name);
        return faults(call);
      },
    });
    return { answer, calls };
  };
  return { w, ran, undeliverable, put, bury };
}

const toldFailed = (w: { logs: readonly LogLine[] }) =>
  w.logs.filter(({ level, message }) => level === 'error' && message === 'job failed').map(({ fields }) => fields);

describe('an undeliverable message', () => {
  test.each(['retried', undefined] as const)(
    'of a job that fails by it says so in a line of that job: its write %s',
    async (fault) => {
      const { w, undeliverable, bury } = setup();
      const jobId = await undeliverable();
      await bury(fault && on('fail undeliverable', fault));
      const error = expect.stringMatching(/^Undeliverable: /);
      expect(toldFailed(w)).toEqual([{ job_id: jobId, task_name: 'work', error, trace_id: expect.any(String) }]);
    },
  );

  test('that makes its record, failed, says so', async () => {
    const { w, put, bury } = setup();
    await put({ task_name: 'work', input: 1 });
    await bury();
    expect(toldFailed(w)).toMatchObject([{ job_id: w.envelopes()[0]!.job_id }]);
  });

  test.each([
    ['queued', { owner: 'other' }],
    ['queued for later', { scheduled_at: NOW + DAY, due_at: NOW + DAY }],
    ['active, its attempt gone', leaseOver],
    ['active, its last attempt gone', { ...leaseOver, attempt: 3 }],
  ] as [string, Partial<JobRecord>][])(
    'of a job that is %s marks it failed, then sends its envelope',
    async (_what, change) => {
      const { w, ran, undeliverable, bury } = setup();
      const jobId = await undeliverable(change);

      expect(await bury()).toEqual({ answer: 'ack', calls: ['fail undeliverable', 'bury', 'ack'] });

      const record = await w.record(jobId);
      expect(record).toMatchObject({
        status: 'failed',
        failed_at: NOW,
        completed_at: NOW,
        expires_at: NOW + 30 * DAY,
        error_message: expect.stringMatching(/^Undeliverable: no worker could claim the job in/),
      });
      for (const gone of ['owner', 'due_at', 'result']) expect(record).not.toHaveProperty(gone);
      expect(w.envelopes()).toEqual([
        { v: 1, job_id: jobId, run: jobId, dispatch: 2, task_name: 'work', error: record!.error_message },
      ]);
      expect(ran).toEqual([]);
    },
  );

  test('without a record makes a failed one: it spares its caller a 404', async () => {
    const { w, undeliverable, bury } = setup();
    const jobId = await undeliverable({}, { userId: 'ada' });
    w.records.delete(jobId);

    expect(await bury()).toEqual({ answer: 'ack', calls: ['fail undeliverable', 'create', 'bury', 'ack'] });

    expect(await w.record(jobId)).toMatchObject({
      status: 'failed',
      attempt: 0,
      user_id: 'ada',
      failed_at: NOW,
      completed_at: NOW,
      ttl: (NOW + 30 * DAY) / 1000,
      error_message: expect.stringContaining('Undeliverable'),
    });
    expect(w.envelopes()).toMatchObject([{ job_id: jobId, dispatch: 2 }]);
  });

  test.each([
    ['carries nothing to make one from', {}],
    [
      'is as old as any message can be',
      {
        create: {
          queue: 'default',
          input: { json: '1' },
          max_attempts: 3,
          created_at: NOW - 14 * DAY,
          scheduled_at: 0,
        },
      },
    ],
  ])('without a record goes on as it is when it %s', async (_why, extra) => {
    const { w, put, bury } = setup();
    const body = { v: 1, job_id: 'job-1', run: 'job-1', dispatch: 1, task_name: 'work', ...extra };
    await put(body);
    expect((await bury()).answer).toBe('ack');
    expect([w.envelopes(), w.records.size]).toEqual([[body], 0]);
  });

  test.each(['not JSON', '{"v":2}', '{"Records":[]}'])('that is not ours goes on as it came: %s', async (body) => {
    const { w, put, bury } = setup();
    await put(body);
    expect((await bury()).answer).toBe('ack');
    expect(w.queues.deadLetters).toMatchObject([{ body }]);
  });

  test('from another AWS service carries its derived id on, and its record', async () => {
    const { w, put, bury } = setup();
    await put({ task_name: 'work', input: 'x'.repeat(1_000) });

    expect((await bury()).answer).toBe('ack');

    const [jobId] = [...w.records.keys()];
    expect(w.envelopes()).toMatchObject([{ job_id: jobId, dispatch: 2 }]);
    expect(await w.record(jobId!)).toMatchObject({ status: 'failed', input: { at: expect.any(String) } });
    w.redrive();
    await w.settle();
    expect(w.records.size).toBe(1);
    expect(await w.record(jobId!)).toMatchObject({ status: 'complete' });
  });

  test.each([
    ['of another run', { run: 'another' }],
    ['of an older dispatch', { dispatch: 2 }],
    ['of a job that is complete', { status: 'complete' }],
    ['of a job that is aborted', { status: 'aborted' }],
  ] as [string, Partial<JobRecord>][])('%s is dropped', async (_what, change) => {
    const { w, undeliverable, bury } = setup();
    const jobId = await undeliverable(change);
    const before = await w.record(jobId);
    expect(await bury()).toEqual({ answer: 'ack', calls: ['fail undeliverable', 'ack'] });
    expect([w.envelopes(), await w.record(jobId)]).toEqual([[], before]);
  });

  test('of a failed job sends its envelope again, also when it is the redriven envelope itself', async () => {
    for (const dispatch of [1, 2]) {
      const { w, put, undeliverable, bury } = setup();
      const jobId = await undeliverable({ status: 'failed', error_message: 'no such file' });
      w.queues.queues.get('undeliverable')!.length = 0;
      await put({ v: 1, job_id: jobId, run: jobId, dispatch, task_name: 'work' });

      expect((await bury()).answer).toBe('ack');

      expect(w.envelopes()).toMatchObject([{ job_id: jobId, dispatch: 2, error: 'no such file' }]);
    }
  });

  test.each(['active', 'aborting'] as const)(
    'of a job that an attempt holds (%s) goes back to its task’s queue, fresh, until the lease is over',
    async (status) => {
      const { w, undeliverable, bury } = setup();
      const jobId = await undeliverable({ ...leased, status }, {}, 'slow');

      expect(await bury()).toEqual({ answer: 'ack', calls: ['fail undeliverable', 'send', 'ack'] });

      expect(w.messages('slow')).toMatchObject([{ visibleAt: NOW + 21 * SECOND, receiveCount: 0 }]);
      expect(bodyOf(w.messages('slow')[0]!)).toMatchObject({ job_id: jobId, dispatch: 1 });
      expect([w.envelopes().length, w.messages('undeliverable').length]).toEqual([0, 0]);
      expect(await w.record(jobId)).toMatchObject({ status });
    },
  );

  test('of a job whose abort was abandoned ends it', async () => {
    const { w, undeliverable, bury } = setup();
    const jobId = await undeliverable({ ...leaseOver, status: 'aborting' });
    expect((await bury()).answer).toBe('ack');
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted', completed_at: NOW });
    expect(w.envelopes()).toEqual([]);
  });

  test('whose record was changed by hand goes on as it is', async () => {
    const { w, undeliverable, bury } = setup();
    const jobId = await undeliverable({ status: 'paused' as never });
    expect((await bury()).answer).toBe('ack');
    expect(w.envelopes()).toMatchObject([{ job_id: jobId, dispatch: 1 }]);
  });
});

describe('a bury function that fails', () => {
  test.each(['fail undeliverable', 'create', 'bury', 'send', 'abort abandoned'])(
    'at "%s" leaves the message, and throws nothing',
    async (name) => {
      const change: Partial<JobRecord> =
        name === 'send' ? leased : name === 'abort abandoned' ? { ...leaseOver, status: 'aborting' } : {};
      const { w, undeliverable, bury } = setup();
      const jobId = await undeliverable(change);
      if (name === 'create') w.records.delete(jobId);

      expect((await bury(always(name, 'throttled'))).answer).toBe('leave');

      expect(w.messages('undeliverable')).toHaveLength(1);
      expect(w.logs).toContainEqual(expect.objectContaining({ level: 'error', message: 'not buried' }));
    },
  );

  test.each(['retried', 'crash after'] as const)('(%s) still sends an envelope for the failed job', async (fault) => {
    for (const name of ['fail undeliverable', 'create']) {
      const { w, undeliverable, bury } = setup();
      const jobId = await undeliverable();
      if (name === 'create') w.records.delete(jobId);
      await bury(on(name, fault));
      await w.settle();
      expect(await w.record(jobId)).toMatchObject({ status: 'failed' });
      expect(w.envelopes().length).toBeGreaterThan(0);
    }
  });

  test('gives way to an attempt that claims the job meanwhile', async () => {
    const { w, undeliverable, bury } = setup();
    const jobId = await undeliverable();
    const { answer } = await bury(async (call) => {
      if (call.name === 'fail undeliverable') w.records.set(jobId, { ...(await w.record(jobId))!, ...leased });
      return undefined;
    });
    expect(answer).toBe('ack');
    expect(w.messages()).toHaveLength(1);
    expect(await w.record(jobId)).toMatchObject({ status: 'active' });
  });
});

test('a message that no worker can claim comes to undeliverable by SQS, and its job ends failed with an envelope', async () => {
  const { w, ran } = setup();
  const { jobId } = await enqueue(w.engine, 'work', 1);

  for (let i = 0; i < 3; i++) {
    expect(await w.work({ faults: always('claim', 'throttled') })).toBe('leave');
    await w.clock.advance(65 * SECOND);
  }
  expect(await w.work()).toBe('nothing');
  expect(w.messages('undeliverable')).toHaveLength(1);
  await w.settle();

  expect(await w.record(jobId)).toMatchObject({ status: 'failed' });
  expect(w.envelopes()).toMatchObject([{ job_id: jobId, dispatch: 2 }]);
  expect(ran).toEqual([]);
  w.redrive();
  await w.settle();
  expect(await w.record(jobId)).toMatchObject({ status: 'complete' });
});

test('what cannot even be buried comes to dead-letters by SQS itself, and no sweep removes it', async () => {
  const { w, ran, undeliverable } = setup();
  const jobId = await undeliverable();
  const [message] = w.messages('undeliverable');
  message!.receiveCount = 1_000;

  expect(await w.bury()).toBe('nothing');
  await w.tidy();

  expect(w.envelopes()).toMatchObject([{ job_id: jobId, dispatch: 1 }]);
  w.redrive();
  await w.settle();
  expect(ran).toEqual([jobId]);
});
