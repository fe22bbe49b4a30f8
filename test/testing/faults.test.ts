import { describe, expect, test } from 'vitest';
import { PROTOCOL } from '../../lambdas/core/protocol.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { effect, everyFault, type FaultPlan, type Reply, testJobs } from '../../testing/index.ts';
import { taskOf } from '../world/task-of.ts';
import { child, flaky, parent, shop } from './sample-tasks.ts';

/** One job of a task of the shop, under faults. */
async function charged(name: 'careless' | 'careful', faults: FaultPlan) {
  const { tasks, charges } = shop();
  const kit = testJobs({ tasks, faults });
  const { jobId } = await kit.enqueue(name, { cents: 5 });
  await kit.drain();
  return { kit, charges, job: kit.job(jobId) };
}

describe('a worker that is killed', () => {
  test.each<[string, NonNullable<FaultPlan['kill']>, number]>([
    ['before its task runs has charged nothing', { attempt: 1, before: 'run' }, 1],
    ['before an effect neither', { attempt: 1, before: 'charge' }, 1],
    ['after an effect charges again', { attempt: 1, after: 'charge' }, 2],
    ['after its task ran, too', { attempt: 1, after: 'run' }, 2],
    ['before the write is the same', { attempt: 1, before: 'write' }, 2],
    ['after the write it is done', { attempt: 1, after: 'write' }, 1],
    ['twice charges three times', [1, 2].map((attempt) => ({ attempt, after: 'run' })), 3],
    ['before it acknowledges, too, it is done', { task: 'careless', attempt: 1, before: 'ack' }, 1],
  ])('%s', async (_title, kill, times) => {
    const { kit, charges, job } = await charged('careless', { kill });
    expect([job.status, charges.length]).toEqual(['complete', times]);
    expect(kit.struck).toHaveLength([kill].flat().length);
    expect((await charged('careful', { kill })).charges).toHaveLength(1);
  });

  test('in its last attempt leaves a job that failed', async () => {
    const kill = [1, 2, 3].map((attempt) => ({ attempt, after: 'run' as const }));
    const { kit, job } = await charged('careless', { kill });
    expect(job.error_message).toContain('ended without a word');
    expect(kit.deadLetters()).toHaveLength(1);
    expect(kit.struck).toEqual([1, 2, 3].map((n) => `the worker of attempt ${n} of careless killed before 'complete'`));
  });

  test('has no effect any more, and its job is taken up by the end of its lease', async () => {
    const done: string[] = [];
    const first = effect('first', () => void done.push('first'));
    const second = effect('second', () => void done.push('second'));
    const task = taskOf(async ({ attempt }) => {
      await first();
      done.push(`in between ${attempt}`); // code that is not stopped
      await second();
      return 'done';
    });
    const kit = testJobs({ tasks: [task], faults: { kill: { attempt: 1, after: 'first' } } });
    await kit.enqueue('work', 1);
    await kit.advance('64s');
    expect(done).toEqual(['first']);
    await kit.advance('2s');
    expect(done).toEqual(['first', 'first', 'in between 2', 'second']);
  });

  test('that was never there is an error, for the test shows nothing', async () => {
    await expect(charged('careful', { kill: { attempt: 1, after: 'chrage' } })).rejects.toThrow(
      'The kill {"attempt":1,"after":"chrage"} never struck: that attempt made the calls claim, run, charge, complete, ack.',
    );
    await charged('careful', { kill: { attempt: 2, after: 'chrage' } }); // no second attempt ran
  });
});

