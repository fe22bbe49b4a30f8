import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { expect } from 'vitest';
import * as z from 'zod';
import { fakeClock, fixedChance } from '../../lambdas/adapters/memory/clock.ts';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { memoryLog } from '../../lambdas/adapters/memory/log.ts';
import { memoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import { memoryQueues } from '../../lambdas/adapters/memory/queues.ts';
import { bulkTask } from '../../lambdas/core/bulk.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { type AnyTask, defineTask } from '../../lambdas/core/task.ts';
import { apiHandler, ROUTES } from '../../lambdas/http/api.ts';
import { type Guard, openGuard } from '../../lambdas/http/auth/guard.ts';
import { openApiDocument } from '../../lambdas/http/openapi/document.ts';
import { pocTestTask } from '../../lambdas/tasks/poc-test-task.ts';
import { conformanceTo } from '../conformance.ts';

export const USER = '7f1c9c1e-3b0a-4c59-8f39-0d6f6f3f2a11';
export const PROJECT = '0b8e3f0a-6a55-4a4d-9b1e-5f4f9d0c7e22';
export const NO_JOB = '00000000-0000-7000-8000-ffffffffffff';
export const START = Date.UTC(2026, 0, 1);

/** Takes anything, so that whatever reaches it is the API's doing. */
export const anything = defineTask({
  name: 'anything',
  input: z.unknown(),
  output: z.unknown(),
  run: (_ctx, input) => input,
});

export const report = defineTask({
  name: 'report',
  description: 'Writes a report.',
  input: z.strictObject({ pages: z.array(z.object({ text: z.string() })) }),
  output: z.object({ url: z.url() }),
  maxAttempts: 5,
  backoff: { initialSeconds: 2, maxSeconds: 60 },
  timeoutSeconds: 20,
  retentionDays: 7,
  schedules: [
    { cron: '0 9 * * MON-FRI', timeZone: 'Europe/Berlin', input: { pages: [{ text: 'a' }] } },
    { cron: '0 0 1 * *', input: { pages: [{ text: 'a' }] } },
  ],
  run: () => ({ url: 'https://example.org' }),
});

interface Ask {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly remainingMillis?: number;
}

/** Compiled once for the tasks that most tests have. */
const compiled = new Map<string, ReturnType<typeof conformanceTo>>();

function conformanceOf(tasks: Engine['tasks'], mode: Guard['mode']) {
  const name = `${mode} ${tasks.all.map((task) => task.name).join()}`;
  const known = compiled.get(name) ?? conformanceTo(openApiDocument(ROUTES, tasks, mode));
  compiled.set(name, known);
  return known;
}

/** An API on an engine in memory, its clock at START. `broken` replaces ports. */
export function setup(
  broken: Partial<Engine> = {},
  tasks: readonly AnyTask[] = [pocTestTask, anything, report],
  guard: Guard = openGuard,
) {
  const clock = fakeClock(START);
  const store = memoryJobStore();
  const payloads = memoryPayloads();
  const queues = memoryQueues(['default'], clock);
  const log = memoryLog();
  const engine: Engine = {
    tasks: createRegistry(tasks, [bulkTask(() => engine)]),
    hooks: {},
    state: {} as Engine['state'],
    store,
    payloads,
    queues,
    clock,
    chance: fixedChance(),
    log,
    ...broken,
  };
  const handler = apiHandler(engine, guard);
  const conforms = conformanceOf(engine.tasks, guard.mode);
  const send = async (event: Partial<APIGatewayProxyEventV2>, remainingMillis?: number) => {
    const context = remainingMillis === undefined ? undefined : { getRemainingTimeInMillis: () => remainingMillis };
    const { statusCode, headers, body } = await handler(event as APIGatewayProxyEventV2, context);
    const { 'content-type': contentType = '' } = (headers ?? {}) as Record<string, string>;
    const text = body ?? '';
    const answer = {
      status: statusCode ?? 0,
      headers: headers ?? {},
      body: /json/.test(contentType) ? JSON.parse(text) : text,
    };
    const { method = '' } = event.requestContext?.http ?? {};
    expect(conforms({ method, path: event.rawPath ?? '', contentType, ...answer })).toBeUndefined();
    return answer;
  };
  /** @param body text is sent as it is, anything else as JSON */
  const call = (methodAndPath: string, { body, headers = {}, remainingMillis }: Ask = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return send({ ...eventOf(methodAndPath, headers), ...(text === undefined ? {} : { body: text }) }, remainingMillis);
  };
  /** Enqueues, then changes the record as a worker would. */
  const job = async (changes: Partial<JobRecord> = {}, body: unknown = {}) => {
    const { body: accepted } = await call('POST /tasks/anything/jobs', { body });
    const jobId = accepted.job_id as string;
    store.records.set(jobId, { ...store.records.get(jobId)!, ...changes });
    return jobId;
  };
  const sent = () => queues.queues.get('default')!.map(({ body }) => JSON.parse(body));
  return { engine, handler, send, call, job, sent, clock, store, payloads, queues, log };
}

export function eventOf(methodAndPath: string, headers: Record<string, string> = {}): Partial<APIGatewayProxyEventV2> {
  const [method = '', target = ''] = methodAndPath.split(' ');
  const [rawPath = '', rawQueryString = ''] = target.split('?');
  return {
    version: '2.0',
    rawPath,
    rawQueryString,
    headers,
    isBase64Encoded: false,
    requestContext: {
      requestId: 'gateway-1',
      http: { method, path: rawPath },
    } as APIGatewayProxyEventV2['requestContext'],
  };
}

export const paths = (problem: { errors: { path: string }[] }): string[] => problem.errors.map(({ path }) => path);
