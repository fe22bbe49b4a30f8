import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  InternalServerError,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  RequestLimitExceeded,
  ResourceNotFoundException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { dynamoDbJobStore } from '../../../lambdas/adapters/dynamodb/job-store.ts';
import { dynamoDbPayloads } from '../../../lambdas/adapters/dynamodb/payload-store.ts';
import { claim, complete, create, heartbeat, reuseKey } from '../../../lambdas/core/protocol.ts';
import { newRecord } from '../../../lambdas/core/record.ts';

const job = { queue: 'default', input: { json: '1' }, max_attempts: 3, created_at: 1, scheduled_at: 0 };
const record = newRecord('job-1', 'run-1', 'work', job);
const { job_id: _, ...rest } = record;
const toItem = (value: object) => marshall(value, { removeUndefinedValues: true });
const item = toItem({ pk: 'job-1', ...rest });
const given = { run: 'run-1', dispatch: 1, now: 5, owner: 'me', lease_expires_at: 9 };

function setup() {
  const client = new DynamoDBClient({});
  const documents = DynamoDBDocumentClient.from(client);
  return {
    aws: mockClient(client),
    store: dynamoDbJobStore(client, 'jobs'),
    documents: mockClient(documents),
    payloads: dynamoDbPayloads(documents, 'jobs'),
  };
}

const meta = { $metadata: {}, message: 'no' };
const refused = (Item?: typeof item) => new ConditionalCheckFailedException({ ...meta, ...(Item && { Item }) });

