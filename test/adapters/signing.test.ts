import { createHash, createHmac } from 'node:crypto';
import { DynamoDBClient, type DynamoDBClientConfig, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Sha256, signingOnce } from '../../lambdas/adapters/signing.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5), toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Signed {
  readonly hostname: string;
  readonly headers: Record<string, string>;
}

/** A client's settings with which nothing is sent: the headers of each request come in `sent`. */
function setup(settings: DynamoDBClientConfig = {}) {
  const sent: Signed[] = [];
  const requestHandler = {
    async handle({ hostname, headers }: Signed) {
      sent.push({ hostname, headers });
      const body = new Response('{}').body;
      return { response: { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body } };
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' };
  return { sent, settings: { region: 'eu-central-1', credentials, ...settings, requestHandler } };
}

const item = { TableName: 'jobs', Key: { pk: { S: 'job-1' } } };
/** What differs from call to call, and is signed: the same on both sides here. */
const still = (signed: Signed | undefined) => {
  const { authorization = '', 'x-amz-date': date, host, 'x-amz-security-token': token } = signed?.headers ?? {};
  return { host, date, token, authorization };
};
const quiet = (client: Pick<DynamoDBClient, 'middlewareStack'>) => {
  const middleware = (next: (args: unknown) => unknown) => (args: { request: Signed }) => {
    delete args.request.headers['amz-sdk-invocation-id'];
    return next(args);
  };
  client.middlewareStack.addRelativeTo(middleware as never, {
    name: 'noInvocationId',
    relation: 'before',
    toMiddleware: 'httpSigningMiddleware',
  });
};

async function signaturesOf(make: (settings: DynamoDBClientConfig) => DynamoDBClient, settings?: DynamoDBClientConfig) {
  const { sent, settings: whole } = setup(settings);
  const client = make(whole as DynamoDBClientConfig);
  quiet(client);
  await client.send(new GetItemCommand(item));
  await client.send(new GetItemCommand(item));
  return sent.map(still);
}

describe('a client that signs with a signer made once', () => {
  const plain = (settings: DynamoDBClientConfig) => new DynamoDBClient(settings);
  const once = (settings: DynamoDBClientConfig) => signingOnce(new DynamoDBClient(settings), 'dynamodb');

  test.each<[string, DynamoDBClientConfig]>([
    ['in a region', {}],
    ['in China', { region: 'cn-north-1' }],
    ['in GovCloud, at its FIPS endpoint', { region: 'us-gov-west-1', useFipsEndpoint: true }],
    ['at an endpoint of its own', { endpoint: 'http://127.0.0.1:4566' }],
  ])('signs as the SDK does %s', async (_where, settings) => {
    const signatures = await signaturesOf(once, settings);

    expect(signatures).toEqual(await signaturesOf(plain, settings));
    expect(signatures[0]?.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/20260102\/.*Signature=[0-9a-f]{64}$/,
    );
  });

  test('signs for SQS, too', async () => {
    const [ours, theirs] = [setup(), setup()];
    const clients = [
      signingOnce(new SQSClient(ours.settings as object), 'sqs'),
      new SQSClient(theirs.settings as object),
    ];
    for (const client of clients) {
      quiet(client as never);
      const message = { QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/1/q', MessageBody: 'a' };
      await client.send(new SendMessageCommand(message)).catch(() => undefined); // the empty reply lacks a checksum
    }

    expect(ours.sent.map(still)).toEqual(theirs.sent.map(still));
    expect(ours.sent[0]?.headers.authorization).toContain('/sqs/aws4_request');
  });

  test('takes new credentials when the old ones expire, and the key of the next day', async () => {
    const credentials = vi.fn(async () => ({
      accessKeyId: `AKID${credentials.mock.calls.length}`,
      secretAccessKey: `secret${credentials.mock.calls.length}`,
      expiration: new Date(Date.now() + 3_600_000),
    }));
    const { sent, settings } = setup({ credentials });
    const client = once(settings as DynamoDBClientConfig);
    quiet(client);
    await client.send(new GetItemCommand(item));
    vi.setSystemTime(Date.UTC(2026, 0, 3, 3, 4, 5));
    await client.send(new GetItemCommand(item));

    const { sent: theirs, settings: same } = setup({
      credentials: { accessKeyId: 'AKID2', secretAccessKey: 'secret2' },
    });
    const other = plain(same as DynamoDBClientConfig);
    quiet(other);
    await other.send(new GetItemCommand(item));

    expect(sent[0]?.headers.authorization).toContain('AKID1/20260102');
    expect(still(sent[1])).toEqual(still(theirs[0]));
  });
});

describe('SHA-256', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const hex = async (hash: Sha256) => Buffer.from(await hash.digest()).toString('hex');

  test('is that of all that it was given', async () => {
    const sha = new Sha256();
    expect(await hex(sha)).toBe(createHash('sha256').digest('hex'));
    sha.update(bytes('one'));
    sha.update(bytes('two'));
    expect(await hex(sha)).toBe(createHash('sha256').update('onetwo').digest('hex'));
    sha.reset();
    sha.update(bytes('three'));
    expect(await hex(sha)).toBe(createHash('sha256').update('three').digest('hex'));
  });

  test.each<[string, string | ArrayBuffer | Uint8Array]>([
    ['text', 'key'],
    ['other text', 'another'],
    ['bytes', bytes('key')],
    ['a part of a buffer', new Uint8Array(bytes('a key').buffer, 2)],
    ['a buffer', bytes('key').buffer],
  ])('with a secret of %s is its HMAC', async (_form, secret) => {
    const key = typeof secret === 'string' ? secret : new TextDecoder().decode(secret);
    for (const text of ['one', 'two']) {
      const sha = new Sha256(secret);
      sha.update(bytes(text));
      expect(await hex(sha)).toBe(createHmac('sha256', key).update(text).digest('hex'));
    }
  });
});
