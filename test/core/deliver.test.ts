import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { abort } from '../../lambdas/core/abort.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import { NonRetryableError } from '../../lambdas/core/errors.ts';
import type { JobStore } from '../../lambdas/core/ports.ts';
import { type JobRecord, newRecord } from '../../lambdas/core/record.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { always, on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { bodyOf, type WorldOptions, world } from '../world/world.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

function setup(work: () => unknown = () => 'done', options: WorldOptions = {}) {
  const ran: { jobId: string; attempt: number; input: unknown }[] = [];
  const run = (ctx: { jobId: string; attempt: number }, input: unknown) => {
    ran.push({ jobId: ctx.jobId, attempt: ctx.attempt, input });
    return work();
  };
  const tasks = [taskOf(run), taskOf(run, { name: 'slow', queue: 'slow' })];
  const w = world({ tasks, queues: ['default', 'slow'], ...options });
  const add = async (given: EnqueueOptions = {}, input: unknown = 1, task = 'work') =>
    (await enqueue(w.engine, task, input, given)).jobId;
  /** A record as some earlier attempt left it, its message in the queue. */
  const addAs = async (change: Partial<JobRecord>, given: EnqueueOptions = {}) => {
    const jobId = await add(given);
    w.records.set(jobId, { ...(await w.record(jobId))!, ...change });
    return jobId;
  };
  /** Puts a body on the queue, as another AWS service does. */
  const put = async (body: unknown, queue = 'default') => {
    await w.engine.queues.send(queue, typeof body === 'string' ? body : JSON.stringify(body), 0);
    return w.messages(queue).at(-1)!;
  };
  return { w, ran, add, addAs, put };
}

const NOW = world().clock.now();
const leased = {
  status: 'active',
  attempt: 1,
  owner: 'other',
  started_at: NOW,
  lease_expires_at: NOW + 20 * SECOND,
} as const;
const leaseOver = { ...leased, lease_expires_at: NOW - 1 };

