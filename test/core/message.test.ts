import fc from 'fast-check';
import { expect, test } from 'vitest';
import { envelopeOf, messageOf, readMessage, recordOf, writeMessage } from '../../lambdas/core/message.ts';
import { newRecord } from '../../lambdas/core/record.ts';

const create = { queue: 'default', input: { json: '{}' }, max_attempts: 3, created_at: 1_000, scheduled_at: 0 };
const own = { v: 1, job_id: 'job-1', run: 'run-1', dispatch: 1, task_name: 'resize' };
const defaults = () => ({ queue: 'images', maxAttempts: 5 });

function read(body: unknown, messageId = 'message-1') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readMessage({ body: text, messageId, sentAt: 1_767_225_600_000 }, defaults);
}

test('what is written is read again, field for field', () => {
  for (const message of [own, { ...own, create }, { ...own, dispatch: 2, error: 'failed' }])
    expect(read(writeMessage(message as never))).toEqual({ ok: true, message });
});

test('every field of a job that a message can carry survives', () => {
  const all = {
    ...create,
    user_id: 'user',
    project_id: 'project',
    tags: ['a', 'b'],
    key: 'key',
    idempotency: { key: 'k', payload: 'p' },
    depth: 3,
  };
  expect(read({ ...own, create: all })).toEqual({ ok: true, message: { ...own, create: all } });
  expect(read({ ...own, create: { ...create, input: { at: 'job-1#input#run-1' } } }).ok).toBe(true);
});

test('a field that a later version adds is left out rather than refused', () => {
  expect(read({ ...own, trace: 'x', create: { ...create, colour: 'red' } })).toEqual({
    ok: true,
    message: { ...own, create },
  });
});

test.each([
  ['no JSON', '{"v":1', 'The body is not JSON.'],
  ['an empty body', '', 'The body is not JSON.'],
  ['a word', '"resize"', 'The body is not a JSON object.'],
  ['nothing', 'null', 'The body is not a JSON object.'],
  ['a list', '[]', 'The body is not a JSON object.'],
  ['an empty object', {}, 'Not a valid message without a job_id: task_name'],
  ['another version', { ...own, v: 2 }, 'Not a valid message: v'],
  ['no version', { job_id: 'job-1', task_name: 'resize' }, 'Not a valid message: v'],
  ['no job id', { v: 1, run: 'r', dispatch: 1, task_name: 'resize' }, 'Not a valid message: job_id'],
  ['an empty job id', { ...own, job_id: '' }, 'Not a valid message: job_id'],
  ['a long job id', { ...own, job_id: 'x'.repeat(129) }, 'Not a valid message: job_id'],
  ['no run', { ...own, run: undefined }, 'Not a valid message: run'],
  ['dispatch 0', { ...own, dispatch: 0 }, 'Not a valid message: dispatch'],
  ['half a dispatch', { ...own, dispatch: 1.5 }, 'Not a valid message: dispatch'],
  ['a dispatch that has no end', '{"v":1,"job_id":"j","run":"r","dispatch":1e999,"task_name":"a"}', 'dispatch'],
  ['a task name that is none', { ...own, task_name: 'Resize!' }, 'Not a valid message: task_name'],
  ['an input that is neither here nor elsewhere', { ...own, create: { ...create, input: {} } }, 'create.input'],
  ['an input that is both', { ...own, create: { ...create, input: { json: '1', at: 'x' } } }, 'create.input'],
  ['no attempts', { ...own, create: { ...create, max_attempts: 0 } }, 'create.max_attempts'],
  ['too many attempts', { ...own, create: { ...create, max_attempts: 51 } }, 'create.max_attempts'],
  ['a time that is no date', { ...own, create: { ...create, scheduled_at: 8.65e15 } }, 'create.scheduled_at'],
  ['a negative time', { ...own, create: { ...create, created_at: -1 } }, 'create.created_at'],
  [
    'a foreign message with an unknown field',
    { task_name: 'resize', inputs: {} },
    'Not a valid message without a job_id',
  ],
  ['a foreign message with a wrong option', { task_name: 'resize', max_attempts: 99 }, 'max_attempts'],
  ['an S3 event', { Records: [{ eventSource: 'aws:s3' }] }, 'Not a valid message without a job_id'],
])('%s is no message of ours, and the reason says so', (_what, body, reason) => {
  const found = read(body);
  expect(found).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  expect(!found.ok && found.reason.length).toBeLessThanOrEqual(1000);
});

