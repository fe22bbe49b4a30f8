import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, inject, test } from 'vitest';
import * as z from 'zod';
import { dynamoDbJobStore } from '../../lambdas/adapters/dynamodb/job-store.ts';
import { dynamoDbPayloads } from '../../lambdas/adapters/dynamodb/payload-store.ts';
import { dynamoDbWaitSlots } from '../../lambdas/adapters/dynamodb/wait-slots.ts';
import { fixedChance } from '../../lambdas/adapters/memory/clock.ts';
import { memoryLog } from '../../lambdas/adapters/memory/log.ts';
import { memoryQueues } from '../../lambdas/adapters/memory/queues.ts';
import { bulkTask } from '../../lambdas/core/bulk.ts';
import { deliver } from '../../lambdas/core/deliver.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import type { Clock } from '../../lambdas/core/ports.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { apiHandler } from '../../lambdas/http/api.ts';
import { openGuard } from '../../lambdas/http/auth/guard.ts';
import { eventOf } from '../http/setup.ts';
import { newTable } from './aws.ts';

/** What each route costs, as docs/api.md tells it. Measured here, so the page cannot grow stale. */
const PAGE = join(import.meta.dirname, '../../docs/api.md');
const [BEGIN, END] = ['<!-- measured by test/contract/costs.test.ts -->', '<!-- end of what is measured -->'];

const depth = { ready: 0, inFlight: 0, delayed: 0 };
const outcome = { fails: false };
const idle = defineTask({
  name: 'poc_test_task',
  input: z.unknown(),
  output: z.unknown(),
  maxAttempts: 1,
  run: () => {
    if (outcome.fails) throw new Error('no');
    return null;
  },
});

/** Time passes only for who waits, and then at once. */
function hurriedClock(): Clock {
  let now = Date.UTC(2026, 0, 1);
  return {
    now: () => now,
    after(ms, then) {
      if (ms > 2_000) return () => undefined; // a heartbeat, or a deadline
      const timer = setImmediate(() => {
        now += ms;
        then();
      });
      return () => clearImmediate(timer);
    },
  };
}

function keysOf(input: object): number {
  const { RequestItems = {} } = input as { RequestItems?: Record<string, { Keys?: unknown[] }> };
  return Object.values(RequestItems).reduce((sum, { Keys = [] }) => sum + Keys.length, 0);
}

async function setup() {
  const used = { read: 0, write: 0, refused: 0, requests: 0 };
  const table = await newTable();
  const config: DynamoDBClientConfig = {
    endpoint: inject('endpointUrl'),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const raw = new DynamoDBClient(config);
  raw.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
        try {
          const result = await next(args);
          const { ConsumedCapacity = [] } = result.output as { ConsumedCapacity?: unknown };
          const told = [ConsumedCapacity].flat() as { CapacityUnits?: number }[];
          // The emulator says nothing of this one: half a unit for each key and 4 KB, as its reads are not consistent.
          const units = commandName === 'BatchGetItemCommand' ? [{ CapacityUnits: keysOf(args.input) / 2 }] : told;
          const kind = /^(Get|BatchGet|Query)/.test(commandName) ? 'read' : 'write';
          for (const { CapacityUnits = 0 } of units) used[kind] += CapacityUnits;
          return result;
        } catch (error) {
          used.refused++; // a condition that did not hold bills the item's write unit
          used.write++;
          throw error;
        }
      },
    { step: 'initialize' },
  );
  const documents = DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } });
  const clock = hurriedClock();
  const queues = memoryQueues(['default'], clock);
  const engine: Engine = {
    tasks: createRegistry([idle], [bulkTask(() => engine)]),
    hooks: {},
    state: {},
    store: dynamoDbJobStore(raw, table),
    payloads: dynamoDbPayloads(documents, table),
    queues: {
      ...queues,
      send: (...message) => {
        used.requests++;
        return queues.send(...message);
      },
      sendMany: (queue, messages) => {
        used.requests += Math.ceil(messages.length / 10);
        return queues.sendMany(queue, messages);
      },
    },
    clock,
    chance: fixedChance(), // ids decide on partitions, and so on reads
    log: memoryLog(),
    waits: dynamoDbWaitSlots(documents, table, 3),
    depths: async () => {
      used.requests += 3;
      return { queues: { default: depth }, deadLetters: depth, undeliverable: depth };
    },
  };
  const handler = apiHandler(engine, openGuard);
  const call = async (target: string, body?: unknown) => {
    const event = { ...eventOf(target), ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const { statusCode, body: answer } = await handler(event as Parameters<typeof handler>[0]);
    expect(statusCode, `${target}: ${answer}`).toBeLessThan(300);
    return JSON.parse(answer ?? '');
  };
  const enqueue = async (body: object = {}): Promise<string> =>
    (await call('POST /tasks/poc_test_task/jobs', body)).job_id;
  const work = async () => {
    for (const { message, delivery } of queues.take('default', 1_000, 60)) {
      await deliver(engine, { queue: 'default', maxReceiveCount: 100 }, delivery, clock.now() + 60_000);
      queues.remove('default', message);
    }
  };
  const measured = async (does: () => Promise<unknown>) => {
    Object.assign(used, { read: 0, write: 0, refused: 0, requests: 0 });
    await does();
    return { ...used };
  };
  return { call, enqueue, work, measured };
}

