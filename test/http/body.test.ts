import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventOf, paths, setup } from './setup.ts';

const ENQUEUE = 'POST /tasks/anything/jobs';

test('takes the body of curl -d: base64, under a content type that is not JSON’s', async () => {
  const { send, store } = setup();
  const text = JSON.stringify({ input: { name: 'Zoë 😀' } });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { status, body } = await send({
    ...eventOf(ENQUEUE, headers),
    body: Buffer.from(text).toString('base64'),
    isBase64Encoded: true,
  });
  expect(status).toBe(202);
  expect(store.records.get(body.job_id)!.input).toEqual({ json: '{"name":"Zoë 😀"}' });
});

test.each<[string, Buffer, number]>([
  ['a byte order mark', Buffer.from('\uFEFF{}'), 202],
  ['bytes that are no UTF-8', Buffer.from('{"input":"\xff"}', 'latin1'), 400],
  ['half a character', Buffer.from([0x7b, 0xe2, 0x82]), 400],
  ['a surrogate as CESU-8', Buffer.from([0x7b, 0xed, 0xa0, 0x80, 0x7d]), 400],
  ['UTF-16', Buffer.from('{}', 'utf16le'), 400],
  ['gzip without saying so', Buffer.from('H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==', 'base64'), 400],
])('answers %s', async (_, bytes, expected) => {
  const { send } = setup();
  const body = bytes.toString('base64');
  const { status } = await send({ ...eventOf(ENQUEUE), body, isBase64Encoded: true });
  expect(status).toBe(expected);
});

test.each([
  ['no JSON', '{input:1}', {}, 400],
  ['a form', 'input=1', { 'content-type': 'application/x-www-form-urlencoded' }, 400],
  ['plain text', 'hello', { 'content-type': 'text/plain' }, 400],
  ['no JSON under its type', 'hello', { 'content-type': 'application/json; charset=utf-8' }, 400],
  ['a form of parts', '--x\r\n', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
  ['XML', '<input/>', { 'Content-Type': 'application/xml' }, 415],
  ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415],
  ['JSON under another type', '{}', { 'content-type': 'application/xml' }, 202],
  ['JSON under a type of its own', '{}', { 'content-type': 'application/cloudevents+json' }, 202],
])('answers %s', async (_, body, headers, expected) => {
  const { call } = setup();
  const { status, body: problem } = await call(ENQUEUE, { body, headers: headers as Record<string, string> });
  expect(status).toBe(expected);
  if (status === 400) expect(problem).toMatchObject({ code: 'malformed', detail: expect.stringContaining('not JSON') });
});

test.each(['null', '[]', '[{}]', '"text"', '1', 'true'])('refuses a body that is no object: %s', async (body) => {
  const { call } = setup();
  expect(await call(ENQUEUE, { body })).toMatchObject({ status: 400, body: { code: 'malformed' } });
});

const nested = (depth: number) => `{"input":${'['.repeat(depth)}${']'.repeat(depth)}}`;

test.each<[string, string, string]>([
  ['a name twice', '{"input":{"a":1,"b":2,"a":3}}', '$.input.a is there twice'],
  ['a name twice in another spelling', '{"input":1,"\\u0069nput":2}', '$.input is there twice'],
  ['a name twice, deep within', '{"input":[0,{"x":{"y":1,"y":1}}]}', '$.input[1].x.y is there twice'],
  ['__proto__', '{"input":{"__proto__":{"admin":true}}}', '$.input.__proto__ is a name'],
  ['__proto__ at the top', '{"__proto__":{"input":1}}', '$.__proto__ is a name'],
  ['__proto__ escaped', '{"input":{"\\u005f_proto__":1}}', '$.input.__proto__ is a name'],
  ['deep nesting', nested(100), 'is nested deeper than 100 levels'],
  ['very deep nesting', nested(200_000), 'is nested deeper than 100 levels'],
  ['deep objects', `${'{"input":'.repeat(5_000)}1${'}'.repeat(5_000)}`, 'is nested deeper'],
  ['a lone high surrogate', '{"tags":["\\ud83d"]}', '$.tags[0] holds half'],
  ['a lone low surrogate', '{"key":"\\udE00\\ud83d"}', '$.key holds half'],
  ['a number too large', '{"delay_seconds":1e999}', '$.delay_seconds is a number too large'],
  ['a negative number too large', '{"input":[-1e400]}', '$.input[0] is a number too large'],
  ['an integer of 400 digits', `{"input":${'9'.repeat(400)}}`, '$.input is a number too large'],
  ['an integer that would be rounded', '{"input":{"id":9007199254740993}}', '$.input.id is an integer'],
])('refuses JSON that is not to be trusted: %s', async (_, body, reason) => {
  const { call, store } = setup();
  const answer = await call(ENQUEUE, { body });
  expect(answer).toMatchObject({ status: 400, body: { code: 'malformed' } });
  expect(answer.body.detail).toContain(reason);
  expect(store.records.size).toBe(0);
});

