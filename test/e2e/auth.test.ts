import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Auth, createClient, NotAllowedError } from '../../client/index.ts';
import { sigV4 } from '../../client/sigv4.ts';
import { hashOf } from '../../lambdas/http/auth/api-key.ts';
import { foreignKey } from './auth/issuer.ts';
import { ANN, BOB, type Call, type Caller, RIGHTS } from './auth/rights.ts';
import { type Credentials, signed } from './auth/sigv4.ts';
import { type AuthStack, assumeRole, deployAuthStack } from './auth/stack.ts';

// On a stack and an emulator of its own: one that enforces IAM, which the other tests' bare calls would not pass.

let stack: AuthStack;
/** All that must never be seen in a log. */
const secrets = new Set<string>();
const secret = (text: string): string => {
  secrets.add(text);
  return text;
};

beforeAll(async () => {
  stack = await deployAuthStack();
}, 180_000);
afterAll(() => stack?.stop());

type Mode = keyof AuthStack['urls'];
/** The headers by which someone shows who they are. */
type Signer = (method: string, url: string, body: string) => Record<string, string>;

async function send(mode: Mode, signer: Signer, { method, path, body }: Call) {
  const url = `${stack.urls[mode]}${path}`;
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = { 'content-type': 'application/json', ...signer(method, url, text) };
  const answer = await fetch(url, { method, headers, ...(text === '' ? {} : { body: text }) });
  const isJson = /\bjson\b/.test(answer.headers.get('content-type') ?? '');
  const said = await answer.text();
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(said) : said };
}

const anonymous: Signer = () => ({});
const bearer = (token: string): Signer => {
  secret(token);
  return () => ({ authorization: `Bearer ${token}` });
};
const apiKey = (key: string): Signer => {
  secret(key);
  return () => ({ 'x-api-key': key });
};
const sigv4 = (credentials: Credentials, service = 'execute-api'): Signer => {
  secret(credentials.secretAccessKey);
  return (method, url, body) => signed(credentials, service, method, url, body);
};
const session = async (role: string, name: string) =>
  sigv4(await assumeRole(stack, stack.outputs[`${role}Role`] ?? '', name));

const root = join(import.meta.dirname, '../..');

/** The command line, as people run it. Answers what it wrote to standard output. */
async function stint(...args: string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: stack.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    STINT_TABLE: stack.outputs.KeyTable,
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['bin/stint.ts', ...args], { cwd: root, env });
  return stdout.trim();
}

const newKey = async (...args: string[]): Promise<string> => secret(await stint('keys', 'create', ...args));

const documents = () =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: stack.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    }),
  );

/** All that the functions have logged. */
async function functionLogs(): Promise<string> {
  const call = async (operation: string, input: object) => {
    const body = JSON.stringify(input);
    const headers = {
      ...signed({ accessKeyId: 'test', secretAccessKey: 'test' }, 'logs', 'POST', `${stack.endpoint}/`, body),
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${operation}`,
    };
    return (await fetch(`${stack.endpoint}/`, { method: 'POST', headers, body })).json() as Promise<
      Record<string, unknown>
    >;
  };
  const { logGroups } = (await call('DescribeLogGroups', {})) as { logGroups: { logGroupName: string }[] };
  const events = await Promise.all(
    logGroups.map(({ logGroupName }) => call('FilterLogEvents', { logGroupName, limit: 10_000 })),
  );
  return JSON.stringify(events);
}

/** Lets a key's time be over. */
async function expire(key: string): Promise<void> {
  await documents().send(
    new UpdateCommand({
      TableName: stack.outputs.KeyTable,
      Key: { pk: `key#${hashOf(key)}` },
      ConditionExpression: 'attribute_exists(pk)',
      UpdateExpression: 'SET expires_at = :now',
      ExpressionAttributeValues: { ':now': Date.now() },
    }),
  );
}

