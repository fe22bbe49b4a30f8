import { expect, test } from 'vitest';
import { abort } from '../../lambdas/core/abort.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { CancelError } from '../../lambdas/core/errors.ts';
import type { Meter } from '../../lambdas/core/ports.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { on } from '../world/invocation.ts';
import { taskOf } from '../world/task-of.ts';
import { world } from '../world/world.ts';

/** A world whose functions count. */
function setup(run: () => unknown = () => 'done', maxAttempts = 2) {
  const counted: unknown[][] = [];
  const meter: Meter = {
    started: (...given) => void counted.push(['started', ...given]),
    ended: (...given) => void counted.push(['ended', ...given]),
  };
  const backoff = { initialSeconds: 0, maxSeconds: 0 };
  const w = world({ tasks: [taskOf(run, { maxAttempts, backoff })], meter });
  const add = async (options = {}) => (await enqueue(w.engine, 'work', 1, options)).jobId;
  const change = async (jobId: string, fields: Partial<JobRecord>) =>
    w.records.set(jobId, { ...(await w.record(jobId))!, ...fields });
  return { w, counted, add, change };
}

test('a job that succeeds: begun after its wait, ended after its time, at its first attempt', async () => {
  const { w, counted, add } = setup(async () => {
    await w.clock.advance(700);
    return 'done';
  });
  await add();
  await w.clock.advance(4_000);

  await w.work();

  expect(counted).toEqual([
    ['started', 'work', 4_000],
    ['ended', 'work', 'succeeded', { durationMs: 700, attempts: 1 }],
  ]);
});

test('a scheduled job waits from when it is due', async () => {
  const { w, counted, add } = setup();
  await add({ delaySeconds: 60 });
  await w.clock.advance(61_500);

  await w.work();

  expect(counted[0]).toEqual(['started', 'work', 1_500]);
});

test('an attempt that leaves another is retried, the last one failed; attempts are told once the job has ended', async () => {
  const { w, counted, add } = setup(() => {
    throw new Error('no');
  });
  await add();

  await w.work();
  await w.work();

  expect(counted).toEqual([
    ['started', 'work', 0],
    ['ended', 'work', 'retried', { durationMs: 0, attempts: undefined }],
    ['started', 'work', 0],
    ['ended', 'work', 'failed', { durationMs: 0, attempts: 2 }],
  ]);
});

test('a job that cancels itself is aborted', async () => {
  const { w, counted, add } = setup(() => {
    throw new CancelError('enough');
  });
  await add();

  await w.work();

  expect(counted.at(-1)).toEqual(['ended', 'work', 'aborted', { durationMs: 0, attempts: undefined }]);
});

test('an attempt whose worker dies was begun, and is counted as ended by nobody', async () => {
  const { w, counted, add } = setup();
  await add();

  await w.work({ faults: on('complete', 'crash before') });

  expect(counted).toEqual([['started', 'work', 0]]);
});

test('a job whose last worker died is failed, once', async () => {
  const { w, counted, add, change } = setup();
  const jobId = await add();
  await change(jobId, { status: 'active', attempt: 2, owner: 'gone', lease_expires_at: w.clock.now() - 1 });

  await w.work({ faults: on('bury', 'crash before') });
  await w.clock.advance(70_000);
  await w.work();

  expect((await w.record(jobId))?.status).toBe('failed');
  expect(counted).toEqual([['ended', 'work', 'failed', { durationMs: undefined, attempts: 2 }]]);
});

test.each(['fail exhausted', 'abort abandoned'])('%s whose reply was lost is counted', async (name) => {
  const { w, counted, add, change } = setup();
  const jobId = await add();
  const status = name === 'fail exhausted' ? 'active' : 'aborting';
  await change(jobId, { status, attempt: 2, owner: 'gone', lease_expires_at: w.clock.now() - 1 });

  await w.work({ faults: on(name, 'retried') });

  expect(counted).toEqual([['ended', 'work', status === 'active' ? 'failed' : 'aborted', expect.anything()]]);
});

test('that no worker could claim a job is counted when its reply was lost', async () => {
  const { w, counted, add } = setup();
  await add();
  w.giveUp();

  await w.bury({ faults: on('fail undeliverable', 'retried') });

  expect(counted).toEqual([['ended', 'work', 'failed', { durationMs: undefined, attempts: 0 }]]);
});

test('a job whose last worker died is failed once, and said to be, though two find it so', async () => {
  const { w, counted, add, change } = setup();
  const jobId = await add();
  await change(jobId, { status: 'active', attempt: 2, owner: 'gone', lease_expires_at: w.clock.now() - 1 });
  w.duplicate(w.messages()[0]!);
  let first: (() => void) | undefined;
  const slow = w.work({
    faults: async ({ name }) => {
      if (name === 'fail exhausted')
        await new Promise<void>((go) => {
          first = go;
        });
      return undefined;
    },
  });
  await w.clock.advance(1);
  await w.work();
  first?.();
  expect(await slow).toBe('ack');

  expect(counted).toHaveLength(1);
  expect(w.logs.filter(({ message }) => message === 'job failed')).toHaveLength(1);
});

test('a job that no worker could claim is failed without an attempt', async () => {
  const { w, counted, add } = setup();
  await add();
  w.giveUp();

  await w.bury();

  expect(counted).toEqual([['ended', 'work', 'failed', { durationMs: undefined, attempts: 0 }]]);
});

test('the abort of a job whose worker died is counted when it is found', async () => {
  const { w, counted, add, change } = setup();
  const jobId = await add();
  await change(jobId, { status: 'active', attempt: 1, owner: 'gone', lease_expires_at: w.clock.now() - 1 });
  await abort(w.engine, jobId);

  await w.work();

  expect(counted).toEqual([['ended', 'work', 'aborted', { durationMs: undefined, attempts: undefined }]]);
});

test('of a job that was run again by hand the wait is not known', async () => {
  const { w, counted, add, change } = setup();
  const jobId = await add();
  await change(jobId, { status: 'failed', failed_at: w.clock.now(), completed_at: w.clock.now() });
  await w.clock.advance(60_000);
  await retryJob(w.engine, jobId);

  await w.work(); // the first message is stale
  await w.work();

  expect(counted[0]).toEqual(['started', 'work', undefined]);
});

test('an envelope that was redriven on AWS: nobody knows since when', async () => {
  for (const faults of [on('claim redriven', 'retried'), undefined]) {
    const { w, counted, add } = setup();
    await add({ delaySeconds: 60 });
    await w.clock.advance(60_000);
    w.giveUp();
    await w.bury();
    await w.clock.advance(3 * 86_400_000);
    w.redrive();

    await w.work({ ...(faults && { faults }) });

    expect(counted.slice(1)).toEqual([
      ['started', 'work', undefined],
      ['ended', 'work', 'succeeded', { durationMs: 0, attempts: 1 }],
    ]);
  }
});

test('nor after the first worker of such an envelope has died', async () => {
  const { w, counted, add } = setup();
  await add({ delaySeconds: 60 });
  await w.clock.advance(60_000);
  w.giveUp();
  await w.bury();
  await w.clock.advance(3 * 86_400_000);
  w.redrive();
  await w.work({ faults: on('complete', 'crash before') });
  await w.clock.advance(70_000);

  await w.work();

  expect(counted.slice(2)).toEqual([
    ['started', 'work', undefined],
    ['ended', 'work', 'succeeded', { durationMs: 0, attempts: 2 }],
  ]);
});