test('docs/api.md tells what each route costs', async () => {
  const { call, enqueue, work, measured } = await setup();
  const rows: string[] = [];
  const row = async (what: string, does: () => Promise<unknown>, per = 1) => {
    const { read, write, requests } = await measured(does);
    const shown = [read, write, requests].map((units) => String(Math.round((units / per) * 100) / 100));
    rows.push(`| ${what} | ${shown.join(' | ')} |`);
  };
  const many = (count: number, change: object = {}) =>
    call('POST /jobs/batch', {
      jobs: Array.from({ length: count }, () => ({ task_name: 'poc_test_task', ...change })),
    });

  await row('`POST /tasks/trigger-test`', () => call('POST /tasks/trigger-test', {}));
  await row('`POST /tasks/{task_name}/jobs`', () => enqueue());
  await row('the same, with `user_id` and `project_id`', () => enqueue({ user_id: 'ada', project_id: 'p' }));
  await row('the same, with a `key`', () => enqueue({ key: 'k' }));
  await row('the same, due in more than 15 minutes', () => enqueue({ delay_seconds: 3_600 }));
  await row('the same, with an input of 10 KB', () => enqueue({ input: 'x'.repeat(10_000) }));
  await row('`POST /jobs/batch`, a job of 100', () => many(100), 100);
  await work();
  const plain = await enqueue();
  await row('a plain job from then on: claimed and completed by the worker', work);

  await row('`GET /jobs/{job_id}`', () => call(`GET /jobs/${plain}`));
  const waiting = await enqueue({ delay_seconds: 600 });
  await row('`GET /jobs/{job_id}?wait=20`, twenty seconds waited', () => call(`GET /jobs/${waiting}?wait=20`));
  await row('`GET /jobs`, 20 jobs of all tasks, one task', () => call('GET /jobs'));
  await row('`GET /jobs?limit=100`', () => call('GET /jobs?limit=100'));
  await row('`GET /jobs?status=failed`, 107 records passed over', () => call('GET /jobs?status=failed'));
  await row('`GET /tasks`, `GET /health`', () => call('GET /tasks'));

  await row('`PATCH /jobs/{job_id}`', () => call(`PATCH /jobs/${waiting}`, { now: true }));
  await row('`POST /jobs/{job_id}/abort` of a job that waits', () => call(`POST /jobs/${waiting}/abort`));
  await row('`POST /jobs/{job_id}/retry`', () => call(`POST /jobs/${waiting}/retry`));
  await work();
  await row('`POST /jobs/abort`, `POST /jobs/retry`: the order', () => call('POST /jobs/abort', { status: 'queued' }));
  await work();
  await many(100, { user_id: 'ada', delay_seconds: 60 });
  await call('POST /jobs/abort', { user_id: 'ada', status: 'queued' });
  await row('a job of 100 that the order aborts', work, 100);

  outcome.fails = true;
  await many(40);
  await work();
  outcome.fails = false;
  await row('`GET /dead-letters`, 20 jobs, one task', () => call('GET /dead-letters'));
  await row('`GET /stats`, one task, 40 failed', () => call('GET /stats'));
  await row('`POST /dead-letters/redrive`, a job of 40', () => call('POST /dead-letters/redrive', { all: true }), 40);

  const table = ['| call | read units | write units | SQS requests |', '|---|---|---|---|', ...rows].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  const [before = '', rest = ''] = page.split(BEGIN);
  const [told = '', after = ''] = rest.split(END);
  if (process.env.WRITE_COSTS !== undefined) writeFileSync(PAGE, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
  else expect(told.trim(), 'docs/api.md is stale: run this test with WRITE_COSTS=1').toBe(table);
}, 120_000);
