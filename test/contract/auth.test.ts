import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { dynamoDbApiKeys } from '../../lambdas/adapters/dynamodb/api-keys.ts';
import { dynamoDbBuckets } from '../../lambdas/adapters/dynamodb/buckets.ts';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb/job-store.ts';
import { hashOf, newKey } from '../../lambdas/http/auth/api-key.ts';
import { documents, items, newTable } from './aws.ts';

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

describe('keys in DynamoDB', () => {
  const setup = async () => {
    const table = await newTable();
    const item = async (hash: string) => {
      const { Item } = await documents.send(new GetCommand({ TableName: table, Key: { pk: `key#${hash}` } }));
      return Item;
    };
    return { table, item, keys: dynamoDbApiKeys(documents, table) };
  };

  test('come back as they were made, by their hash alone', async () => {
    const { keys } = await setup();
    const [a, b] = [hashOf(newKey()), hashOf(newKey())];
    const web = { name: 'web', role: 'user', userId: 'u', createdAt: NOW, expiresAt: NOW + HOUR } as const;
    await keys.add(a, web);
    await keys.add(b, { name: 'ops', role: 'admin', createdAt: NOW + 1 });
    expect(await keys.find(a)).toEqual({ id: a.slice(0, 12), ...web });
    expect(await keys.find(hashOf('another'))).toBeUndefined();
    expect((await keys.list()).map(({ hash, key }) => [hash, key.name])).toEqual([
      [a, 'web'],
      [b, 'ops'],
    ]);
  });

  test('are listed beyond a page', async () => {
    const { keys } = await setup();
    for (let i = 0; i < 101; i++) await keys.add(hashOf(`${i}`), { name: `k${i}`, role: 'admin', createdAt: NOW + i });
    expect((await keys.list()).map(({ key }) => key.name)).toEqual(Array.from({ length: 101 }, (_, i) => `k${i}`));
  });

  test('do not come back by being used after they were revoked', async () => {
    const { keys } = await setup();
    const hash = hashOf(newKey());
    await keys.add(hash, { name: 'k', role: 'admin', createdAt: NOW });
    await keys.remove(hash);
    await keys.used(hash, NOW);
    expect(await keys.find(hash)).toBeUndefined();
    expect(await keys.list()).toEqual([]);
  });

  test('keep when they were used, to the hour', async () => {
    const { keys } = await setup();
    const hash = hashOf(newKey());
    await keys.add(hash, { name: 'k', role: 'admin', createdAt: NOW });
    const usedAt = async (at: number) => {
      await keys.used(hash, at);
      return (await keys.find(hash))?.lastUsedAt;
    };
    expect(await usedAt(NOW)).toBe(NOW);
    expect(await usedAt(NOW + HOUR - 1)).toBe(NOW);
    expect(await usedAt(NOW + HOUR)).toBe(NOW + HOUR);
  });

  test('are deleted by DynamoDB a month after they have expired, and never without an expiry', async () => {
    const { keys, item } = await setup();
    await keys.add('a', { name: 'a', role: 'admin', createdAt: NOW, expiresAt: NOW + HOUR });
    await keys.add('b', { name: 'b', role: 'admin', createdAt: NOW });
    expect((await item('a'))?.ttl).toBe((NOW + HOUR) / 1000 + 30 * 86_400);
    expect((await item('b'))?.ttl).toBeUndefined();
  });

  test('of a role that was changed by hand to no known word are no admin’s', async () => {
    const { keys } = await setup();
    await keys.add('a', { name: 'a', role: 'Admin' as never, createdAt: NOW });
    expect(await keys.find('a')).toMatchObject({ role: 'user' });
  });

  test('are met by no list of jobs', async () => {
    const { keys, table } = await setup();
    await keys.add('a', { name: 'a', role: 'user', userId: 'u', createdAt: NOW });
    const store = dynamoDbJobStore(items, table);
    const range = { from: 0, to: NOW * 2, limit: 10 };
    for (const [index, key] of [
      ['by-task', 'poc_test_task#0'],
      ['by-user', 'u#0'],
      ['by-user', 'u#1'],
    ] as const)
      expect((await store.entries(index, key, range)).entries).toEqual([]);
  });
});

describe('buckets in DynamoDB', () => {
  const setup = async () => {
    const buckets = dynamoDbBuckets(documents, await newTable());
    /** Two requests a second, three at once. */
    const bucket = { name: 'user:ann', intervalMs: 500, burst: 3 };
    return { bucket, take: (at: number, of = bucket) => buckets.take(of, NOW + at) };
  };

  test('let a burst pass, then one an interval, and say how long to wait', async () => {
    const { take } = await setup();
    expect([await take(0), await take(0), await take(0)]).toEqual([0, 0, 0]);
    expect(await take(0)).toBe(500);
    expect(await take(400)).toBe(100);
    expect(await take(500)).toBe(0);
    expect(await take(500)).toBe(500);
  });

  test('are full again after a pause, and no fuller', async () => {
    const { take } = await setup();
    await take(0);
    expect([await take(9_000), await take(9_000), await take(9_000)]).toEqual([0, 0, 0]);
    expect(await take(9_000)).toBe(500);
  });

  test('hold for many who ask at once', async () => {
    const { take } = await setup();
    await take(0);
    const waits = await Promise.all(Array.from({ length: 12 }, () => take(0)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(2);
  });

  test('are apart for each name', async () => {
    const { take, bucket } = await setup();
    for (let i = 0; i < 3; i++) await take(0);
    expect(await take(0, { ...bucket, name: 'user:bob' })).toBe(0);
  });

  test('of one request are a plain pace', async () => {
    const { take, bucket } = await setup();
    const one = { ...bucket, burst: 1 };
    expect([await take(0, one), await take(499, one), await take(500, one)]).toEqual([0, 1, 0]);
  });
});
