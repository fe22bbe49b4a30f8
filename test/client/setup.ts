import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { onTestFinished } from 'vitest';
import * as z from 'zod';
import { createClient } from '../../client/index.ts';
import type { ClientOptions } from '../../client/transport.ts';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { memoryLog } from '../../lambdas/adapters/memory/log.ts';
import { memoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import { memoryQueues } from '../../lambdas/adapters/memory/queues.ts';
import { systemChance, systemClock } from '../../lambdas/adapters/system.ts';
import { bulkTask } from '../../lambdas/core/bulk.ts';
import { deliver } from '../../lambdas/core/deliver.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import { NonRetryableError } from '../../lambdas/core/errors.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { apiHandler } from '../../lambdas/http/api.ts';
import { type Guard, openGuard } from '../../lambdas/http/auth/guard.ts';
import { pocTestTask } from '../../lambdas/tasks/poc-test-task.ts';

const double = defineTask({
  name: 'double',
  input: z.strictObject({ number: z.number(), times: z.int().default(1) }),
  output: z.object({ number: z.number() }),
  run: (_ctx, { number, times }) => ({ number: number * 2 ** times }),
});

const hopeless = defineTask({
  name: 'hopeless',
  input: z.strictObject({}),
  output: z.strictObject({}),
  run: (): Record<string, never> => {
    throw new NonRetryableError('no paper left');
  },
});

export const tasks = [pocTestTask, double, hopeless] as const;

/** What a test does to a request before the API sees it. True: it has answered. */
export type Interference = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

interface Settings {
  readonly guard?: Guard;
  /** Ports to replace. */
  readonly ports?: Partial<Engine>;
  readonly client?: Partial<ClientOptions>;
}

/** No test waits for a pause that is not its subject. */
export const SOON = { initialSeconds: 0.01, maxSeconds: 0.02 };

/** The real API over HTTP, on an engine in memory with a worker beside it, and a client of it. */
export async function setup({ guard = openGuard, ports = {}, client = {} }: Settings = {}) {
  const store = memoryJobStore();
  const queues = memoryQueues(['default'], systemClock);
  const log = memoryLog();
  const depth = async () => ({ ready: 0, inFlight: 0, delayed: 0 });
  const engine: Engine = {
    tasks: createRegistry(tasks, [bulkTask(() => engine)]),
    hooks: {},
    state: {} as Engine['state'],
    store,
    payloads: memoryPayloads(),
    queues,
    clock: systemClock,
    chance: systemChance,
    log,
    depths: async () => ({
      queues: { default: await depth() },
      deadLetters: await depth(),
      undeliverable: await depth(),
    }),
    ...ports,
  };
  const handler = apiHandler(engine, guard);
  const requests: { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers'] }[] =
    [];
  const interferences: Interference[] = [];
  const url = await listen(async (request, response) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    if (await interferences.shift()?.(request, response)) return;
    const answer = await handler(await eventOf(request));
    response.writeHead(answer.statusCode ?? 200, answer.headers as Record<string, string>);
    response.end(answer.isBase64Encoded ? Buffer.from(answer.body ?? '', 'base64') : answer.body);
  });
  const worker = startWorker(engine, queues);
  return {
    url,
    engine,
    store,
    queues,
    log,
    requests,
    /** Does these to the next requests, one each. */
    interfere: (...next: Interference[]) => interferences.push(...next),
    worker,
    client: createClient<typeof tasks>({ url, retry: SOON, ...client }),
  };
}

/** A server that lives as long as the test. @returns its URL */
export async function listen(answer: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function eventOf(request: IncomingMessage): Promise<APIGatewayProxyEventV2> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://host');
  return {
    version: '2.0',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: request.headers as Record<string, string>,
    body: (await buffer(request)).toString('base64'),
    isBase64Encoded: true,
    requestContext: { http: { method: request.method, path: pathname } },
  } as unknown as APIGatewayProxyEventV2;
}

/** Runs what is sent to the queue, until the test ends; a paused one leaves it there. */
function startWorker(engine: Engine, queues: ReturnType<typeof memoryQueues>) {
  const worker = { paused: false };
  const look = async () => {
    if (worker.paused) return;
    for (const { message, delivery } of queues.take('default', 10, 30)) {
      const answer = await deliver(engine, { queue: 'default', maxReceiveCount: 100 }, delivery, Date.now() + 20_000);
      if (answer === 'ack') queues.remove('default', message);
    }
  };
  const timer = setInterval(() => void look(), 5);
  onTestFinished(() => clearInterval(timer));
  return worker;
}

/** Drops the connection without a word. */
export const drop: Interference = (_request, response) => {
  response.socket?.destroy();
  return true;
};

/** Answers in place of the API. */
export const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Interference =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
    return true;
  };

/** Never answers. */
export const hang: Interference = () => true;

/** Lets the API do as asked, and drops its answer. */
export const loseAnswer: Interference = (_request, response) => {
  response.writeHead = () => response;
  response.end = () => {
    response.socket?.destroy();
    return response;
  };
  return false;
};
