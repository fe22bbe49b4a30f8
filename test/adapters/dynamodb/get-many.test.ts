import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { dynamoDbJobStore } from '../../../lambdas/adapters/dynamodb/job-store.ts';

type Keys = { readonly pk: { readonly S: string } }[];

function setup(answer: (keys: Keys) => { read: Keys; left: Keys }) {
  const calls: Keys[] = [];
  const client = new DynamoDBClient({ region: 'us-east-1' });
  mockClient(client)
    .on(BatchGetItemCommand)
    .callsFake(async ({ RequestItems: { jobs } }: { RequestItems: { jobs: { Keys: Keys } } }) => {
      calls.push(jobs.Keys);
      const { read, left } = answer(jobs.Keys);
      return { Responses: { jobs: read }, UnprocessedKeys: left.length === 0 ? {} : { jobs: { Keys: left } } };
    });
  return { store: dynamoDbJobStore(client, 'jobs'), calls };
}

test('asks again for what a reply left out, until all is read', async () => {
  const { store, calls } = setup((keys) => ({ read: keys.slice(0, 1), left: keys.slice(1) }));

  const records = await store.getMany(['a', 'b', 'c']);

  expect(records.map(({ job_id }) => job_id)).toEqual(['a', 'b', 'c']);
  expect(calls.map((keys) => keys.map(({ pk }) => pk.S))).toEqual([['a', 'b', 'c'], ['b', 'c'], ['c']]);
});

test('says that the table did not answer when nothing is read again and again', async () => {
  const { store, calls } = setup((keys) => ({ read: [], left: keys }));
  await expect(store.getMany(['a'])).rejects.toMatchObject({ code: 'unavailable' });
  expect(calls.length).toBeLessThan(10);
});

test('asks for no more than a hundred keys at once, and for none twice', async () => {
  const { store, calls } = setup((keys) => ({ read: keys, left: [] }));
  await store.getMany([...Array.from({ length: 250 }, (_each, i) => `${i}`), '1', '2']);
  expect(calls.map((keys) => keys.length)).toEqual([100, 100, 50]);
});
