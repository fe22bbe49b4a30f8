import { expect, test } from 'vitest';
import { systemChance, systemClock } from '../../lambdas/adapters/system.ts';

test('the clock is the machine’s', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
});

test('a timer calls once, and one that is cancelled never', async () => {
  const called: string[] = [];
  const cancel = systemClock.after(0, () => called.push('cancelled'));
  cancel();
  await new Promise<void>((resolve) => {
    systemClock.after(1, () => {
      called.push('called');
      resolve();
    });
  });
  expect(called).toEqual(['called']);
});

test('ids are UUIDs that sort by their time and are never the same', () => {
  const ids = Array.from({ length: 1_000 }, (_each, i) => systemChance.id(1_767_225_600_000 + i));
  expect(ids).toEqual(ids.toSorted());
  const same = Array.from({ length: 1_000 }, () => systemChance.id(1_767_225_600_000));
  expect(new Set(same).size).toBe(1_000);
  for (const id of same) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('tokens are short, and never the same; a fraction is below 1', () => {
  const tokens = Array.from({ length: 1_000 }, () => systemChance.token());
  expect(new Set(tokens).size).toBe(1_000);
  expect(tokens[0]).toMatch(/^[\w-]{16}$/);
  for (let i = 0; i < 1_000; i++) expect(Math.floor(systemChance.fraction())).toBe(0);
});