/** Who calls, in each mode, and others whom it must take for nobody, or refuse. */
async function callersOf(mode: Mode): Promise<{
  known: Record<Exclude<Caller, 'nobody'>, Signer>;
  nobodies: Record<string, Signer>;
  refused: Record<string, Signer>;
}> {
  switch (mode) {
    case 'iam': {
      const ann = await assumeRole(stack, stack.outputs.userRole ?? '', ANN);
      return {
        known: { ann: sigv4(ann), bob: await session('user', BOB), admin: await session('admin', 'ops') },
        // AWS's gateway answers 403 here, too. The emulator's lets it pass, and the function is the second lock.
        nobodies: { 'with a token': bearer(stack.issuer.token({ sub: ANN, scope: 'stint:admin' })) },
        refused: {
          'without a signature': anonymous,
          'with a signature by another secret': sigv4({ ...ann, secretAccessKey: 'x'.repeat(40) }),
          'with a key that is not there': sigv4({
            accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
            secretAccessKey: 'y'.repeat(40),
          }),
          'as a role without execute-api:Invoke': await session('stranger', 'eve'),
          'as a role that auth.callers does not list': await session('unlisted', 'eve'),
        },
      };
    }
    case 'jwt': {
      const { issuer } = stack;
      const token = (claims: object) => bearer(issuer.token(claims));
      const admin = { sub: 'root', scope: 'openid stint:admin' };
      return {
        known: {
          ann: token({ sub: ANN, scope: 'stint:user' }),
          bob: token({ sub: BOB, scp: ['stint:user'], aud: ['other', 'jobs'] }),
          admin: token(admin),
        },
        nobodies: {
          'without a token': anonymous,
          'with an empty token': () => ({ authorization: 'Bearer ' }),
          'with no JSON Web Token': bearer('not.a.token'),
          'with a token that has expired': token({ ...admin, exp: Math.floor(Date.now() / 1000) - 60 }),
          'with a token that is not valid yet': token({ ...admin, nbf: Math.floor(Date.now() / 1000) + 600 }),
          'with a token for another service': token({ ...admin, aud: 'another' }),
          'with a token of another issuer': token({ ...admin, iss: 'https://evil.example' }),
          'with a token signed by another key': bearer(issuer.token(admin, foreignKey())),
        },
        refused: {
          'with a token without scopes': token({ sub: 'eve' }),
          'with a token whose scopes only resemble ours': token({ sub: 'eve', scope: 'stint:administrator' }),
        },
      };
    }
    case 'api-key': {
      const [ann, bob, admin, revoked, expiring] = await Promise.all([
        newKey('ann', '--role', 'user', '--user', ANN),
        newKey('bob', '--role', 'user', '--user', BOB, '--expires', '1h'),
        newKey('ops', '--role', 'admin'),
        newKey('gone', '--role', 'admin'),
        newKey('brief', '--role', 'admin', '--expires', '1h'),
      ]);
      await stint('keys', 'revoke', 'gone');
      await expire(expiring ?? '');
      return {
        known: { ann: apiKey(ann ?? ''), bob: bearer(bob ?? ''), admin: apiKey(admin ?? '') },
        nobodies: {
          'without a key': anonymous,
          'with an empty key': () => ({ 'x-api-key': '' }),
          'with a key that nobody made': apiKey(`stint_${'A'.repeat(43)}`),
          'with a key that was revoked': apiKey(revoked ?? ''),
          'with a key that has expired': apiKey(expiring ?? ''),
        },
        refused: {},
      };
    }
  }
}

/** Two jobs of Ann's that wait for an hour, one of them aborted. */
async function jobsOfAnn(mode: Mode, ann: Signer) {
  const make = async () => {
    const body = { delay_seconds: 3_600 };
    const answer = await send(mode, ann, { method: 'POST', path: '/tasks/poc_test_task/jobs', body });
    expect(answer).toMatchObject({ status: 202 });
    return String(answer.body.job_id);
  };
  const [queued, aborted] = [await make(), await make()];
  await send(mode, ann, { method: 'POST', path: `/jobs/${aborted}/abort` });
  return { queued, aborted };
}

/** What each row of the table answers a caller. */
async function column(mode: Mode, signer: Signer, jobs: { queued: string; aborted: string }) {
  const answers: Record<string, number> = {};
  for (const [name, { call }] of Object.entries(RIGHTS)) answers[name] = (await send(mode, signer, call(jobs))).status;
  return answers;
}

const expected = (answer: (row: (typeof RIGHTS)[string]) => number) =>
  Object.fromEntries(Object.entries(RIGHTS).map(([name, row]) => [name, answer(row)]));

describe.each<Mode>(['iam', 'jwt', 'api-key'])('with auth %s', (mode) => {
  let callers: Awaited<ReturnType<typeof callersOf>>;
  beforeAll(async () => {
    callers = await callersOf(mode);
  });

  test('every route answers each caller as the table of rights says', async () => {
    // Bob first: what is not his must be as before for those who come after him.
    for (const who of ['bob', 'ann', 'admin'] as const) {
      const jobs = await jobsOfAnn(mode, callers.known.ann);
      expect(await column(mode, callers.known[who], jobs), who).toEqual(expected(({ answers }) => answers[who]));
    }
  });

  test('nobody else gets past the door, nor changes anything', async () => {
    const jobs = await jobsOfAnn(mode, callers.known.ann);
    const isOpen = ({ answers }: (typeof RIGHTS)[string]) => answers.nobody === 200;
    for (const [status, signers] of [[401, callers.nobodies] as const, [403, callers.refused] as const])
      for (const [how, signer] of Object.entries(signers))
        expect(await column(mode, signer, jobs), how).toEqual(expected((row) => (isOpen(row) ? 200 : status)));
    for (const [id, status] of [
      [jobs.queued, 'queued'],
      [jobs.aborted, 'aborted'],
    ] as const) {
      const { body } = await send(mode, callers.known.admin, { method: 'GET', path: `/jobs/${id}` });
      expect(body).toMatchObject({ status, user_id: ANN });
    }
  });

  test('a user’s list is of the user, an admin’s of all', async () => {
    const users = async (signer: Signer) => {
      const { body } = await send(mode, signer, { method: 'GET', path: '/jobs?limit=100' });
      return new Set(body.jobs.map((job: { user_id: string | null }) => job.user_id));
    };
    expect(await users(callers.known.ann)).toEqual(new Set([ANN]));
    expect(await users(callers.known.bob)).toEqual(new Set([BOB]));
    expect(await users(callers.known.admin)).toEqual(new Set([ANN, BOB, null]));
  });

  test('a job that a user is not shown is as one that never was', async () => {
    const { queued } = await jobsOfAnn(mode, callers.known.ann);
    const never = '00000000-0000-7000-8000-ffffffffffff';
    const ask = async (id: string) => {
      const { status, body } = await send(mode, callers.known.bob, { method: 'GET', path: `/jobs/${id}` });
      return { status, ...body, detail: body.detail.replaceAll(id, 'ID'), request_id: 'x' };
    };
    expect(await ask(queued)).toEqual(await ask(never));
  });
});

