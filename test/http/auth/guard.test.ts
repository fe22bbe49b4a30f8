import { expect, test } from 'vitest';
import { fakeClock } from '../../../lambdas/adapters/memory/clock.ts';
import { memoryLog } from '../../../lambdas/adapters/memory/log.ts';
import { StintError } from '../../../lambdas/core/errors.ts';
import { hashOf, newKey } from '../../../lambdas/http/auth/api-key.ts';
import type { AuthConfig } from '../../../lambdas/http/auth/config.ts';
import { guard, KEY_MEMORY_MS } from '../../../lambdas/http/auth/guard.ts';
import type { Buckets } from '../../../lambdas/http/auth/limits.ts';
import { eventOf, setup as setupApi } from '../setup.ts';
import { memoryKeys } from './memory-keys.ts';

const HOUR = 3_600_000;
const anonymous = eventOf('GET /tasks') as never;

function setup(config: AuthConfig = { mode: 'api-key' }) {
  const clock = fakeClock();
  const log = memoryLog();
  const keys = memoryKeys();
  const taken: string[] = [];
  const waits: number[] = [];
  const buckets: Buckets = {
    async take({ name }) {
      taken.push(name);
      return waits.shift() ?? 0;
    },
  };
  const guarding = guard({ config, keys, buckets, clock, log });
  const addKey = async (more: object = {}) => {
    const secret = newKey();
    await keys.add(hashOf(secret), { name: 'k', role: 'admin', createdAt: clock.now(), ...more });
    return secret;
  };
  const admit = (headers: Record<string, string>) => guarding.admit(eventOf('GET /tasks', headers) as never, 'user');
  return { clock, log, keys, buckets, taken, waits, guarding, addKey, admit };
}

test.each([
  ['x-api-key', (secret: string) => ({ 'x-api-key': secret })],
  ['X-API-Key', (secret: string) => ({ 'X-API-Key': secret })],
  ['a bearer token', (secret: string) => ({ authorization: `Bearer ${secret}` })],
])('takes a key as %s', async (_, headers) => {
  const { addKey, admit } = setup();
  expect(await admit(headers(await addKey()))).toMatchObject({ role: 'admin' });
});

test.each([
  ['nothing', {}],
  ['an empty key', { 'x-api-key': '' }],
  ['what is no key', { 'x-api-key': 'stint_short' }],
  ['a key and more', { 'x-api-key': `${newKey()}, ${newKey()}` }],
  ['another scheme', { authorization: `Basic ${newKey()}` }],
])('does not read the table for %s', async (_, headers) => {
  const { admit, keys } = setup();
  await expect(admit(headers as never)).rejects.toMatchObject({
    status: 401,
    headers: { 'www-authenticate': expect.stringContaining('Bearer') },
  });
  expect(keys.calls.find).toBe(0);
});

test('a key that nobody made opens nothing, and is not remembered', async () => {
  const { admit, keys } = setup();
  const headers = { 'x-api-key': newKey() };
  await expect(admit(headers)).rejects.toMatchObject({ status: 401 });
  await expect(admit(headers)).rejects.toMatchObject({ status: 401 });
  expect(keys.calls.find).toBe(2);
});

test('a key that was revoked opens nothing once its memory has faded', async () => {
  const { admit, addKey, keys, clock } = setup();
  const headers = { 'x-api-key': await addKey() };
  await admit(headers);
  await admit(headers);
  expect(keys.calls.find).toBe(1);
  keys.items.clear();
  await clock.advance(KEY_MEMORY_MS);
  await expect(admit(headers)).rejects.toMatchObject({ status: 401 });
});

test('a key that expires meanwhile opens nothing, remembered or not', async () => {
  const { admit, addKey, clock } = setup();
  const headers = { 'x-api-key': await addKey({ expiresAt: clock.now() + 1_000 }) };
  await admit(headers);
  await clock.advance(1_000);
  await expect(admit(headers)).rejects.toMatchObject({ status: 401 });
});

test('the use of a key is noted once an hour', async () => {
  const { admit, addKey, keys, clock } = setup();
  const headers = { 'x-api-key': await addKey() };
  for (let i = 0; i < 3; i++) await admit(headers);
  expect(keys.calls.used).toBe(1);
  await clock.advance(HOUR - 1);
  await admit(headers);
  expect(keys.calls.used).toBe(1);
  await clock.advance(1);
  await admit(headers);
  expect(keys.calls.used).toBe(2);
});

