import { expect, test } from 'vitest';
import { fakeClock } from '../../lambdas/adapters/memory/clock.ts';
import { memoryLog } from '../../lambdas/adapters/memory/log.ts';
import { defineHooks, type Hooks, runHooks } from '../../lambdas/core/hooks.ts';

function setup(hooks: Hooks) {
  const clock = fakeClock();
  const log = memoryLog();
  const run = (budgetMs?: number) => runHooks({ hooks, clock, log }, 'startup', { state: {}, log }, budgetMs);
  return { clock, log, run };
}

test('hooks are taken as they are: functions and lists of functions', () => {
  const hooks = { startup: () => 1, onFailure: [() => 1, async () => 2] };
  expect(defineHooks(hooks)).toBe(hooks);
});

test('an unknown hook is refused, with those that there are', () => {
  expect(() => defineHooks({ before_process: () => 1 } as never)).toThrow(
    expect.objectContaining({
      code: 'invalid_definition',
      message: expect.stringContaining(
        "Unknown hook 'before_process'. There are: startup, shutdown, beforeEnqueue, beforeProcess",
      ),
    }),
  );
});

test.each([['a word'], [undefined], [[() => 1, 'a word']], [{}]])('a hook that is %o is refused', (startup) => {
  expect(() => defineHooks({ startup } as never)).toThrow("Hook 'startup' must be a function or a list of functions.");
});

test('a wrong hook is a compile error', () => {
  // @ts-expect-error there is no such hook
  const unknown: Hooks = { beforeStart: () => 1 };
  // @ts-expect-error a job's hooks are given no such field
  const wrong: Hooks = { onSuccess: ({ outcome }) => outcome };
  expect([unknown, wrong]).toHaveLength(2);
});

test('no hook declared, nothing happens', async () => {
  const { run, log } = setup({});
  await run();
  expect(log.lines).toEqual([]);
});

test('a hook that throws or rejects is logged, and the next one runs', async () => {
  const ran: string[] = [];
  const { run, log, clock } = setup({
    startup: [
      () => {
        throw new Error('threw');
      },
      () => Promise.reject('rejected'),
      () => ran.push('next'),
    ],
  });

  await run();

  expect(ran).toEqual(['next']);
  expect(log.lines.map(({ level, fields }) => [level, fields.hook, fields.error])).toEqual([
    ['error', 'startup', 'threw'],
    ['error', 'startup', 'rejected'],
  ]);
  expect(clock.waiting).toBe(0);
});

test('a hook that returns what can be awaited but is no promise is awaited, too', async () => {
  const order: string[] = [];
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: as query builders have it
    then(resolve: (value: unknown) => void) {
      order.push('awaited');
      resolve(1);
    },
  };
  const { run } = setup({ startup: [() => thenable, () => order.push('next')] });
  await run();
  expect(order).toEqual(['awaited', 'next']);
});

test('a hook that hangs is left behind after 10 s, or sooner where there is less time', async () => {
  for (const [budget, limit] of [
    [undefined, 10_000],
    [60_000, 10_000],
    [2_000, 2_000],
    [0, 0],
    [-5, 0],
  ] as const) {
    const { run, clock, log } = setup({ startup: () => new Promise(() => undefined) });
    let over = false;
    void run(budget).then(() => {
      over = true;
    });
    await clock.advance(Math.max(0, limit - 1));
    expect(over).toBe(limit === 0);
    await clock.advance(Math.min(1, limit));
    expect(over).toBe(true);
    expect(log.lines).toMatchObject([{ fields: { error: `still running after ${limit} ms; left behind` } }]);
    expect(clock.waiting).toBe(0);
  }
});

test('a list of hooks shares its time: together they take no longer than there is', async () => {
  const hang = () => new Promise(() => undefined);
  const ran: string[] = [];
  const { run, clock } = setup({ startup: [hang, hang, () => ran.push('last')] });
  let over = false;
  void run(6_000).then(() => {
    over = true;
  });
  await clock.advance(6_000);
  expect([over, ran]).toEqual([true, ['last']]);
});

test('a hook that was left behind and fails later disturbs nobody', async () => {
  let fail: (why: Error) => void = () => undefined;
  const { run, clock, log } = setup({ startup: () => new Promise((_resolve, reject) => (fail = reject)) });
  const running = run();
  await clock.advance(10_000);
  await running;
  fail(new Error('late'));
  await clock.advance(1);
  expect(log.lines).toHaveLength(1);
});
