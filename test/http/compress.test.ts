import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compressed } from '../../lambdas/http/compress.ts';
import { eventOf, setup } from './setup.ts';

const large = JSON.stringify({ text: 'äé🎬 '.repeat(500) });

test.each([
  ['gzip, deflate, br', 'br'],
  ['gzip', 'gzip'],
  ['GZIP;q=0.5', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['*', 'br'],
  ['*, br;q=0.0', 'gzip'],
  ['identity', undefined],
  ['*;q=0', undefined],
  ['deflate', undefined],
  ['gzip;q=0', undefined],
  ['', undefined],
  [undefined, undefined],
])('for Accept-Encoding: %s a large body is sent as %s', (accepts, encoding) => {
  const { body, isBase64Encoded, headers } = compressed(large, accepts);
  expect(headers['content-encoding']).toBe(encoding);
  expect(headers.vary).toBe('accept-encoding');
  expect(isBase64Encoded).toBe(encoding !== undefined);
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const text = encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes;
  expect(text.toString('utf8')).toBe(large);
  if (encoding !== undefined) expect(bytes.length).toBeLessThan(large.length / 4);
});

test('a small body is sent as it is', () => {
  expect(compressed('{"a":1}', 'gzip, br')).toMatchObject({ body: '{"a":1}', isBase64Encoded: false });
});

test('answers and problems are compressed alike', async () => {
  const { handler } = setup();
  const body = JSON.stringify({ input: { pages: Array.from({ length: 50 }, () => ({})) } });
  for (const [target, statusCode] of [
    ['GET /tasks', 200],
    ['POST /tasks/report/jobs', 422],
  ] as const) {
    const event = { ...eventOf(target, { 'Accept-Encoding': 'gzip' }), ...(statusCode === 422 ? { body } : {}) };
    const answer = await handler(event as Parameters<typeof handler>[0]);
    expect(answer).toMatchObject({ statusCode, isBase64Encoded: true, headers: { 'content-encoding': 'gzip' } });
    expect(JSON.parse(gunzipSync(Buffer.from(answer.body!, 'base64')).toString())).toBeDefined();
  }
});
