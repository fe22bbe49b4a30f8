import { afterEach, describe, expect, it, vi } from 'vitest';
import { signed, sigV4 } from '../../client/sigv4.ts';
import { signed as signedByHand } from '../e2e/auth/sigv4.ts';
import { setup } from './setup.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const TIME = new Date('2015-08-30T12:36:00Z');
const URL_OF_API = 'https://abc123.execute-api.eu-central-1.amazonaws.com';
const EXAMPLE = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const noEnvironment = () => {
  for (const name of [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
  ])
    vi.stubEnv(name, undefined);
};

describe('a signature', () => {
  // Of AWS's own test suite for Signature Version 4; the last as AWS's SDK makes it.
  it.each([
    ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'names that begin alike',
      'GET',
      '/?tag2=x&tag=y&tag-3=z',
      '3de59a068d86ca6833b3dd9bacc997392b6f3ebb7591895d5ae6a29a9af6fa56',
    ],
  ])("is that of AWS's %s", async (_name, method, path, signature) => {
    const request = { method, url: `https://example.amazonaws.com${path}`, body: undefined };

    const headers = await signed(request, EXAMPLE, { region: 'us-east-1', service: 'service' }, TIME);

    expect(headers).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    });
  });

  it.each([
    ['POST', '/tasks/double/jobs', '{"input":{"text":"ü \u{1f600}"}}'],
    ['GET', '/jobs?user_id=a%20b%2Bc%2A%27&limit=5&cursor=eyJ%3D%3D', undefined],
    ['GET', '/prod/jobs/a%20b', undefined],
  ])('of %s %s is the one that another implementation makes', async (method, path, body) => {
    vi.useFakeTimers({ now: TIME });
    const url = URL_OF_API + path;
    const credentials = { ...EXAMPLE, sessionToken: 'token+/=' };

    const headers = await signed(
      { method, url, body },
      credentials,
      { region: 'us-east-1', service: 'execute-api' },
      TIME,
    );

    expect(headers).toEqual(signedByHand(credentials, 'execute-api', method, url, body));
  });
});

describe('sigV4', () => {
  const scopeOf = async (url: string, options: Parameters<typeof sigV4>[0] = {}) => {
    const { authorization } = await sigV4({ credentials: EXAMPLE, ...options })({
      method: 'GET',
      url,
      body: undefined,
    });
    return /\d{8}\/([^,]+)\/aws4_request/.exec(authorization ?? '')?.[1];
  };

  it('takes region and service from the URL, else as given, else from the environment', async () => {
    noEnvironment();
    expect(await scopeOf(URL_OF_API)).toBe('eu-central-1/execute-api');
    expect(await scopeOf('https://abc.lambda-url.us-west-2.on.aws/')).toBe('us-west-2/lambda');
    expect(await scopeOf('https://jobs.example.org', { region: 'ap-south-1', service: 'x' })).toBe('ap-south-1/x');
    await expect(scopeOf('https://jobs.example.org')).rejects.toThrow('No region to sign for jobs.example.org');
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    expect(await scopeOf('https://jobs.example.org')).toBe('eu-west-1/execute-api');
  });

  it('takes the credentials of a Lambda function from its environment', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDLAMBDA');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'session');

    const headers = await sigV4()({ method: 'GET', url: URL_OF_API, body: undefined });

    expect(headers).toMatchObject({
      'x-amz-security-token': 'session',
      authorization: expect.stringContaining('Credential=AKIDLAMBDA/'),
    });
  });

  it("asks the SDK's default chain where the environment has none", async () => {
    noEnvironment();
    vi.doMock('@aws-sdk/credential-provider-node', () => ({
      defaultProvider: () => async () => ({ accessKeyId: 'AKIDCHAIN', secretAccessKey: 'secret' }),
    }));

    const { authorization } = await sigV4()({ method: 'GET', url: URL_OF_API, body: undefined });

    expect(authorization).toContain('Credential=AKIDCHAIN/');
    vi.doUnmock('@aws-sdk/credential-provider-node');
  });

  it('asks a provider before each request', async () => {
    let asked = 0;
    const sign = sigV4({ credentials: async () => ({ ...EXAMPLE, accessKeyId: `AKID${++asked}` }) });

    await sign({ method: 'GET', url: URL_OF_API, body: undefined });

    expect((await sign({ method: 'GET', url: URL_OF_API, body: undefined })).authorization).toContain('AKID2/');
  });

  it('signs each request of a client, and each try anew', async () => {
    const { client, requests, interfere } = await setup({
      client: { auth: sigV4({ credentials: EXAMPLE, region: 'us-east-1' }) },
    });
    interfere((_request, response) => {
      response.writeHead(503).end('{}');
      return true;
    });

    await client.tasks();

    expect(requests).toHaveLength(2);
    for (const { headers } of requests)
      expect(headers.authorization).toMatch(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/execute-api\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/,
      );
  });
});
