import { expect, test } from 'vitest';
import { followLogs } from '../../bin/local/function-logs.ts';
import { stubEmulator } from './stub-emulator.ts';

const GROUPS = [
  { entry: 'api', log_group: '/api' },
  { entry: 'worker', log_group: '/worker' },
];
const BEGAN = Date.parse('2026-11-24T12:00:00Z');

const entry = (seconds: number, message: string) =>
  JSON.stringify({ timestamp: new Date(BEGAN + seconds * 1000).toISOString(), level: 'INFO', message });

async function setup() {
  const events: { group: string; timestamp: number; message: string; logStreamName: string }[] = [];
  const { endpoint } = await stubEmulator(({ input }) => ({
    events: events.filter(
      ({ group, timestamp }) => group === input.logGroupName && timestamp >= Number(input.startTime),
    ),
  }));
  const follower = followLogs(endpoint, () => GROUPS, BEGAN);
  return {
    /** The lines of one invocation, stored when it ends. */
    ended: (group: string, seconds: number, ...messages: string[]) => {
      const logStreamName = `stream ${events.length}`;
      for (const message of messages) events.push({ group, timestamp: BEGAN + seconds * 1000, message, logStreamName });
    },
    next: async () =>
      (await follower.next()).map(({ from, message }) => `${from} ${message.replace(/.*"(.+)"}$/, '$1')}`),
  };
}

test('lines come in the order in which they were written, whichever invocation ended first', async () => {
  const { ended, next } = await setup();
  ended('/api', 3, entry(1, 'a'), 'said by a', entry(3, 'c'));
  ended('/worker', 4, entry(2, 'b'), entry(4, 'd'));

  expect(await next()).toEqual(['api a', 'api said by a', 'worker b', 'api c', 'worker d']);
});

test('each line comes once, also one that was stored a moment late', async () => {
  const { ended, next } = await setup();
  ended('/api', 5, entry(5, 'a'));
  expect(await next()).toEqual(['api a']);

  ended('/worker', 4, entry(4, 'late'));
  ended('/api', 60, entry(60, 'b'));

  expect(await next()).toEqual(['worker late', 'api b']);
  expect(await next()).toEqual([]);
});

test('what was logged before it began is left out', async () => {
  const { ended, next } = await setup();
  ended('/api', -1, entry(-1, 'before'));

  expect(await next()).toEqual([]);
});
