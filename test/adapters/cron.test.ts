import { expect, test } from 'vitest';
import { cron } from '../../lambdas/adapters/cron.ts';

const at = (iso: string) => Date.parse(iso);
const iso = (ticks: readonly number[]) => ticks.map((tick) => new Date(tick).toISOString());

test('gives the ticks after the start, up to and including the end', () => {
  const ticks = cron.ticks({ cron: '*/5 * * * *' }, at('2026-03-01T10:00:00Z'), at('2026-03-01T10:15:00Z'));
  expect(iso(ticks)).toEqual(['2026-03-01T10:05:00.000Z', '2026-03-01T10:10:00.000Z', '2026-03-01T10:15:00.000Z']);
});

test('reads a pattern in its time zone, across daylight saving', () => {
  const nine = { cron: '0 9 * * *', timeZone: 'Europe/Berlin' };
  const ticks = cron.ticks(nine, at('2026-03-28T00:00:00Z'), at('2026-03-29T23:00:00Z'));
  expect(iso(ticks)).toEqual(['2026-03-28T08:00:00.000Z', '2026-03-29T07:00:00.000Z']);
});

test.each([
  ['61 * * * *', 'UTC'],
  ['* * * *', 'UTC'],
  ['* * * * * *', 'UTC'],
  ['nonsense', 'UTC'],
  ['* * * * *', 'Mars/Olympus'],
])('refuses the pattern %j in %s', (pattern, timeZone) => {
  expect(() => cron.ticks({ cron: pattern, timeZone }, 0, 3_600_000)).toThrow();
});