test('the client signs in, in each way', async () => {
  const ann = await assumeRole(stack, stack.outputs.userRole ?? '', ANN);
  const key = await newKey('client', '--role', 'user', '--user', ANN);
  const ways: Record<Mode, Auth> = {
    iam: sigV4({ credentials: ann, region: 'us-east-1' }),
    jwt: { bearerToken: async () => secret(stack.issuer.token({ sub: ANN, scope: 'stint:user' })) },
    'api-key': { apiKey: key },
  };

  for (const mode of Object.keys(ways) as Mode[]) {
    const client = createClient({ url: stack.urls[mode], auth: ways[mode] });
    const job = await client.enqueue('poc_test_task', { message: "a client's" });
    expect(await client.get(job), mode).toMatchObject({ user_id: ANN, task_name: 'poc_test_task' });
    const { jobs } = await client.list({ userId: ANN, createdAfter: new Date(0) }).page();
    expect(jobs.every(({ user_id }) => user_id === ANN)).toBe(true);
    await expect(client.stats()).rejects.toBeInstanceOf(NotAllowedError);
  }
  const wrong = sigV4({ credentials: { ...ann, secretAccessKey: 'x'.repeat(40) }, region: 'us-east-1' });
  await expect(createClient({ url: stack.urls.iam, auth: wrong }).tasks()).rejects.toMatchObject({ status: 403 });
});

test('a caller above its limit is told when to come back', async () => {
  const flood = apiKey(await newKey('flood', '--role', 'user', '--user', 'flood'));
  let passed = 0;
  let answer = await send('api-key', flood, { method: 'GET', path: '/tasks' });
  // 60 at once, and what flows in meanwhile: one in five seconds. One after another, or each would start a function.
  for (; answer.status === 200 && passed < 100; passed++)
    answer = await send('api-key', flood, { method: 'GET', path: '/tasks' });
  expect(answer.body).toMatchObject({ code: 'too_many_requests', status: 429 });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(passed).toBeGreaterThanOrEqual(60);
});

test('a user has so many queued jobs, and an admin any number', async () => {
  const hoard = async (key: string) => {
    const jobs = Array.from({ length: 65 }, () => ({ task_name: 'poc_test_task', delay_seconds: 3_600 }));
    const { body } = await send('api-key', apiKey(key), { method: 'POST', path: '/jobs/batch', body: { jobs } });
    return body.jobs.map((row: { status?: string; error?: { code: string } }) => row.status ?? row.error?.code);
  };
  const rows = await hoard(await newKey('hoarder', '--role', 'user', '--user', 'hoarder'));
  expect(rows.filter((row: string) => row === 'queued')).toHaveLength(60);
  expect(rows.filter((row: string) => row === 'too_many_requests')).toHaveLength(5);
  expect(new Set(await hoard(await newKey('importer', '--role', 'admin')))).toEqual(new Set(['queued']));
});

test('the use of a key shows in the list of keys, and the key itself nowhere', async () => {
  const listed = (await stint('keys', 'list', '--json')).trim().split('\n');
  const byName = Object.fromEntries(listed.map((line) => JSON.parse(line)).map((key) => [key.name, key]));
  expect(byName.ann).toMatchObject({ role: 'user', user_id: ANN, last_used_at: expect.any(String) });
  expect(byName.gone).toBeUndefined();
});

test('no key, token or secret of all these requests stands in a log, in the table, or in the template', async () => {
  const { Items = [] } = await documents().send(new ScanCommand({ TableName: stack.outputs.KeyTable }));
  expect(Items.length).toBeGreaterThan(10);
  const places = {
    'the functions’ logs': await functionLogs(),
    'the emulator’s log': await readFile(stack.log, 'utf8'),
    'the table': JSON.stringify(Items),
    'the template and the outputs': await readFile(join(stack.assemblyDir, 'stint-auth.template.json'), 'utf8'),
    'the outputs': JSON.stringify(stack.outputs),
  };
  expect(places['the functions’ logs']).toContain('job enqueued');
  expect(secrets.size).toBeGreaterThan(15);
  const found = Object.entries(places).flatMap(([place, text]) =>
    [...secrets].filter((each) => text.includes(each)).map((each) => `${each.slice(0, 12)}… in ${place}`),
  );
  expect(found).toEqual([]);
});