describe('faults of one call', () => {
  test('strike while a drain lasts, and not the next', async () => {
    const { tasks, charges } = shop();
    const kit = testJobs({ tasks });
    const enqueued = () => kit.enqueue('careless', { cents: 5 });
    const first = await enqueued();
    await kit.drain({ faults: { kill: { attempt: 1, after: 'charge' } } });
    const second = await enqueued();
    await kit.drain();

    expect([kit.job(first.jobId).attempt, kit.job(second.jobId).attempt]).toEqual([2, 1]);
    expect(charges).toHaveLength(3);
    expect(kit.struck).toEqual(["the worker of attempt 1 of careless killed after 'charge'"]);
  });

  test('come on top of those of the kit', async () => {
    const seen: number[] = [];
    const task = taskOf(({ remainingMillis }): unknown => seen.push(remainingMillis()));
    const kit = testJobs({ tasks: [task], faults: { skew: '3s', doubles: true } });
    const start = kit.now();
    const { jobId } = await kit.enqueue('work', 1);
    await kit.drain({ faults: { skew: '1s', loseReply: 'complete' } });

    expect(Date.parse(kit.job(jobId).started_at!) - start).toBe(4_000);
    expect(kit.logs.some(({ message }) => message === 'stale message dropped')).toBe(true);
    expect(kit.struck).toEqual(["the worker of attempt 1 of work did not hear the reply of 'complete'"]);
  });

  test('strike while time passes: a job that is begun then is killed, a later one is not', async () => {
    const { tasks } = shop();
    const kit = testJobs({ tasks });
    const soon = await kit.enqueue('careful', { cents: 5 }, { delaySeconds: 10 });
    const later = await kit.enqueue('careful', { cents: 5 }, { delaySeconds: 600 });
    await kit.advance('1m', { faults: { kill: { attempt: 1, before: 'run' } } });
    await kit.drain();

    expect([kit.job(soon.jobId).attempt, kit.job(later.jobId).attempt]).toEqual([2, 1]);
  });

  test('that never struck are an error of that call, and leave the kit usable', async () => {
    const { tasks } = shop();
    const kit = testJobs({ tasks });
    const { jobId } = await kit.enqueue('careful', { cents: 5 });

    await expect(kit.drain({ faults: { kill: { attempt: 1, after: 'chrage' } } })).rejects.toThrow('never struck');
    await expect(kit.drain({ faults: { loseReply: 'finish' as Reply } })).rejects.toThrow("no reply of 'finish'");
    await kit.drain();

    expect(kit.job(jobId).status).toBe('complete');
  });
});

test('a message that is doubled is run once', async () => {
  const { job, charges, kit } = await charged('careless', { doubles: true });
  expect([job.status, job.attempt, charges.length]).toEqual(['complete', 1, 1]);
  expect(kit.logs.some(({ message }) => message === 'stale message dropped')).toBe(true);
});

test.each<[Reply, number, number]>([
  ['claim', 2, 1],
  ['complete', 1, 1],
])('when the reply of %s is lost the job is complete after %i attempts', async (reply, attempt, times) => {
  const { job, charges, kit } = await charged('careless', { loseReply: reply });
  expect([job.status, job.attempt, charges.length]).toEqual(['complete', attempt, times]);
  expect(kit.struck).toHaveLength(1);
});

test('a reply that cannot be lost is an error', () => {
  const faults = { loseReply: 'finish' as Reply };
  expect(() => testJobs({ tasks: [], faults })).toThrow("no reply of 'finish' to lose. There are: claim, ");
});

test('an effect may not be named as a call of the worker', () => {
  expect(() => effect('complete', () => undefined)).toThrow("cannot be named 'complete'");
  expect(() => effect(PROTOCOL.claim.name, () => undefined)).toThrow();
});

test('an effect outside of a worker is the function itself', async () => {
  expect(await effect('double', (n: number) => 2 * n)(21)).toBe(42);
});

test("workers' clocks differ, in turn", async () => {
  const seen: number[] = [];
  const task = taskOf(({ remainingMillis }): unknown => seen.push(remainingMillis()), { maxAttempts: 1 });
  const kit = testJobs({ tasks: [task], faults: { skew: ['3s', '-3s'] } });
  const start = kit.now();
  for (let i = 0; i < 2; i++) await kit.enqueue('work', i);
  await kit.drain();
  expect(kit.jobs().map((job) => Date.parse(job.started_at!) - start)).toEqual([3_000, -3_000]);
});

test('random faults are the same for the same seed, and a careful task outlives them', async () => {
  const run = async (seed: number) => {
    const { tasks, charges } = shop();
    const kit = testJobs({ tasks, faults: { random: { seed, chance: 0.3 } } });
    for (let cents = 1; cents <= 10; cents++) await kit.enqueue('careful', { cents });
    await kit.drain();
    expect(kit.jobs({ status: 'complete' })).toHaveLength(10);
    expect(charges).toHaveLength(10);
    return kit.struck;
  };
  const first = await run(1);
  expect(first.length).toBeGreaterThan(5);
  expect(await run(1)).toEqual(first);
  expect(await run(2)).not.toEqual(first);
});