test('a use that cannot be noted fails no request', async () => {
  const { admit, addKey, keys, log } = setup();
  keys.used = async () => {
    throw new StintError('unavailable', 'throttled');
  };
  await admit({ 'x-api-key': await addKey() });
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'use of key not noted' }]);
});

test('keys that cannot be read let nobody in', async () => {
  const { admit, addKey, keys } = setup();
  const headers = { 'x-api-key': await addKey() };
  keys.find = async () => {
    throw new StintError('unavailable', 'throttled');
  };
  await expect(admit(headers)).rejects.toMatchObject({ code: 'unavailable' });
});

test('a route that asks nobody reads no key', async () => {
  const { guarding, keys } = setup();
  expect(await guarding.admit(anonymous, 'nobody')).toMatchObject({ role: 'nobody' });
  expect(keys.calls.find).toBe(0);
});

test('a route for admins refuses a user', async () => {
  const { guarding, addKey } = setup();
  const event = eventOf('GET /tasks', { 'x-api-key': await addKey({ role: 'user', userId: 'u' }) }) as never;
  await expect(guarding.admit(event, 'admin')).rejects.toMatchObject({ status: 403, code: 'forbidden' });
});

test('no key stands in a log line', async () => {
  const { admit, addKey, log, keys } = setup({
    mode: 'api-key',
    limits: { admin: { requestsPerSecond: 1, burst: 1 } },
  });
  const secret = await addKey();
  keys.used = async () => {
    throw new Error('no');
  };
  await admit({ 'x-api-key': secret });
  expect(JSON.stringify(log.lines)).not.toContain(secret);
  expect(JSON.stringify(log.lines)).not.toContain(hashOf(secret));
});

// Limits --------------------------------------------------------------------------------------------------------------

const limited: AuthConfig = { mode: 'none', limits: { admin: { requestsPerSecond: 2, burst: 5 } } };

test('without limits no bucket is asked', async () => {
  const { admit, taken } = setup({ mode: 'none', limits: { user: { requestsPerSecond: 1, burst: 1 } } });
  await admit({});
  expect(taken).toEqual([]);
});

test('above its limit a caller is told when to come back, and until then costs nothing', async () => {
  const { admit, taken, waits, clock } = setup(limited);
  waits.push(0, 1_500);
  await admit({});
  await expect(admit({})).rejects.toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
  await clock.advance(1_000);
  await expect(admit({})).rejects.toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  expect(taken).toEqual(['admin:anyone', 'admin:anyone']);
  await clock.advance(500);
  await admit({});
  expect(taken).toHaveLength(3);
});

test('who is told to wait as a user is not as an admin: the same subject may hold tokens of both roles', async () => {
  const rate = { requestsPerSecond: 2, burst: 5 };
  const scopes = { adminScope: 'admin', userScope: 'user', everyTokenIsAUser: false, userClaim: 'sub' };
  const { guarding, waits } = setup({ mode: 'jwt', ...scopes, limits: { admin: rate, user: rate } });
  const admitWith = (scope: string) => {
    const event = eventOf('GET /tasks');
    const authorizer = { jwt: { claims: { sub: 'ann', scope } } };
    return guarding.admit({ ...event, requestContext: { ...event.requestContext, authorizer } } as never, 'user');
  };
  waits.push(1_500);
  await expect(admitWith('user')).rejects.toMatchObject({ status: 429 });
  expect(await admitWith('admin')).toMatchObject({ role: 'admin' });
  await expect(admitWith('user')).rejects.toMatchObject({ status: 429 });
});

test('a bucket that does not answer stops nobody', async () => {
  const { admit, buckets, log } = setup(limited);
  buckets.take = async () => {
    throw new StintError('unavailable', 'throttled');
  };
  await admit({});
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'limit not checked' }]);
});

// Behind the guard ----------------------------------------------------------------------------------------------------

test('an unknown path says what there is to those only who may call', async () => {
  const { guarding, addKey } = setup();
  const { call } = setupApi({}, [], guarding);
  expect(await call('GET /nothing')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  const headers = { 'x-api-key': await addKey() };
  expect(await call('GET /nothing', { headers })).toMatchObject({ status: 404, body: { code: 'unknown_route' } });
  expect(await call('DELETE /jobs', { headers })).toMatchObject({ status: 405 });
});
