import { expect, onTestFinished, test, vi } from 'vitest';
import { jsonLog } from '../../lambdas/adapters/json-log.ts';
import type { Log } from '../../lambdas/core/ports.ts';

function setup(least?: string) {
  const lines: string[] = [];
  const log = jsonLog(least, {}, (line) => lines.push(line));
  const entries = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, entries };
}

test('an entry is one line of JSON with its time, level, message and fields', () => {
  const { log, lines, entries } = setup();

  log.info('two\nlines', { job_id: 'job-1', note: 'a\r\nb\u2028c' });

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{"timestamp":"[^"]+","level":"INFO","message":[^\n]*\}\n$/);
  expect(entries()).toEqual([
    {
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'INFO',
      message: 'two\nlines',
      job_id: 'job-1',
      note: 'a\r\nb\u2028c',
    },
  ]);
});

test.each([
  ['DEBUG', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
  ['INFO', ['INFO', 'WARN', 'ERROR']],
  ['WARN', ['WARN', 'ERROR']],
  ['ERROR', ['ERROR']],
  [undefined, ['INFO', 'WARN', 'ERROR']],
  ['TRACE', ['INFO', 'WARN', 'ERROR']],
])('at level %s these are written: %j', (least, written) => {
  const { log, entries } = setup(least);
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
  expect(entries().map(({ level }) => level)).toEqual(written);
});

test('a log with fields puts them on every line, and leaves the log that it came from alone', () => {
  const { log, entries } = setup();
  const inner: Log = log.with({ job_id: 'job-1' }).with({ attempt: 2 });
  inner.info('a', { step: 1 });
  log.info('b');
  expect(entries()).toMatchObject([{ job_id: 'job-1', attempt: 2, step: 1 }, { message: 'b' }]);
  expect(entries()[1]).not.toHaveProperty('job_id');
});

test('no field takes the place of the time, level or message', () => {
  const { log, entries } = setup();
  log.with({ level: 'common' }).warn('low tide', { level: 'low', message: 'other', timestamp: 0, job_id: 'job-1' });
  expect(entries()).toEqual([
    { timestamp: expect.stringContaining('T'), level: 'WARN', message: 'low tide', job_id: 'job-1' },
  ]);
});

test('a bigint and an error can be read', () => {
  const { log, entries } = setup();
  const error = new RangeError('too far');
  log.error('failed', { size: 2n ** 64n, error, nested: { cause: error } });
  const readable = { name: 'RangeError', message: 'too far', stack: expect.stringContaining('json-log.test.ts') };
  expect(entries()).toMatchObject([{ size: '18446744073709551616', error: readable, nested: { cause: readable } }]);
});

test('fields that have no JSON are left out, and the line says whose it is all the same', () => {
  const { log, entries } = setup();
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const refusing = {
    toJSON() {
      throw new Error('no');
    },
  };
  log.with({ job_id: 'job-1' }).info('a', { circular });
  log.with({ job_id: 'job-1' }).info('b', { refusing });
  log.info('c', {
    odd: {
      toJSON() {
        throw undefined;
      },
    },
  });
  expect(entries()).toMatchObject([
    { level: 'INFO', message: 'a', job_id: 'job-1', log_error: expect.stringContaining('circular') },
    { message: 'b', job_id: 'job-1', log_error: 'no' },
    { message: 'c', log_error: 'undefined' },
  ]);
});

test('nor does what every line carries keep a line from being written', () => {
  const { log, entries } = setup();
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const inner = log.with({ job_id: 'job-1' }).with({ circular, step: 2n });
  inner.info('a', { n: 1 });
  expect(entries()).toMatchObject([
    { level: 'INFO', message: 'a', job_id: 'job-1', step: '2', n: 1, log_error: expect.stringContaining('circular') },
  ]);
  expect(entries()[0]).not.toHaveProperty('circular');
});

test('a line of a job stays small: CloudWatch bills by the byte', () => {
  const { log, lines } = setup();
  const job = { job_id: '01890000-0000-7000-8000-000000000001', task_name: 'poc_test_task', attempt: 1 };
  log.with(job).info('job complete', { status: 'complete', ms: 1_234 });
  expect(Buffer.byteLength(lines.join(''))).toBeLessThan(250);
});

test('lines go past the console, which Lambda would wrap in JSON of its own', () => {
  onTestFinished(() => void vi.restoreAllMocks());
  const wrapped = (['debug', 'info', 'log', 'warn', 'error'] as const).map((method) =>
    vi.spyOn(console, method).mockReturnValue(),
  );
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);

  jsonLog('INFO').info('job complete');

  expect(written.mock.calls.map(([line]) => JSON.parse(String(line)).message)).toEqual(['job complete']);
  for (const method of wrapped) expect(method).not.toHaveBeenCalled();
});