test('a message from another AWS service becomes a job, its id derived from its message id', () => {
  const first = read({ task_name: 'resize', input: { width: 7 }, user_id: 'user', tags: ['a'], max_attempts: 2 });

  expect(first).toEqual({
    ok: true,
    message: {
      v: 1,
      job_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      run: expect.any(String),
      dispatch: 1,
      task_name: 'resize',
      create: {
        queue: 'images',
        input: { json: '{"width":7}' },
        max_attempts: 2,
        created_at: 1_767_225_600_000,
        scheduled_at: 0,
        user_id: 'user',
        tags: ['a'],
      },
    },
  });
  if (!first.ok) return;
  expect(first.message.run).toBe(first.message.job_id);
  expect(read({ task_name: 'resize' }, 'message-1')).toMatchObject({ message: { job_id: first.message.job_id } });
  expect(read({ task_name: 'resize' }, 'message-2')).not.toMatchObject({ message: { job_id: first.message.job_id } });
});

test('a foreign message needs no input and gets the defaults of its task', () => {
  expect(read({ task_name: 'resize' })).toMatchObject({
    message: { create: { input: { json: '{}' }, max_attempts: 5, queue: 'images' } },
  });
  expect(read({ task_name: 'resize', input: null })).toMatchObject({ message: { create: { input: { json: '{}' } } } });
});

test('a foreign input over 256 KB is refused', () => {
  const input = 'x'.repeat(256 * 1024);
  expect(read({ task_name: 'resize', input })).toEqual({
    ok: false,
    reason: 'The input is over 262144 bytes of JSON.',
  });
});

test('an input nested as deeply as a message can hold is read or refused, never thrown', () => {
  for (const depth of [100, 5_000, 130_000, 500_000]) {
    const input = '['.repeat(depth) + ']'.repeat(depth);
    for (const body of [`{"task_name":"resize","input":${input}}`, `${input}`, `{"v":1,"job_id":${input}}`])
      expect(read(body)).toHaveProperty('ok');
  }
});

test('no body of any kind makes reading throw', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record(
      {
        v: fc.jsonValue(),
        job_id: fc.jsonValue(),
        run: fc.jsonValue(),
        dispatch: fc.jsonValue(),
        create: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
    fc.record({ task_name: fc.jsonValue(), input: fc.jsonValue(), tags: fc.jsonValue() }, { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(anything, (body) => typeof read(body).ok === 'boolean'),
    { seed: 1, numRuns: 500 },
  );
});

test('characters that SQS refuses are escaped, and read again as they were', () => {
  const json = JSON.stringify('\uFFFE \uFFFF \uD800 \u0000 \u001F é 🎬 \u{1FFFE}');
  const body = writeMessage({ ...own, create: { ...create, input: { json } } } as never);

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
  expect(body).toMatch(/^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u);
  expect(body).toContain('\\ufffe \\uffff');
  expect(read(body)).toMatchObject({ message: { create: { input: { json } } } });
});

test('a record’s message is of its own run and dispatch; its envelope is of the next', () => {
  const record = { ...newRecord('job-1', 'run-1', 'resize', create), dispatch: 2, error_message: 'no such file' };

  expect(messageOf(record)).toEqual({ v: 1, job_id: 'job-1', run: 'run-1', dispatch: 2, task_name: 'resize' });
  expect(envelopeOf(record)).toEqual({ ...messageOf(record), dispatch: 3, error: 'no such file' });
});

test('an envelope is never older than the message that led to it', () => {
  const record = { ...newRecord('job-1', 'run-1', 'resize', create), dispatch: 2 };

  expect(envelopeOf(record, 7)).toMatchObject({ dispatch: 7, error: 'failed' });
  expect(envelopeOf(record, 2)).toMatchObject({ dispatch: 3 });
});

test('a message sent first makes the record that the enqueue would have put', () => {
  expect(recordOf({ ...own, create } as never)).toEqual(newRecord('job-1', 'run-1', 'resize', create));
  expect(recordOf({ ...own, dispatch: 4, create } as never).dispatch).toBe(4);
});