test.each([
  ['99 levels', nested(99)],
  ['equal names in different objects', '{"input":[{"a":1},{"a":{"a":1}}]}'],
  ['names of Object.prototype', '{"input":{"constructor":{"prototype":1},"toString":1,"hasOwnProperty":2}}'],
  ['brackets, quotes and backslashes in strings', '{"input":{"]}":"{[\\"\\\\","\\\\":"\\\\\\""}}'],
  ['a surrogate pair escaped', '{"input":"\\ud83d\\ude00"}'],
  ['an escaped backslash before u0000', '{"input":"\\\\u0000"}'],
  ['NUL in a value and in a name', '{"input":{"\\u0000":["\\u0000"]}}'],
  [
    'large numbers that are exact',
    '{"input":[9007199254740992, 1e308, 1.5E+2, 123456789012345680000, 1000000000000000000000]}',
  ],
  ['noncharacters that SQS refuses raw', '{"input":"\uFFFE\uFFFF"}'],
])('takes %s', async (_, body) => {
  const { call, store } = setup();
  const answer = await call(ENQUEUE, { body });
  expect(answer.status).toBe(202);
  const { input } = store.records.get(answer.body.job_id)!;
  expect('json' in input && JSON.parse(input.json)).toEqual(JSON.parse(body).input);
});

test('refuses a body over 1 MB, however it is spelt', async () => {
  const { call, send } = setup();
  const body = ' '.repeat(1024 * 1024 + 1);
  expect(await call(ENQUEUE, { body })).toMatchObject({ status: 413, body: { code: 'too_large' } });
  const encoded = { ...eventOf(ENQUEUE), body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
  expect(await send(encoded)).toMatchObject({ status: 413 });
  expect(await call('POST /tasks/trigger-test', { body })).toMatchObject({ status: 413 });
});

test('keeps what it answers short, whatever the body says', async () => {
  const { call } = setup();
  const { status, body } = await call('POST /tasks/report/jobs', {
    body: { input: { pages: [], ['k'.repeat(200_000)]: 1 }, ['\u{1F600}'.repeat(100_000)]: 1 },
  });
  expect(status).toBe(422);
  expect(JSON.stringify(body).length).toBeLessThan(10_000);
  expect(paths(body).every((path) => path.isWellFormed())).toBe(true);
});

test('takes any JSON as an input exactly as it is, or refuses it: never a 5xx', async () => {
  const { call, store } = setup();
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (input) => {
      const { status, body } = await call(ENQUEUE, { body: { input } });
      if (status !== 202) {
        expect(status).toBe(400);
        expect(JSON.stringify(input)).toMatch(/\\ud|__proto__/);
        return;
      }
      expect(store.records.has(body.job_id)).toBe(true);
      const shown = await call(`GET /jobs/${body.job_id}`);
      expect(JSON.stringify(shown.body.input)).toBe(JSON.stringify(input ?? {}));
    }),
    { numRuns: 300, seed: 4 },
  );
});

test('answers any text as a body with a 202 or a 4xx', async () => {
  const { call } = setup();
  const bit = fc.oneof(
    fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '\\u0000', '1e999', '-', 'input'),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bit, { maxLength: 12 }), async (bits) => {
      const { status } = await call(ENQUEUE, { body: bits.join('') });
      expect([202, 400, 413, 422]).toContain(status);
    }),
    { numRuns: 500, seed: 4 },
  );
});