describe('every fault', () => {
  const chargesOnce = (name: 'careless' | 'careful') => async (jobsOf: typeof testJobs) => {
    const { tasks, charges } = shop();
    const kit = jobsOf({ tasks });
    const { jobId } = await kit.enqueue(name, { cents: 5 });
    await kit.drain();
    expect(kit.job(jobId).status).toBe('complete');
    expect(charges).toHaveLength(1);
  };

  test('catches a task that is not idempotent, and says what breaks it', async () => {
    const failure = await everyFault(chargesOnce('careless')).catch((error: Error) => error);

    expect(failure).toBeInstanceOf(Error);
    const { message, cause } = failure as Error;
    expect(message).toContain('The test passes without faults, and fails under ');
    expect(message).toContain("the worker of attempt 1 of careless killed after 'charge'");
    expect(message).toContain("the worker of attempt 1 of careless did not hear the reply of 'charge'");
    expect(message).toContain("the worker of attempt 1 of careless killed before 'complete'");
    expect(message).not.toContain("killed before 'charge'");
    expect(cause).toBeInstanceOf(Error);
  });

  test('passes one that is', async () => {
    const passed = await everyFault(chargesOnce('careful'), { random: 10 });
    expect(passed).toEqual([
      "the worker of careful killed before 'claim'",
      "the worker of careful killed after 'claim'",
      "the worker of careful did not hear the reply of 'claim'",
      "the worker of attempt 1 of careful killed before 'run'",
      "the worker of attempt 1 of careful killed before 'charge'",
      "the worker of attempt 1 of careful killed after 'charge'",
      "the worker of attempt 1 of careful did not hear the reply of 'charge'",
      "the worker of attempt 1 of careful killed before 'complete'",
      "the worker of attempt 1 of careful killed after 'complete'",
      "the worker of attempt 1 of careful did not hear the reply of 'complete'",
      "the worker of attempt 1 of careful killed before 'ack'",
      'every message delivered twice',
      "the workers' clocks 4 s ahead",
      "the workers' clocks 4 s behind",
      ...Array.from({ length: 10 }, (_, i) => `random faults, seed ${i + 1}`),
    ]);
  });

  test('catches a parent that enqueues its children without a key, and passes one that gives it', async () => {
    const keyless = defineTask({
      ...{ name: 'parent', input: parent.input, output: parent.output },
      run: async (ctx) => {
        for (const id of [1, 2]) await ctx.enqueue(child, { item: { id } });
        return null;
      },
    });
    const twoChildren = (task: typeof parent | typeof keyless) =>
      everyFault(async (jobsOf) => {
        const kit = jobsOf({ tasks: [task, child] });
        await kit.enqueue('parent');
        await kit.drain();
        expect(kit.jobs({ task: 'child', status: 'complete' })).toHaveLength(2);
      });

    await expect(twoChildren(keyless)).rejects.toThrow("killed after 'send'");
    expect((await twoChildren(parent)).length).toBeGreaterThan(30);
  });

  test('catches a task that believes its process lives on', async () => {
    await expect(
      everyFault(async (jobsOf) => {
        const charges: string[] = [];
        const charge = effect('charge', (id: string) => void charges.push(id));
        const forgetful = taskOf(async ({ jobId, state }) => {
          const seen = state as { charged?: Set<string> };
          seen.charged ??= new Set();
          if (!seen.charged.has(jobId)) await charge(jobId);
          seen.charged.add(jobId);
          return 'done';
        });
        const kit = jobsOf({ tasks: [forgetful] });
        await kit.enqueue('work', 1);
        await kit.drain();
        expect(charges).toHaveLength(1);
      }),
    ).rejects.toThrow("killed before 'complete'");
  });

  test('a test that fails without faults fails as it is', async () => {
    await expect(everyFault(() => Promise.reject(new Error('of its own')))).rejects.toThrow(/^of its own$/);
  });

  test('a test in which no worker runs shows nothing, which is an error', async () => {
    const idle = everyFault(
      async (jobsOf) => void (await jobsOf({ tasks: [flaky] }).enqueue('flaky', { failures: 0 })),
    );
    await expect(idle).rejects.toThrow('No worker ran in this test');
  });
});
