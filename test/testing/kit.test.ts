import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { NonRetryableError } from '../../lambdas/core/errors.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { type Duration, testJobs } from '../../testing/index.ts';
import { gate, taskOf } from '../world/task-of.ts';
import { child, flaky, parent, shop, signIn } from './sample-tasks.ts';

const DAY_MS = 86_400_000;

describe('a job', () => {
  test('runs when the kit is drained, and not before', async () => {
    const { tasks, charges } = shop();
    const kit = testJobs({ tasks });
    const { jobId } = await kit.enqueue('careful', { cents: 5 }, { userId: 'ada' });

    expect(kit.job(jobId)).toMatchObject({ status: 'queued', attempt: 0, user_id: 'ada' });
    await kit.drain();

    expect(kit.job(jobId)).toMatchObject({
      task_name: 'careful',
      status: 'complete',
      attempt: 1,
      input: { cents: 5 },
      result: { charged: 5 },
      error_message: null,
    });
    expect(charges).toEqual([{ key: jobId, cents: 5 }]);
  });

  test('is shown whole, however large its input and result are', async () => {
    const echo = taskOf((_ctx, input) => input);
    const kit = testJobs({ tasks: [echo] });
    const { jobId } = await kit.enqueue('work', 'x'.repeat(10_000));
    await kit.drain();
    expect(kit.job(jobId)).toMatchObject({ input: 'x'.repeat(10_000), result: 'x'.repeat(10_000) });
  });

  test('with an input that does not fit is refused as the API refuses it', async () => {
    const kit = testJobs({ tasks: shop().tasks });
    await expect(kit.enqueue('careful', { cents: 0.5 })).rejects.toMatchObject({
      code: 'invalid_input',
      fields: [{ path: '$.cents' }],
    });
    expect(kit.jobs()).toEqual([]);
  });

  test('is tried again after its backoff, which the drain passes', async () => {
    const kit = testJobs({ tasks: [flaky] });
    const { jobId } = await kit.enqueue('flaky', { failures: 2 });
    await kit.drain();
    expect(kit.job(jobId)).toMatchObject({
      status: 'complete',
      result: { attempt: 3 },
      attempts: [
        { attempt: 1, error: 'failure 1' },
        { attempt: 2, error: 'failure 2' },
      ],
    });
    expect(kit.deadLetters()).toEqual([]);
  });

  test('that fails is on dead-letters with its error, and can be retried', async () => {
    let failures = 3;
    const task = taskOf(() => {
      if (failures-- > 0) throw new Error('not yet');
      return 'done';
    });
    const kit = testJobs({ tasks: [task] });
    const { jobId } = await kit.enqueue('work', 1);
    await kit.drain();
    expect(kit.job(jobId)).toMatchObject({ status: 'failed', error_message: 'not yet', attempt: 3 });
    expect(kit.deadLetters()).toMatchObject([{ job_id: jobId, task_name: 'work', error: 'not yet' }]);

    await kit.retry(jobId);
    await kit.drain();
    expect(kit.job(jobId)).toMatchObject({ status: 'complete', result: 'done', attempt: 4 });
    await kit.advance('1m');
    expect(kit.deadLetters()).toEqual([]);
  });

  test('that failed is among the dead letters once, and no longer once it is run again', async () => {
    let isFixed = false;
    const task = taskOf(() => {
      if (!isFixed) throw new NonRetryableError('broken');
    });
    const kit = testJobs({ tasks: [task], faults: { loseReply: 'bury', doubles: true } });
    const { jobId } = await kit.enqueue('work', 1);
    await kit.drain();
    expect(kit.deadLetters()).toMatchObject([{ job_id: jobId, error: 'broken' }]);

    isFixed = true;
    await kit.retry(jobId);
    expect(kit.deadLetters()).toEqual([]);
  });

  test('that failed is redriven by its id, by its task, or with all others', async () => {
    let isMended = false;
    const breaks = (name: string) =>
      taskOf(
        () => {
          if (!isMended) throw new NonRetryableError('broken');
          return 'done';
        },
        { name },
      );
    const kit = testJobs({ tasks: [breaks('one'), breaks('other')] });
    const ids: string[] = [];
    for (const name of ['one', 'one', 'one', 'other', 'other']) ids.push((await kit.enqueue(name, 1)).jobId);
    await kit.drain();
    expect(kit.deadLetters()).toHaveLength(5);
    isMended = true;

    expect(await kit.redrive({ jobIds: [ids[1]!] })).toEqual([ids[1]]);
    expect((await kit.redrive({ taskName: 'one' })).toSorted()).toEqual([ids[0], ids[2]]);
    expect((await kit.redrive()).toSorted()).toEqual([ids[3], ids[4]]);
    expect(await kit.redrive()).toEqual([]);
    await kit.drain();
    await kit.advance('1m');

    expect(kit.jobs().map(({ status }) => status)).toEqual(Array(5).fill('complete'));
    expect(kit.deadLetters()).toEqual([]);
    await expect(kit.redrive({ jobIds: [ids[0]!] })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('of more than one call redrives is redriven, too', async () => {
    const kit = testJobs({ tasks: [flaky] });
    for (let i = 0; i < 501; i++) await kit.enqueue('flaky', { failures: -1 });
    await kit.drain();
    expect(new Set(await kit.redrive()).size).toBe(501);
  });

  test('that is not there is an error', () => {
    expect(() => testJobs({ tasks: [] }).job('nobody')).toThrow('There is no job nobody');
  });

  test('is forgotten after its retention', async () => {
    const kit = testJobs({ tasks: [flaky] });
    const { jobId } = await kit.enqueue('flaky', { failures: 0 });
    await kit.drain();
    await kit.advance('31d');
    expect(() => kit.job(jobId)).toThrow('There is no job');
    expect(kit.jobs()).toEqual([]);
  });
});

describe('time', () => {
  test('stands until it is moved, and what comes due meanwhile runs at its own time', async () => {
    const ran: number[] = [];
    const task = taskOf((): unknown => ran.push(kit.now()));
    const kit = testJobs({ tasks: [task], now: new Date('2026-11-24T12:00:00Z') });
    const start = kit.now();
    await kit.enqueue('work', 1, { delaySeconds: 600 });
    await kit.enqueue('work', 2, { delaySeconds: 90_000 });

    await kit.advance('599s');
    expect(ran).toEqual([]);
    await kit.advance('2d');

    expect(ran).toEqual([start + 600_000, start + 90_000_000]);
    expect(new Date(kit.now()).toISOString()).toBe('2026-11-26T12:09:59.000Z');
  });

  test.each<[Duration, number]>([
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
    ['250ms', 250],
    [7, 7],
  ])('%s', async (duration, ms) => {
    const kit = testJobs({ tasks: [] });
    const start = kit.now();
    await kit.advance(duration);
    expect(kit.now() - start).toBe(ms);
  });

  test('that is none is no time to begin at', () => {
    expect(() => testJobs({ tasks: [], now: new Date('soon') })).toThrow('no valid date');
  });

  test('does not go back', async () => {
    await expect(testJobs({ tasks: [] }).advance('-1s')).rejects.toThrow('Time does not go back');
  });

  test('that is none is refused', async () => {
    await expect(testJobs({ tasks: [] }).advance('soon' as Duration)).rejects.toThrow("Not a time span: 'soon'");
  });

  test('a drain has a bound, and its error names what is left', async () => {
    const kit = testJobs({ tasks: [flaky] });
    const { jobId } = await kit.enqueue('flaky', { failures: 0 }, { delaySeconds: 40 * 86_400 });

    await expect(kit.drain()).rejects.toThrow(`flaky ${jobId} queued, due at 2026-02-10T00:00:00.000Z`);
    await kit.drain({ within: '60d' });

    expect(kit.job(jobId).status).toBe('complete');
  });

  test('a job that enqueues itself without end meets the bound', async () => {
    const task = taskOf(async (ctx): Promise<unknown> => kit.enqueue('work', ctx.attempt, { delaySeconds: 3_600 }));
    const kit = testJobs({ tasks: [task] });
    await kit.enqueue('work', 1);
    await expect(kit.drain({ within: '2d' })).rejects.toThrow('Does a job enqueue itself for ever?');
  });

  test('two drains at once are an error', async () => {
    const kit = testJobs({ tasks: [flaky] });
    const draining = kit.drain();
    await expect(kit.advance('1s')).rejects.toThrow('still under way');
    await draining;
  });
});

describe('schedules', () => {
  const ticking = (cron: string, timeZone?: string) =>
    defineTask({
      name: 'report',
      input: z.strictObject({ kind: z.string() }),
      output: z.null(),
      schedules: [{ cron, input: { kind: 'daily' }, ...(timeZone === undefined ? {} : { timeZone }) }],
      run: () => null,
    });

  test('fire while time passes, one job at each tick', async () => {
    const kit = testJobs({
      tasks: [ticking('0 9 * * MON-FRI', 'Europe/Berlin')],
      now: new Date('2026-03-27T00:00:00Z'),
    });
    await kit.advance('4d');
    expect(kit.jobs().map((job) => [job.started_at, job.input, job.status])).toEqual([
      ['2026-03-27T08:00:00.000Z', { kind: 'daily' }, 'complete'],
      ['2026-03-30T07:00:00.000Z', { kind: 'daily' }, 'complete'], // summer time has begun
    ]);
  });

  test('of every minute fire every minute, and a drain does not wait for them', async () => {
    const kit = testJobs({ tasks: [ticking('* * * * *')] });
    await kit.advance('3h');
    expect(kit.jobs()).toHaveLength(180);
    const now = kit.now();
    await kit.drain();
    expect(kit.now()).toBe(now);
  });

  test('of a leap day are found', async () => {
    const kit = testJobs({ tasks: [ticking('0 0 29 2 *')] });
    await kit.advance('800d');
    expect(kit.logs.filter(({ message }) => message === 'scheduled')).toMatchObject([
      { fields: { tick: '2028-02-29T00:00:00.000Z' } },
    ]);
  });

  test('that cannot be read are an error at once', () => {
    expect(() => testJobs({ tasks: [ticking('every day')] })).toThrow("schedule 'every day'");
  });
});

describe('a running job', () => {
  const patient = () => {
    const reasons: unknown[] = [];
    const task = taskOf(
      (ctx) =>
        new Promise((_resolve, reject) => {
          ctx.signal.addEventListener('abort', () => {
            reasons.push(ctx.signal.reason);
            reject(ctx.signal.reason);
          });
        }),
      { maxAttempts: 1, timeoutSeconds: 20 },
    );
    return { reasons, kit: testJobs({ tasks: [task] }) };
  };

  test('is told of an abort by its next heartbeat', async () => {
    const { kit, reasons } = patient();
    const { jobId } = await kit.enqueue('work', 1);
    await kit.advance(0);
    expect(kit.job(jobId).status).toBe('active');

    await kit.abort(jobId);
    expect(kit.job(jobId).status).toBe('aborting');
    await kit.advance('3s');

    expect(kit.job(jobId).status).toBe('aborted');
    expect(reasons).toMatchObject([{ reason: 'abort' }]);
  });

  test('that hangs is timed out without waiting for it', async () => {
    const { kit } = patient();
    const { jobId } = await kit.enqueue('work', 1);
    await kit.drain();
    expect(kit.job(jobId)).toMatchObject({ status: 'failed', error_message: 'timed out after 20 s' });
    expect(kit.now() - Date.UTC(2026, 0, 1)).toBe(20_000);
  });

  test('a waiting one is aborted at once', async () => {
    const { kit } = patient();
    const { jobId } = await kit.enqueue('work', 1);
    await kit.abort(jobId);
    await kit.drain();
    expect(kit.job(jobId)).toMatchObject({ status: 'aborted', attempt: 0 });
  });

  test('that waits for something real finds that the clock has stood', async () => {
    const task = taskOf(async () => {
      await sleep(60);
      await readFile(import.meta.filename);
      const answer = await fetch('http://127.0.0.1:1/').catch(() => 'refused');
      await sleep(1);
      return answer;
    });
    const kit = testJobs({ tasks: [task] });
    const start = kit.now();
    const { jobId } = await kit.enqueue('work', 1);
    await kit.drain();
    expect(kit.job(jobId)).toMatchObject({ status: 'complete', result: 'refused', attempt: 1 });
    expect(kit.now()).toBe(start);
  });

  test('that has let go a timer for good is not waited for without end', async () => {
    const hold = gate();
    const kit = testJobs({ tasks: [taskOf(() => hold.opened, { maxAttempts: 1 })] });
    const timer = setTimeout(() => undefined, 60_000);
    await kit.enqueue('work', 1);
    await kit.drain();
    clearTimeout(timer);
    expect(kit.jobs({ status: 'failed' })).toHaveLength(1);
  });

  test('that leaves a timer behind does not hold up the next', async () => {
    let limit: NodeJS.Timeout | undefined;
    const leaves = taskOf(() => {
      limit = setTimeout(() => undefined, 60_000); // it did not need it, and did not clear it
      return 'done';
    });
    const hangs = taskOf(() => gate().opened, { name: 'hangs', maxAttempts: 1 });
    const kit = testJobs({ tasks: [leaves, hangs] });
    await kit.enqueue('work', 1);
    await kit.drain();
    const { jobId } = await kit.enqueue('hangs', 1);
    const start = performance.now();
    await kit.drain();
    clearTimeout(limit);
    expect(kit.job(jobId).status).toBe('failed');
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  test('is waited for longer than what the test runner waits for by itself', async () => {
    const kit = testJobs({ tasks: [taskOf(() => sleep(700, 'done'), { maxAttempts: 1 })] });
    const { jobId } = await kit.enqueue('work', 1);
    await kit.drain();
    expect(kit.job(jobId)).toMatchObject({ status: 'complete', result: 'done' });
  });

  test('of one kit neither holds up those of another, nor shortens their time', async () => {
    const ended = async (run: () => unknown) => {
      const kit = testJobs({ tasks: [taskOf(run, { maxAttempts: 1 })] });
      const { jobId } = await kit.enqueue('work', 1);
      await kit.drain();
      return kit.job(jobId).status;
    };
    const hangs = () => ended(() => new Promise(() => {}));
    const start = performance.now();
    expect(await Promise.all([hangs(), hangs(), hangs()])).toEqual(['failed', 'failed', 'failed']);
    expect(performance.now() - start).toBeLessThan(1_500);

    const hung = hangs();
    const works = [150, 200, 250, 300, 350].map(async (ms) => {
      await sleep(ms);
      return ended(() => sleep(1_850, 'done'));
    });
    expect(await Promise.all(works)).toEqual(Array(5).fill('complete'));
    expect(await hung).toBe('failed');
  });

  test('runs under fake timers of the test runner, too', async () => {
    vi.useFakeTimers();
    try {
      const kit = testJobs({ tasks: [flaky] });
      await kit.enqueue('flaky', { failures: 2 });
      await kit.drain();
      expect(kit.jobs({ status: 'complete' })).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('hooks', () => {
  test('run in their order, startup once per worker', async () => {
    const seen: string[] = [];
    const note = (name: string) => () => void seen.push(name);
    const kit = testJobs({
      tasks: [flaky],
      hooks: {
        startup: note('startup'),
        shutdown: note('shutdown'),
        beforeEnqueue: note('beforeEnqueue'),
        beforeProcess: [note('beforeProcess'), note('and another')],
        beforeComplete: note('beforeComplete'),
        onSuccess: note('onSuccess'),
        afterProcess: note('afterProcess'),
      },
    });
    await kit.enqueue('flaky', { failures: 0 });
    await kit.drain();
    await kit.enqueue('flaky', { failures: 0 });
    await kit.drain();
    await kit.close();

    const job = ['beforeProcess', 'and another', 'beforeComplete', 'onSuccess', 'afterProcess'];
    expect(seen).toEqual(['beforeEnqueue', 'startup', ...job, 'beforeEnqueue', ...job, 'shutdown']);
    await expect(kit.drain()).rejects.toThrow('closed');
  });

  test('what startup leaves, the task finds; a worker that was killed begins anew', async () => {
    const seen: unknown[] = [];
    let instances = 0;
    const task = taskOf(({ state }) => seen.push({ ...state }));
    const kit = testJobs({
      tasks: [task],
      hooks: { startup: ({ state }) => void Object.assign(state, { instance: ++instances }) },
      faults: { kill: { attempt: 1, after: 'run' } },
    });
    await kit.enqueue('work', 1);
    await kit.drain();
    expect(seen).toEqual([{ instance: 1 }, { instance: 2 }]);
  });
});

describe('run', () => {
  test('is the handler alone: input with its defaults, the attempt, progress, the result', async () => {
    const task = defineTask({
      name: 'count',
      input: z.strictObject({ to: z.int().default(2) }),
      output: z.object({ counted: z.int(), attempt: z.int(), user: z.string().nullable() }),
      run: async (ctx, { to }) => {
        for (let i = 1; i <= to; i++) await ctx.progress(i / to, `at ${i}`);
        ctx.log.info('counted');
        return { counted: to, attempt: ctx.attempt, user: ctx.userId };
      },
    });
    const kit = testJobs({ tasks: [task] });

    const { result, progress, logs } = await kit.run('count', {}, { attempt: 3, userId: 'ada' });

    expect(result).toEqual({ counted: 2, attempt: 3, user: 'ada' });
    expect(progress).toEqual([
      { fraction: 0.5, note: 'at 1' },
      { fraction: 1, note: 'at 2' },
    ]);
    expect(logs).toMatchObject([{ level: 'info', message: 'counted', fields: { attempt: 3, task_name: 'count' } }]);
    expect(kit.jobs()).toEqual([]);
  });

  test('throws what the task throws', async () => {
    await expect(testJobs({ tasks: [flaky] }).run('flaky', { failures: 1 })).rejects.toThrow('failure 1');
  });

  test('refuses an input and a result that do not fit', async () => {
    const liar = { ...flaky, run: () => ({ attempt: 'one' as unknown as number }) };
    await expect(testJobs({ tasks: [liar] }).run('flaky', { failures: 0 })).rejects.toThrow('The output does not fit');
    await expect(testJobs({ tasks: [flaky] }).run('flaky', { failures: 0.5 })).rejects.toThrow(
      'The input does not fit',
    );
  });

  test('refuses a result that is no JSON as a worker does, so that no retry follows', async () => {
    const running = testJobs({ tasks: [taskOf(() => undefined)] }).run('work', 1);
    await expect(running).rejects.toThrow(NonRetryableError);
    await expect(running).rejects.toThrow('The result cannot be written as JSON: it is undefined.');
  });

  test('shows log lines as a worker writes them: redacted', async () => {
    const { logs } = await testJobs({ tasks: [signIn] }).run('sign_in', { password: 'open sesame' });
    expect(logs).toMatchObject([{ message: 'with [redacted]', fields: { password: '[redacted]' } }]);
  });

  test('rejects progress once its signal has fired', async () => {
    const abort = new AbortController();
    const told: number[] = [];
    const task = taskOf(async ({ progress }) => {
      for (let i = 0; i <= 10; i++) await progress(i / 10);
    });
    const kit = testJobs({ tasks: [task] });
    const running = kit.run('work', 1, {
      signal: abort.signal,
      onProgress: (fraction) => {
        told.push(fraction);
        if (fraction === 0.2) abort.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect(told).toEqual([0, 0.1, 0.2]);
  });
});

describe('expectEnqueued', () => {
  test('finds the job by a part of its input', async () => {
    const kit = testJobs({ tasks: [parent, child] });
    const { jobId } = await kit.enqueue('parent', {}, { userId: 'ada' });
    await kit.drain();

    const job = kit.expectEnqueued('child', { item: { id: 2 } });

    expect(job).toMatchObject({ status: 'complete', user_id: 'ada', input: { item: { id: 2, tags: ['new'] } } });
    expect(kit.expectEnqueued('parent').job_id).toBe(jobId);
    expect(kit.jobs({ task: 'child' })).toHaveLength(2);
  });

  test('sees what a handler alone has enqueued', async () => {
    const kit = testJobs({ tasks: [parent, child] });
    await kit.run('parent');
    kit.expectEnqueued('child', { item: { id: 1, tags: ['new'] } });
  });

  test('finds a job by a field that nobody is shown, and shows it to nobody', async () => {
    const kit = testJobs({ tasks: [signIn] });
    await kit.enqueue('sign_in', { password: 'open sesame' });
    expect(kit.expectEnqueued('sign_in', { password: 'open sesame' }).input).toEqual({ password: '[redacted]' });
    expect(() => kit.expectEnqueued('sign_in', { password: 'guess' })).toThrow('sign_in {"password":"[redacted]"}');
  });

  test('says what was enqueued instead', async () => {
    const kit = testJobs({ tasks: [parent, child] });
    expect(() => kit.expectEnqueued('child')).toThrow("No job of 'child' was enqueued. Nothing was.");
    await kit.run('parent');
    expect(() => kit.expectEnqueued('child', { item: { id: 3 } })).toThrow(
      `No job of 'child' with {"item":{"id":3}} was enqueued. These were:
  child {"item":{"id":1,"tags":["new"]}}, queued
  child {"item":{"id":2,"tags":["new"]}}, queued`,
    );
    expect(() => kit.expectEnqueued('child', { item: { tags: [] } })).toThrow('No job');
  });
});

test('a path of redact that leads nowhere is refused, as a deploy refuses it', () => {
  const slip = { ...signIn, redact: { input: ['pasword'], output: [] } };
  expect(() => testJobs({ tasks: [slip] })).toThrow("'redact.input' holds 'pasword', but its input has no such field");
});

test('a task that names a queue, with a timeout beyond the default, is run', async () => {
  const slow = taskOf((ctx) => ctx.remainingMillis(), { queue: 'slow', timeoutSeconds: 600 });
  const kit = testJobs({ tasks: [slow] });
  const { jobId } = await kit.enqueue('work', 1);
  await kit.drain();
  expect(kit.job(jobId)).toMatchObject({ queue: 'slow', result: 600_000 });

  const short = { slow: { timeoutSeconds: 100 } };
  expect(() => testJobs({ tasks: [slow], queues: short })).toThrow('do not fit in the 100 s of queue');
});

test('a thousand days pass in no time', { timeout: 5_000 }, async () => {
  const kit = testJobs({ tasks: [flaky] });
  const start = kit.now();
  await kit.enqueue('flaky', { failures: 0 }, { delaySeconds: 900 * 86_400 });
  await kit.advance('1000d');
  expect(kit.now() - start).toBe(1_000 * DAY_MS);
});
