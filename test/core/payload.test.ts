import { expect, test } from 'vitest';
import { memoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import { inputKey, inputTtl, loadPayload, resultKey, storePayload, toJson } from '../../lambdas/core/payload.ts';

const text = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));

test('a payload of 384 bytes lives in the record, one of 385 in an item of its own', async () => {
  const payloads = memoryPayloads();

  expect(await storePayload(payloads, 'key', text(384), 7)).toEqual({ json: text(384) });
  expect(payloads.stored.size).toBe(0);
  expect(await storePayload(payloads, 'key', text(385), 7)).toEqual({ at: 'key' });
  expect(payloads.stored.get('key')).toEqual({ json: text(385), ttl: 7 });
});

test('the size is of bytes, not of characters', async () => {
  const payloads = memoryPayloads();
  expect(await storePayload(payloads, 'key', JSON.stringify('é'.repeat(200)), 7)).toEqual({ at: 'key' });
});

test('a payload is loaded from wherever it lives', async () => {
  const payloads = memoryPayloads();
  const at = await storePayload(payloads, 'key', text(1000), 7);

  expect(await loadPayload(payloads, at, 'input')).toBe('x'.repeat(998));
  expect(await loadPayload(payloads, { json: 'null' }, 'input')).toBe(null);
});

test('a payload that is gone is an error that no retry mends', async () => {
  await expect(loadPayload(memoryPayloads(), { at: 'key' }, 'input')).rejects.toMatchObject({
    name: 'NonRetryableError',
    message: 'The input of this job is no longer stored.',
  });
});

test('a payload of 256 KB is taken, one byte more is too large, with what to do instead', () => {
  expect(toJson('x'.repeat(256 * 1024 - 2), 'input')).toHaveLength(256 * 1024);
  expect(() => toJson('x'.repeat(256 * 1024 - 1), 'input')).toThrow(
    expect.objectContaining({ code: 'too_large', message: expect.stringContaining('Store it elsewhere, in S3 say') }),
  );
});

test.each([
  ['nothing', undefined],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['a bigint', { n: 1n }],
  [
    'what refuses',
    {
      toJSON: () => {
        throw new Error('no');
      },
    },
  ],
])('%s cannot be written as JSON', (_what, value) => {
  expect(() => toJson(value, 'result')).toThrow(
    expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining('cannot be written as JSON') }),
  );
});

test('what refers to itself, or is nested beyond the stack, is refused too', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  expect(() => toJson(circular, 'input')).toThrow(expect.objectContaining({ code: 'invalid_input' }));

  let deep: unknown = 0;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(() => toJson(deep, 'input')).toThrow(expect.objectContaining({ code: 'invalid_input' }));
});

test('runs of a reused key do not share an input, attempts do not share a result', () => {
  expect(inputKey('job-1', 'run-1')).toBe('job-1#input#run-1');
  expect(resultKey({ job_id: 'job-1' }, 'owner-1')).toBe('job-1#result#owner-1');
});

test('an input outlives its record by what a job may wait for a retry by hand', () => {
  const DAY = 86_400;
  expect(inputTtl(1_000, 30)).toBe(1 + 120 * DAY);
  expect(inputTtl(1_001, 1)).toBe(2 + 91 * DAY);
});
