import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';

const children = new Set<ChildProcess>();
const servers = new Set<Server>();

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  children.clear();
  servers.clear();
});

/** A worker in a process of its own. */
function start(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'worker-process.ts')], {
    env: {
      PATH: process.env.PATH,
      NODE_OPTIONS: '--no-warnings',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      STINT_TABLE_NAME: 'jobs',
      STINT_QUEUES: '{"default":"https://sqs.us-east-1.amazonaws.com/1/default"}',
      STINT_DEAD_LETTERS_URL: 'https://sqs.us-east-1.amazonaws.com/1/dead',
      QUEUE_NAME: 'default',
      MAX_RECEIVE_COUNT: '100',
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  const said = (what: object) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!lines.some((line) => Object.entries(what).every(([key, value]) => line[key] === value))) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const ended = new Promise<string | number | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  );
  const invoke = (...jobs: string[]) => child.stdin.write(`${jobs.join(' ')}\n`);
  return { child, lines, said, ended, invoke };
}

/** Lambda's Extensions API, as far as a worker speaks to it. */
async function extensionsApi(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    answer(request, response);
  });
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { requests, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const registering = (request: IncomingMessage, response: ServerResponse) => {
  if (request.url?.endsWith('/register')) response.setHeader('Lambda-Extension-Identifier', 'extension-1').end('{}');
  // The next event is never answered: it is what says that the extension is ready.
};

test('a worker that is told to stop runs its shutdown hooks and ends within the half second that it has', async () => {
  const { said, child, ended, lines } = start();
  await said({ ready: 2 });
  const began = Date.now();

  child.kill('SIGTERM');

  expect(await ended).toBe(0);
  expect(Date.now() - began).toBeLessThan(2_000); // a hook that hangs is cut off; the rest is a loaded machine
  expect(lines).toContainEqual({ hook: 'shutdown' });
}, 30_000);

test('registers as an extension that wants no events, and asks for the next one: only so does Lambda send SIGTERM', async () => {
  const { requests, AWS_LAMBDA_RUNTIME_API } = await extensionsApi(registering);
  const { said, child, ended } = start({ AWS_LAMBDA_RUNTIME_API });
  await said({ ready: 2 });
  while (requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));

  expect(requests).toMatchObject([
    {
      method: 'POST',
      url: '/2020-01-01/extension/register',
      headers: { 'lambda-extension-name': 'stint-shutdown' },
      body: '{"events":[]}',
    },
    {
      method: 'GET',
      url: '/2020-01-01/extension/event/next',
      headers: { 'lambda-extension-identifier': 'extension-1' },
    },
  ]);
  await new Promise((resolve) => setTimeout(resolve, 2_500)); // longer than a call of its own may take
  expect(requests).toHaveLength(2);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
}, 30_000);

test('a worker whose jobs run when it is told to stop tells them', async () => {
  const { said, child, ended, lines, invoke } = start();
  await said({ ready: 2 });
  invoke('long');
  await said({ began: 'long' });

  child.kill('SIGTERM');

  expect(await ended).toBe(0);
  expect(lines).toContainEqual({ told: 'shutdown' });
  expect(lines.filter(({ job }) => job === 'long')).toEqual([]); // nothing is written: the lease heals the job
}, 30_000);

test.each([
  ['refuses', (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(403).end('{}')],
  ['gives no identifier', (_request: IncomingMessage, response: ServerResponse) => void response.end('{}')],
  ['breaks the connection', (request: IncomingMessage) => void request.socket.destroy()],
])(
  'an Extensions API that %s costs a worker nothing but its shutdown hooks',
  async (_what, answer) => {
    const { AWS_LAMBDA_RUNTIME_API } = await extensionsApi(answer);
    const { said, invoke } = start({ AWS_LAMBDA_RUNTIME_API });
    await said({ ready: 2 });
    invoke('careful');
    await said({ job: 'careful', status: 'complete' });
  },
  30_000,
);

test('startup hooks run once, before the first job', async () => {
  const { said, invoke, lines } = start();
  await said({ ready: 2 });
  invoke('one', 'two');
  await said({ job: 'one', status: 'complete' });
  invoke('three');
  await said({ job: 'three', status: 'complete' });
  const order = lines.filter(({ hook, began }) => hook !== undefined || began !== undefined);
  expect(order[0]).toEqual({ hook: 'startup' });
  expect(order.filter(({ hook }) => hook === 'startup')).toHaveLength(1);
}, 30_000);

test('a promise that nobody awaits fails its own job only; the process, and the jobs beside it, go on', async () => {
  const { said, invoke, lines } = start();
  await said({ ready: 2 });

  invoke('careless', 'careful');
  await said({ job: 'careful', status: 'complete' });
  await said({ job: 'careless', status: 'queued' });
  invoke('afterwards');
  await said({ job: 'afterwards', status: 'complete' });

  expect(lines).toContainEqual({ job: 'careless', status: 'queued', error: 'nobody awaits me' });
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'ERROR', message: 'a promise failed that nobody awaits', job_id: 'careless' }),
  );
  expect(lines.filter(({ job }) => job === 'careful')).toHaveLength(1);
}, 30_000);