describe('a job that is claimed', () => {
  test('runs once, its record says how it ended, and its message is acknowledged last', async () => {
    const { w, ran, add } = setup();
    const jobId = await add({}, { a: 1 });
    const before = (await w.record(jobId))!;
    const calls: string[] = [];

    expect(await w.work({ faults: ({ name }) => void calls.push(name) })).toBe('ack');

    expect(calls).toEqual(['claim', 'complete', 'ack']);
    expect(ran).toEqual([{ jobId, attempt: 1, input: { a: 1 } }]);
    expect(await w.record(jobId)).toEqual({
      ...before,
      status: 'complete',
      attempt: 1,
      owner: expect.stringMatching(/^token-/),
      lease_expires_at: NOW + 65 * SECOND,
      started_at: NOW,
      completed_at: NOW,
      expires_at: NOW + 30 * DAY,
      ttl: (NOW + 30 * DAY) / 1000,
      result: { json: '"done"' },
      progress: null,
    });
    expect(w.messages()).toEqual([]);
    expect(w.clock.waiting).toBe(0);
  });

  test('has the record’s input, not its message’s', async () => {
    const { w, ran, addAs } = setup();
    await addAs({ input: { json: '"corrected"' } });
    await w.work();
    expect(ran).toMatchObject([{ input: 'corrected' }]);
  });

  test('is claimed when the reply to its claim was lost, and its attempt is not burnt', async () => {
    const { w, ran, add } = setup();
    const jobId = await add();

    expect(await w.work({ faults: on('claim', 'retried') })).toBe('ack');

    expect(ran).toMatchObject([{ attempt: 1 }]);
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', attempt: 1 });
  });

  test('that many deliveries of its message ask for at once runs once', async () => {
    const { w, ran, add } = setup();
    await add();
    for (let i = 0; i < 3; i++) w.duplicate(w.messages()[0]!);

    const answers = await Promise.all([w.work(), w.work(), w.work(), w.work()]);

    expect(ran).toHaveLength(1);
    expect(answers.sort()).toEqual(['ack', 'leave', 'leave', 'leave']);
    await w.settle();
    expect(ran).toHaveLength(1);
  });

  test('whose attempt crashed runs again once its lease is over, as the next attempt', async () => {
    const { w, ran, add } = setup();
    const jobId = await add();

    expect(await w.work({ faults: on('complete', 'crash before') })).toBe('crashed');
    await w.settle();

    expect(ran.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', attempt: 2, started_at: NOW + 66 * SECOND });
  });
});

describe('a message without a record', () => {
  test('makes it, already active, when it carries what is needed', async () => {
    const { w, ran, add } = setup();
    const jobId = await add({ userId: 'ada', tags: ['a'] });
    const put = (await w.record(jobId))!;
    w.records.delete(jobId);
    const calls: string[] = [];

    expect(await w.work({ faults: ({ name }) => void calls.push(name) })).toBe('ack');

    expect(calls).toEqual(['claim', 'create', 'complete', 'ack']);
    expect(ran).toMatchObject([{ jobId, attempt: 1 }]);
    expect(await w.record(jobId)).toMatchObject({ ...put, status: 'complete', attempt: 1 });
  });

  test('makes it once, though many do so at once or the reply is lost', async () => {
    const { w, ran, add } = setup();
    const jobId = await add();
    w.records.delete(jobId);
    w.duplicate(w.messages()[0]!);

    await Promise.all([w.work({ faults: on('create', 'retried') }), w.work()]);
    await w.settle();

    expect(ran).toMatchObject([{ attempt: 1 }]);
  });

  test('is handed back until its time when that has not come', async () => {
    const { w, ran, add } = setup();
    const jobId = await add({ delaySeconds: 100 });
    w.records.delete(jobId);

    expect(await w.work({ message: w.messages()[0]! })).toBe('leave');

    expect(w.messages()).toMatchObject([{ visibleAt: NOW + 100 * SECOND }]);
    expect(w.records.size).toBe(0);
    await w.settle();
    expect(ran).toHaveLength(1);
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
  ])('goes to dead-letters as it is when it %s', async (_why, extra) => {
    const { w, ran, put } = setup();
    const body = { v: 1, job_id: 'job-1', run: 'job-1', dispatch: 1, task_name: 'work', ...extra };
    await put(body);

    expect(await w.work()).toBe('ack');

    expect(w.envelopes()).toEqual([body]);
    expect(w.queues.deadLetters[0]!.reason).toBe('It has no job record, and nothing to make one from.');
    expect([w.records.size, ran.length, w.messages().length]).toEqual([0, 0, 0]);
    expect(w.logs).toContainEqual(expect.objectContaining({ level: 'error' }));
  });

  test('runs nothing again after its record was deleted: DynamoDB deletes it later than any copy can live', async () => {
    const { w, ran, add } = setup();
    await add();
    const copy = w.duplicate(w.messages()[0]!);
    copy.visibleAt = NOW + 13 * DAY;
    await w.work();
    await w.clock.advance(13 * DAY);
    await w.expire();
    expect(await w.work()).toBe('ack');

    await w.clock.advance(30 * DAY);
    await w.expire();

    expect([w.records.size, w.messages().length, ran.length]).toEqual([0, 0, 1]);
  });
});

describe('a claim that is refused', () => {
  test.each([
    ['of another run', { run: 'another' }],
    ['older than the record’s dispatch', { dispatch: 2 }],
    ['of a job that is complete', { status: 'complete' }],
    ['of a job that is aborted', { status: 'aborted' }],
  ] as [string, Partial<JobRecord>][])('acknowledges a message %s, and nothing runs', async (_what, change) => {
    const { w, ran, addAs } = setup();
    const jobId = await addAs(change);
    const before = await w.record(jobId);

    expect(await w.work()).toBe('ack');

    expect(ran).toEqual([]);
    expect(await w.record(jobId)).toEqual(before);
    expect(w.envelopes()).toEqual([]);
  });

  test('sends the envelope of a failed job again: the one before may never have been sent', async () => {
    const { w, ran, addAs } = setup();
    const jobId = await addAs({ status: 'failed', error_message: 'no such file' });

    expect(await w.work()).toBe('ack');

    expect(w.envelopes()).toEqual([
      { v: 1, job_id: jobId, run: jobId, dispatch: 2, task_name: 'work', error: 'no such file' },
    ]);
    expect(ran).toEqual([]);
  });

  test('leaves the message of a failed job when the envelope cannot be sent', async () => {
    const { w, addAs } = setup();
    await addAs({ status: 'failed' });
    expect(await w.work({ faults: always('bury', 'throttled') })).toBe('leave');
    expect(w.messages()).toHaveLength(1);
  });

  test('hands a message back until its job’s time, never early', async () => {
    const { w, ran, addAs } = setup();
    await addAs({ scheduled_at: NOW + 7_001 });

    expect(await w.work()).toBe('leave');

    expect(w.messages()).toMatchObject([{ visibleAt: NOW + 8 * SECOND }]);
    expect(ran).toEqual([]);
  });

  test.each(['active', 'aborting'] as const)(
    'hands a message back until a second after the lease, its job being %s; never acknowledges it',
    async (status) => {
      const { w, ran, addAs } = setup();
      const jobId = await addAs({ ...leased, status });
      const before = await w.record(jobId);

      expect(await w.work()).toBe('leave');

      expect(w.messages()).toMatchObject([{ visibleAt: NOW + 21 * SECOND }]);
      expect(ran).toEqual([]);
      expect(await w.record(jobId)).toEqual(before);
    },
  );

  test('does not take a lease that ends this very millisecond', async () => {
    const { w, ran, addAs } = setup();
    await addAs({ ...leased, lease_expires_at: NOW });
    expect(await w.work()).toBe('leave');
    expect(ran).toEqual([]);
  });

  test('ends the abort of a job whose attempt is gone', async () => {
    const { w, ran, addAs } = setup();
    const jobId = await addAs({ ...leaseOver, status: 'aborting' });

    expect(await w.work()).toBe('ack');

    expect(ran).toEqual([]);
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted', completed_at: NOW, ttl: (NOW + 30 * DAY) / 1000 });
    expect(await w.record(jobId)).not.toHaveProperty('owner');
  });

  test('ends the abort once when the reply is lost', async () => {
    const { w, addAs } = setup();
    await addAs({ ...leaseOver, status: 'aborting' });
    expect(await w.work({ faults: on('abort abandoned', 'retried') })).toBe('ack');
  });

  test('buries a job whose last attempt ended without a word', async () => {
    const { w, ran, addAs } = setup();
    const jobId = await addAs({ ...leaseOver, attempt: 3 });

    expect(await w.work()).toBe('ack');

    expect(ran).toEqual([]);
    const record = await w.record(jobId);
    expect(record).toMatchObject({
      status: 'failed',
      attempt: 3,
      failed_at: NOW,
      error_message: expect.stringContaining('crashed or ran out of time or memory'),
    });
    expect(record).not.toHaveProperty('owner');
    expect(w.envelopes()).toMatchObject([{ job_id: jobId, dispatch: 2, error: record!.error_message }]);
  });

  test.each(['retried', 'crash after'] as const)(
    'buries it with an envelope although the write is %s',
    async (fault) => {
      const { w, addAs } = setup();
      const jobId = await addAs({ ...leaseOver, attempt: 3 });

      await w.work({ faults: on('fail exhausted', fault) });
      await w.settle();

      expect(await w.record(jobId)).toMatchObject({ status: 'failed' });
      expect(w.envelopes().length).toBeGreaterThan(0);
    },
  );

  test('claims again a few times when the record changes between claim and look, then leaves the message', async () => {
    const memory = memoryJobStore();
    const store: JobStore = {
      ...memory,
      async apply(jobId, transition, values) {
        if (transition.name === 'claim') return { ok: false, record: memory.records.get(jobId) }; // as if it could be claimed
        return memory.apply(jobId, transition, values);
      },
    };
    const { w, ran, add } = setup(undefined, { records: { store, remove: async () => undefined } });
    await add();
    const calls: string[] = [];

    expect(await w.work({ faults: ({ name }) => void calls.push(name) })).toBe('leave');

    expect(calls).toEqual(['claim', 'claim', 'claim']);
    expect(ran).toEqual([]);
    expect(w.messages()).toHaveLength(1);
  });

  test.each([
    ['status', { status: 'paused' }],
    ['lease', { ...leased, lease_expires_at: undefined }],
  ])(
    'passes a message on to dead-letters when its record has no %s of ours, and it stays there',
    async (_what, change) => {
      const { w, ran, addAs } = setup();
      const jobId = await addAs(change as Partial<JobRecord>);

      expect(await w.work()).toBe('ack');
      await w.tidy();

      expect(w.envelopes()).toMatchObject([{ job_id: jobId }]);
      expect(ran).toEqual([]);
      const about = { job_id: jobId, task_name: 'work', reason: expect.any(String) };
      expect(w.logs.filter(({ level }) => level === 'error')).toMatchObject([{ fields: about }]);
    },
  );
});

describe('a table that does not answer', () => {
  test.each(['claim', 'claim redriven', 'create', 'abort abandoned', 'fail exhausted'])(
    'is no refusal: %s is left to come back',
    async (name) => {
      for (const fault of ['throttled', 'unanswered'] as const) {
        const { w, addAs, put } = setup();
        const change = {
          claim: {},
          'claim redriven': { status: 'failed' },
          create: {},
          'abort abandoned': { ...leaseOver, status: 'aborting' },
          'fail exhausted': { ...leaseOver, attempt: 3 },
        }[name] as Partial<JobRecord>;
        const jobId = await addAs(change);
        if (name === 'create') w.records.delete(jobId);
        if (name === 'claim redriven') await put({ v: 1, job_id: jobId, run: jobId, dispatch: 2, task_name: 'work' });

        const message = w.messages().at(-1)!;
        expect(await w.work({ message, faults: always(name, fault) })).toBe('leave');

        expect(w.messages()).toContain(message);
        expect(w.logs).toContainEqual(expect.objectContaining({ level: 'error', message: 'delivery failed' }));
        await w.settle();
        expect((await w.record(jobId))?.status).toMatch(/complete|aborted|failed/);
      }
    },
  );
});

describe('a redriven envelope', () => {
  async function failed() {
    let fails = true;
    const all = setup(() => {
      if (fails) throw new NonRetryableError('no such file');
      return 'mended';
    });
    const jobId = await all.add({ maxAttempts: 2 });
    await all.w.work();
    expect(await all.w.record(jobId)).toMatchObject({ status: 'failed', dispatch: 1, attempt: 1 });
    const mend = () => {
      fails = false;
    };
    return { ...all, jobId, mend };
  }

  test('begins the job anew, with as many attempts as at first', async () => {
    const { w, ran, jobId, mend } = await failed();
    mend();
    w.redrive();

    expect(await w.work()).toBe('ack');

    expect(ran.map(({ attempt }) => attempt)).toEqual([1, 2]);
    const record = await w.record(jobId);
    expect(record).toMatchObject({
      status: 'complete',
      attempt: 2,
      attempt_limit: 3,
      dispatch: 2,
      result: { json: '"mended"' },
    });
    expect(record).not.toHaveProperty('failed_at');
    expect(record).not.toHaveProperty('error_message');
    expect(w.envelopes()).toEqual([]);
  });

  test('that fails again is buried under the next dispatch', async () => {
    const { w, jobId } = await failed();
    w.redrive();

    await w.settle();

    expect(await w.record(jobId)).toMatchObject({ status: 'failed', dispatch: 2, attempt: 2 });
    expect(w.envelopes()).toMatchObject([{ dispatch: 3 }]);
  });

  test('that is there twice runs the job once', async () => {
    const { w, ran, mend } = await failed();
    mend();
    w.duplicate(w.queues.deadLetters[0]!);
    w.redrive();

    await w.settle();

    expect(ran).toHaveLength(2);
  });

  test('of a job that a person has retried meanwhile does nothing', async () => {
    const { w, ran, jobId, mend } = await failed();
    mend();
    await retryJob(w.engine, jobId);
    w.redrive();

    await w.settle();

    expect(ran).toHaveLength(2);
    expect(await w.record(jobId)).toMatchObject({ status: 'complete', dispatch: 2 });
  });

  test.each(['retried', 'crash after'] as const)('whose claim is %s runs the job to its end', async (fault) => {
    const { w, jobId, mend } = await failed();
    mend();
    w.redrive();

    await w.work({ faults: on('claim redriven', fault) });
    await w.settle();

    expect(await w.record(jobId)).toMatchObject({
      status: 'complete',
      dispatch: 2,
      attempt: fault === 'retried' ? 2 : 3,
    });
  });

  test('of an aborted job does nothing', async () => {
    const { w, ran, jobId } = await failed();
    await retryJob(w.engine, jobId);
    await abort(w.engine, jobId);
    w.redrive();
    await w.settle();
    expect(ran).toHaveLength(1);
    expect(await w.record(jobId)).toMatchObject({ status: 'aborted' });
  });
});

describe('a message on another queue than its task’s', () => {
  test('is sent to the task’s queue, and its job runs there', async () => {
    const { w, ran, put } = setup();
    await put({
      v: 1,
      job_id: 'job-1',
      run: 'job-1',
      dispatch: 1,
      task_name: 'slow',
      create: { queue: 'default', input: { json: '1' }, max_attempts: 3, created_at: NOW, scheduled_at: 0 },
    });

    expect(await w.work()).toBe('ack');

    expect([w.messages().length, w.records.size, ran.length]).toEqual([0, 0, 0]);
    expect(await w.work({ queue: 'slow' })).toBe('ack');
    expect(ran).toMatchObject([{ jobId: 'job-1' }]);
  });

  test('that comes from another AWS service carries its derived id on, so that its copies stay one job', async () => {
    const { w, ran, put } = setup();
    const message = await put({ task_name: 'slow', input: 1 });
    w.duplicate(message);

    await w.settle();

    expect(ran).toHaveLength(1);
    expect(w.records.size).toBe(1);
  });

  test('is left when it cannot be sent on', async () => {
    const { w, put } = setup();
    await put({ task_name: 'slow', input: 1 });
    expect(await w.work({ faults: always('send', 'throttled') })).toBe('leave');
  });
});

describe('an invocation with too little time left', () => {
  test('hands its message back at once, and no attempt is used up', async () => {
    const { w, ran, add } = setup();
    const jobId = await add();

    expect(await w.work({ seconds: 1.9 })).toBe('leave');

    expect(w.messages()).toMatchObject([{ visibleAt: NOW + SECOND }]);
    expect(await w.record(jobId)).toMatchObject({ status: 'queued', attempt: 0 });
    expect(ran).toEqual([]);
    expect(await w.work({ message: w.messages()[0]!, seconds: 2 })).toBe('ack');
  });
});

describe('handing back', () => {
  test('at the last receive before SQS would move the message away, a fresh copy takes its place', async () => {
    const { w, addAs } = setup(undefined, { maxReceiveCount: 3 });
    const jobId = await addAs(leased);
    const message = w.messages()[0]!;
    message.receiveCount = 2;

    expect(await w.work()).toBe('ack');

    expect(w.messages()).toMatchObject([{ receiveCount: 0, visibleAt: NOW + 21 * SECOND, sentAt: NOW }]);
    expect(w.messages()[0]).not.toBe(message);
    expect(bodyOf(w.messages()[0]!)).toMatchObject({ job_id: jobId, dispatch: 1, create: expect.anything() });
  });

  test('keeps a healthy job alive however often it is handed back', async () => {
    const { w, ran, add } = setup(undefined, { maxReceiveCount: 3 });
    const jobId = await add({ delaySeconds: 100 });
    for (let i = 0; i < 20; i++) {
      await w.work({ message: w.messages()[0]! });
    }
    expect(w.messages('undeliverable')).toEqual([]);

    await w.settle();

    expect(ran).toMatchObject([{ jobId, attempt: 1 }]);
    expect(w.envelopes()).toEqual([]);
  });

  test('the fresh copy of a wait beyond 15 minutes comes back and is handed back again', async () => {
    const { w, ran, addAs } = setup(undefined, { maxReceiveCount: 1 });
    await addAs({ scheduled_at: NOW + HOUR });

    expect(await w.work()).toBe('ack');

    expect(w.messages()).toMatchObject([{ visibleAt: NOW + 900 * SECOND }]);
    await w.settle();
    expect(ran).toHaveLength(1);
  });

  test('a copy that cannot be sent is no reason to acknowledge', async () => {
    const { w, addAs } = setup(undefined, { maxReceiveCount: 1 });
    await addAs(leased);
    expect(await w.work({ faults: always('send', 'throttled') })).toBe('leave');
    expect(w.messages()).toHaveLength(1);
  });

  test('that SQS refuses leaves the message to its visibility timeout', async () => {
    const { w, addAs } = setup();
    await addAs(leased);

    expect(await w.work({ faults: always('hand back', 'throttled') })).toBe('leave');

    expect(w.messages()).toMatchObject([{ visibleAt: NOW + 65 * SECOND }]);
  });

  test('hides a message no longer than SQS can: 12 hours since it was received', async () => {
    const { w, addAs } = setup();
    await addAs({ scheduled_at: NOW + 100 * HOUR });

    expect(await w.work({ seconds: 900 })).toBe('leave');

    const { visibleAt } = w.messages()[0]!;
    expect(visibleAt + 900 * SECOND).toBeLessThanOrEqual(NOW + 12 * HOUR);
    expect(visibleAt).toBeGreaterThan(NOW + 11 * HOUR);
  });

  test('lasts at least a second', async () => {
    const { w, addAs } = setup();
    await addAs({ scheduled_at: NOW + 1 });
    await w.work();
    expect(w.messages()).toMatchObject([{ visibleAt: NOW + SECOND }]);
  });
});

describe('a message that is not ours', () => {
  test.each(['not JSON', '{"v":2}', '{"task_name":"work","inptu":1}', '{"Records":[]}'])(
    'goes to dead-letters as it came: %s',
    async (body) => {
      const { w, ran, put } = setup();
      await put(body);

      expect(await w.work()).toBe('ack');
      await w.tidy();

      expect(w.queues.deadLetters).toMatchObject([{ body, reason: expect.stringMatching(/\w/) }]);
      expect([ran.length, w.records.size]).toEqual([0, 0]);
      expect(w.logs.filter(({ level }) => level === 'error')).toHaveLength(1);
    },
  );

  test('is left when dead-letters does not take it', async () => {
    const { w, put } = setup();
    await put('not JSON');
    expect(await w.work({ faults: always('bury', 'throttled') })).toBe('leave');
    expect(w.messages()).toHaveLength(1);
  });
});

describe('a message from another AWS service', () => {
  test('becomes a job, once, however often it is delivered', async () => {
    const { w, ran, put } = setup();
    const message = await put({ task_name: 'work', input: { a: 1 }, user_id: 'ada' });
    const copy = w.duplicate(message);

    expect(await w.work()).toBe('ack');
    expect(await w.work({ message: copy })).toBe('ack');

    expect(ran).toMatchObject([{ input: { a: 1 } }]);
    expect([...w.records.values()]).toMatchObject([{ status: 'complete', user_id: 'ada', created_at: NOW }]);
  });

  test('with a large input has it stored apart', async () => {
    const { w, ran, put } = setup();
    await put({ task_name: 'work', input: 'x'.repeat(1_000) });

    await w.work();

    expect(ran).toMatchObject([{ input: 'x'.repeat(1_000) }]);
    expect([...w.records.values()]).toMatchObject([{ input: { at: expect.stringContaining('#input#') } }]);
  });

  test('for a task that does not exist fails with a clear error, and can be redriven once it does', async () => {
    const { w, put } = setup();
    await put({ task_name: 'wrok', input: 1 });

    expect(await w.work()).toBe('ack');

    expect([...w.records.values()]).toMatchObject([
      {
        status: 'failed',
        attempt: 1,
        error_message: "Unknown task 'wrok'. This version has: work, slow. Deploy it again, then redrive the job.",
      },
    ]);
    expect(w.envelopes()).toHaveLength(1);
  });
});

describe('what does not fit', () => {
  const strict = (run: () => unknown) =>
    taskOf(run, { input: z.object({ n: z.number() }), output: z.object({ text: z.string() }) });

  test('an input that the schema of today refuses fails without a retry, and the task does not run', async () => {
    let ran = 0;
    const w = world({ tasks: [strict(() => ran++)] });
    const job = { queue: 'default', input: { json: '{"n":"1"}' }, max_attempts: 3, created_at: NOW, scheduled_at: 0 };
    w.records.set('job-1', newRecord('job-1', 'job-1', 'work', job));
    await w.engine.queues.send(
      'default',
      JSON.stringify({ v: 1, job_id: 'job-1', run: 'job-1', dispatch: 1, task_name: 'work' }),
      0,
    );

    expect(await w.work()).toBe('ack');

    expect(ran).toBe(0);
    expect(await w.record('job-1')).toMatchObject({
      status: 'failed',
      attempt: 1,
      error_message: expect.stringMatching(/^The input does not fit the task's schema: n: /),
    });
  });

  test('an output that does not fit fails without a retry', async () => {
    const w = world({ tasks: [strict(() => ({ text: 1 }))] });
    const { jobId } = await enqueue(w.engine, 'work', { n: 1 });
    await w.settle();
    const record = await w.record(jobId);
    expect(record).toMatchObject({
      status: 'failed',
      attempt: 1,
      error_message: expect.stringMatching(/^The output does not fit the task's schema: text: /),
    });
    expect(record).not.toHaveProperty('result');
  });

  test.each([
    ['over 256 KB', 'x'.repeat(256 * 1024), 'The result is 262146 bytes'],
    ['without JSON', undefined, 'The result cannot be written as JSON: it is undefined'],
    ['with a bigint in it', { n: 1n }, 'The result cannot be written as JSON'],
  ])('a result %s fails without a retry', async (_what, result, message) => {
    const { w, add } = setup(() => result);
    const jobId = await add();
    await w.settle();
    expect(await w.record(jobId)).toMatchObject({
      status: 'failed',
      attempt: 1,
      error_message: expect.stringContaining(message),
    });
  });

  test('a large result is stored apart, before the record says complete', async () => {
    const { w, add } = setup(() => 'x'.repeat(1_000));
    const jobId = await add();
    const calls: string[] = [];

    await w.work({ faults: ({ name }) => void calls.push(name) });

    expect(calls).toEqual(['claim', 'payload put', 'complete', 'ack']);
    const { owner, result } = (await w.record(jobId))!;
    expect(result).toEqual({ at: `${jobId}#result#${owner}` });
    expect(w.payloads.stored.get(`${jobId}#result#${owner}`)?.json).toBe(JSON.stringify('x'.repeat(1_000)));
  });

  test('a large input whose item is gone fails without a retry', async () => {
    const { w, add } = setup();
    const jobId = await add({}, 'x'.repeat(1_000));
    w.payloads.stored.clear();
    await w.settle();
    expect(await w.record(jobId)).toMatchObject({
      status: 'failed',
      attempt: 1,
      error_message: 'The input of this job is no longer stored.',
    });
  });
});

test('the lease is judged by each machine’s own clock: up to 5 s of skew two attempts never overlap', async () => {
  const { w, ran, add } = setup();
  await add();
  const message = w.messages()[0]!;
  await w.work({ seconds: 60, faults: on('complete', 'crash before') });
  w.duplicate(message);

  await w.clock.advance(59_999); // the first attempt may run until 60 s
  expect(await w.work({ message: w.messages().at(-1)!, skewMs: 5_000 })).toBe('leave');
  expect(ran).toHaveLength(1);
  await w.clock.advance(2);
  expect(await w.work({ message: w.messages().at(-1)!, skewMs: 5_000 })).toBe('ack');
  expect(ran).toHaveLength(2);
});