/** Every answer but a refusal: the write may or may not have taken effect. */
const silences: [string, Error][] = [
  ['throttled', new ProvisionedThroughputExceededException(meta)],
  ['throttled as ThrottlingException', Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' })],
  ['over the account’s limit', new RequestLimitExceeded(meta)],
  ['an error of its own', new InternalServerError(meta)],
  ['an expired token', Object.assign(new Error('expired'), { name: 'ExpiredTokenException' })],
  ['a timeout', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
  ['a broken connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
];

/** What no other try mends. */
const refusals: [string, Error][] = [
  ['no table', new ResourceNotFoundException(meta)],
  ['no right', Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' })],
  ['an expression that is none', Object.assign(new Error('Invalid'), { name: 'ValidationException' })],
];

describe('a call', () => {
  test.each(refusals)('that gets %s is not told to be worth another try', async (_what, error) => {
    const { aws, store, documents, payloads } = setup();
    aws.onAnyCommand().rejects(error);
    documents.onAnyCommand().rejects(error);
    const internal = { name: 'StintError', code: 'internal', cause: error };
    await expect(store.apply('job-1', claim, given)).rejects.toMatchObject(internal);
    await expect(store.apply('job-1', create, { record })).rejects.toMatchObject(internal);
    await expect(store.get('job-1')).rejects.toMatchObject(internal);
    await expect(store.due(0, 1)).rejects.toMatchObject(internal);
    await expect(payloads.put('key', '1', 7)).rejects.toMatchObject(internal);
    await expect(payloads.get('key')).rejects.toMatchObject(internal);
    await expect(payloads.keep('key', 7)).rejects.toMatchObject(internal);
  });
});

describe('a write', () => {
  test('is one call, conditional, that shows the record in a refusal', async () => {
    const { aws, store } = setup();
    aws.on(UpdateItemCommand).resolves({ Attributes: { ...item, status: { S: 'active' } } });

    expect(await store.apply('job-1', claim, given)).toEqual({ ok: true, record: { ...record, status: 'active' } });

    expect(aws.calls()).toHaveLength(1);
    expect(aws.call(0).args[0].input).toMatchObject({
      TableName: 'jobs',
      Key: { pk: { S: 'job-1' } },
      ConditionExpression: expect.stringContaining('#run = :run'),
      UpdateExpression: expect.stringContaining('SET #status = :_1'),
      ExpressionAttributeValues: { ':owner': { S: 'me' }, ':now': { N: '5' } },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test('by one who knows what it leaves asks for nothing back', async () => {
    const { aws, store } = setup();
    aws.on(UpdateItemCommand).resolves({});
    const end = { now: 5, expires_at: 6, ttl: 7, result: { json: '1' }, progress: null };
    const after = { ...record, status: 'complete' } as const;

    expect(await store.apply('job-1', complete, { ...end, owner: 'me', after })).toEqual({ ok: true, record: after });

    expect(aws.call(0).args[0].input).not.toHaveProperty('ReturnValues');
    expect(JSON.stringify(aws.call(0).args[0].input)).not.toContain('after');
  });

  test('that puts a record is one call as well', async () => {
    const { aws, store } = setup();
    aws.on(PutItemCommand).resolves({});

    expect(await store.apply('job-1', create, { record })).toEqual({ ok: true, record });

    expect(aws.calls()).toHaveLength(1);
    expect(aws.call(0).args[0].input).toEqual({
      TableName: 'jobs',
      Item: item,
      ConditionExpression: 'attribute_not_exists(#pk)',
      ExpressionAttributeNames: { '#pk': 'pk' },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test('that is refused shows the record as it stands, without another read', async () => {
    const { aws, store } = setup();
    aws
      .on(UpdateItemCommand)
      .rejects(refused({ ...item, ...toItem({ status: 'complete', progress: { fraction: 0.5 } }) }));
    aws.on(PutItemCommand).rejects(refused(item));

    expect(await store.apply('job-1', claim, given)).toEqual({
      ok: false,
      record: { ...record, status: 'complete', progress: { fraction: 0.5 } },
    });
    expect(await store.apply('job-1', reuseKey, { record, run: 'run-2' })).toEqual({ ok: false, record });
    expect(aws.calls()).toHaveLength(2);
  });

  test('that is refused for want of a record shows none', async () => {
    const { aws, store } = setup();
    aws.on(UpdateItemCommand).rejects(refused());
    expect(await store.apply('job-1', heartbeat, { owner: 'me', progress: null })).toEqual({
      ok: false,
      record: undefined,
    });
  });

  test.each(silences)('that gets %s is no refusal', async (_what, error) => {
    const { aws, store } = setup();
    aws.onAnyCommand().rejects(error);
    const unavailable = { name: 'StintError', code: 'unavailable', cause: error };
    await expect(store.apply('job-1', claim, given)).rejects.toMatchObject(unavailable);
    await expect(store.apply('job-1', create, { record })).rejects.toMatchObject(unavailable);
  });
});

describe('a read', () => {
  test('sees every acknowledged write', async () => {
    const { aws, store } = setup();
    aws.on(GetItemCommand).resolves({ Item: item });
    expect(await store.get('job-1')).toEqual(record);
    expect(aws.call(0).args[0].input).toEqual({
      TableName: 'jobs',
      Key: { pk: { S: 'job-1' } },
      ConsistentRead: true,
    });
  });

  test.each(silences)('that gets %s does not say that there is nothing', async (_what, error) => {
    const { aws, store, documents, payloads } = setup();
    aws.onAnyCommand().rejects(error);
    documents.onAnyCommand().rejects(error);
    await expect(store.get('job-1')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.due(0, 1)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(payloads.get('key')).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('of what is due passes the place of the next page on', async () => {
    const { aws, store } = setup();
    const next = { pk: 'job-1', shard: 2, due_at: 7 };
    aws
      .on(QueryCommand)
      .resolvesOnce({ Items: [toItem({ pk: 'job-1' })], LastEvaluatedKey: toItem(next) })
      .resolves({ Items: [] });

    const page = await store.due(2, 10);
    expect(page).toEqual({ jobIds: ['job-1'], next });
    expect(await store.due(2, 10, page.next)).toEqual({ jobIds: [] });

    expect(aws.call(0).args[0].input).toMatchObject({
      IndexName: 'attention',
      ExpressionAttributeValues: toItem({ ':shard': 2, ':until': 10 }),
    });
    expect(aws.call(1).args[0].input).toMatchObject({ ExclusiveStartKey: toItem(next) });
  });
});

describe('a payload', () => {
  test.each(silences)('whose write gets %s is not stored', async (_what, error) => {
    const { documents: aws, payloads } = setup();
    aws.onAnyCommand().rejects(error);
    await expect(payloads.put('key', '1', 7)).rejects.toMatchObject({ code: 'unavailable', cause: error });
    await expect(payloads.keep('key', 7)).rejects.toMatchObject({ code: 'unavailable', cause: error });
  });

  test('that is gone is not made by keeping it', async () => {
    const { documents: aws, payloads } = setup();
    aws.on(UpdateCommand).rejects(refused());
    await payloads.keep('key', 7);
    expect(aws.call(0).args[0].input).toMatchObject({ ConditionExpression: '#ttl < :ttl' });
  });

  test('has a ttl in whole seconds, as DynamoDB wants it', async () => {
    const { documents: aws, payloads } = setup();
    aws.on(PutCommand).resolves({});
    await payloads.put('key', '1', 1_767_225_600);
    expect(aws.call(0).args[0].input).toEqual({
      TableName: 'jobs',
      Item: { pk: 'key', json: '1', ttl: 1_767_225_600 },
    });
  });
});
