import { expect, test } from 'vitest';
import { rawLine, readableLine } from '../../bin/local/log-line.ts';

const AT = '2026-11-24T12:00:03.120Z';
const JOB = { task_name: 'poc_test_task', job_id: '019a0000-0000-7000-8000-000000000000', attempt: 2 };

const eventOf = (message: object | string) => ({
  timestamp: Date.parse('2026-11-24T12:00:09.000Z'),
  message: typeof message === 'string' ? message : JSON.stringify(message),
  from: 'worker',
});

const readable = (message: object | string, colour = false) =>
  readableLine(eventOf(message), { colour, timeZone: 'UTC' });

test('a line of a job says when, which task and job, which attempt, what, and the rest as key=value', () => {
  const entry = { timestamp: AT, level: 'INFO', message: 'job complete', ...JOB, status: 'complete', ms: 12 };

  expect(readable(entry)).toBe(
    '12:00:03  poc_test_task 019a0000-0000-7000-8000-000000000000  attempt 2  job complete  status=complete  ms=12',
  );
});

test('a line without a job starts with its function', () => {
  expect(readable({ timestamp: AT, level: 'INFO', message: 'swept', sent: 0 })).toBe('12:00:03  worker  swept  sent=0');
});

test('a warning says so in a word, and in colour only where colours are shown', () => {
  const entry = { timestamp: AT, level: 'WARN', message: 'late' };

  expect(readable(entry)).toBe('12:00:03  WARN  worker  late');
  expect(readable(entry, true)).toBe('\x1b[33m12:00:03  WARN  worker  late\x1b[0m');
});

test('it is one line whatever the values are: no stack, quotes where a value could be misread', () => {
  const fields = {
    error: 'no\nluck',
    stack: 'Error\n  at x',
    list: [1, 2],
    url: 'http://a?b=c',
    nothing: null,
    trace_id: 'abc',
  };

  expect(readable({ timestamp: AT, level: 'ERROR', message: 'job\nfailed', ...fields })).toBe(
    '12:00:03  ERROR  worker  job ⏎ failed  error="no\\nluck"  list=[1,2]  url="http://a?b=c"  nothing=null',
  );
});

test.each(['plain text', '{ half', '{"level":"INFO"}'])('what is no log entry is shown as it is: %s', (text) => {
  expect(readable(text)).toBe(`12:00:09  worker  ${text}`);
});

test.each(['START RequestId: 1 Version: $LATEST', 'END RequestId: 1', 'REPORT RequestId: 1\tDuration: 2 ms'])(
  'the emulator’s own lines are left out: %s',
  (text) => {
    expect(readable(text)).toBeUndefined();
    expect(rawLine(eventOf(text))).toBeUndefined();
  },
);

test('a raw line is the one that was written; text becomes an object, so every line is JSON', () => {
  const entry = JSON.stringify({ timestamp: AT, level: 'INFO', message: 'job complete', ...JOB });

  expect(rawLine(eventOf(entry))).toBe(entry);
  expect(rawLine(eventOf('{"of":"a task"}'))).toBe('{"of":"a task"}');
  expect(JSON.parse(rawLine(eventOf('plain text'))!)).toEqual({
    timestamp: '2026-11-24T12:00:09.000Z',
    level: 'INFO',
    message: 'plain text',
  });
});
