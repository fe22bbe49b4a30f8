import { Readable } from 'node:stream';
import {
  type DynamoDBClient,
  type DynamoDBClientConfig,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { jsonLog } from '../../lambdas/adapters/json-log.ts';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { memoryPayloads } from '../../lambdas/adapters/memory/payload-store.ts';
import { memoryQueues } from '../../lambdas/adapters/memory/queues.ts';
import { systemChance, systemClock } from '../../lambdas/adapters/system.ts';
import { deliver } from '../../lambdas/core/deliver.ts';
import type { Engine } from '../../lambdas/core/engine.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { JobStore } from '../../lambdas/core/ports.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { createRegistry } from '../../lambdas/core/registry.ts';
import type { AnyTask } from '../../lambdas/core/task.ts';
import { hooks } from '../../lambdas/hooks.ts';

/** What the log would have written: made, and counted, as a function makes it; where it goes costs no function's CPU. */
export const sink = {
  lines: 0,
  write: (_line: string) => void sink.lines++,
  /** A line a batch, not a job. */
  writeMetrics: (_line: string) => undefined,
};

/** A worker's engine with the project's hooks, for one task, on a store of one's own. */
export function engineOn(store: JobStore, task: AnyTask): Engine {
  return {
    tasks: createRegistry([task]),
    hooks,
    state: {},
    shutdown: new AbortController().signal,
    store,
    payloads: memoryPayloads(),
    queues: memoryQueues(['default'], systemClock),
    clock: systemClock,
    chance: systemChance,
    log: jsonLog('INFO', {}, sink.write),
  };
}

/** A job's message, and its record as the two writes of a worker leave it. */
export interface Scene {
  readonly body: string;
  readonly claimed: JobRecord;
  readonly completed: JobRecord;
}

/** One job of a task, run in memory. */
export async function newScene(task: AnyTask, input: object): Promise<Scene> {
  const store = memoryJobStore();
  const queues = memoryQueues(['default'], systemClock);
  const written: JobRecord[] = [];
  const engine: Engine = {
    ...engineOn(
      {
        ...store,
        async apply(...write) {
          const applied = await store.apply(...write);
          if (applied.ok) written.push(applied.record);
          return applied;
        },
      },
      task,
    ),
    queues,
  };
  await enqueue(engine, task.name, input);
  const [taken] = queues.take('default', 1, 65);
  if (taken === undefined) throw new Error('There is no message.');
  await deliver(engine, { queue: 'default', maxReceiveCount: 100 }, taken.delivery, systemClock.now() + 60_000);
  const [, claimed, completed] = written;
  if (claimed?.status !== 'active' || completed?.status !== 'complete') throw new Error('The job did not run.');
  return { body: taken.delivery.body, claimed, completed };
}

/** What stands in for AWS: bytes that are made once, by what a request's body asks for. */
export interface Answering {
  handle(request: { readonly body: Uint8Array; readonly headers?: object }): Promise<{
    readonly response: { readonly statusCode: number; readonly headers: object; readonly body: Readable };
  }>;
}

export function answering({ claimed, completed }: Scene): Answering {
  const itemOf = ({ job_id: pk, ...rest }: JobRecord) => marshall({ pk, ...rest }, { removeUndefinedValues: true });
  const bytesOf = (answer: object) => Buffer.from(JSON.stringify(answer));
  const [atClaim, atEnd] = [claimed, completed].map((record) => bytesOf({ Attributes: itemOf(record) }));
  const claims = bytesOf({ Responses: Array.from({ length: 10 }, () => ({ Item: itemOf(claimed) })) });
  const nothing = bytesOf({});
  return {
    async handle(request) {
      const { buffer, byteOffset, length } = request.body;
      const body = Buffer.from(buffer as ArrayBuffer, byteOffset, length);
      const full = body.includes('"ALL_NEW"');
      const asked = full ? (body.includes('"complete"') ? atEnd : atClaim) : undefined;
      const bytes = asked ?? (body.includes('"Statements"') ? claims : nothing);
      const headers = { 'content-type': 'application/x-amz-json-1.0', 'content-length': String(bytes.length) };
      return { response: { statusCode: 200, headers, body: Readable.from([bytes]) } };
    },
  };
}

/** Settings of a client that has a stubbed AWS below it: everything of the SDK runs but the socket. */
export function stubbedSettings(scene: Scene): DynamoDBClientConfig {
  const requestHandler = {
    ...answering(scene),
    metadata: { handlerProtocol: 'http/1.1' },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
  return {
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: requestHandler as never,
  };
}

/** The updates that some code sends, as the document client takes them. */
export async function recordedUpdates(items: DynamoDBClient, code: () => Promise<unknown>) {
  const asked: UpdateCommandInput[] = [];
  const send = items.send.bind(items);
  items.send = (({ input }: { input: UpdateItemCommandInput }) => {
    const { Key = {}, ExpressionAttributeValues = {}, ...rest } = input;
    asked.push({
      ...(rest as UpdateCommandInput),
      Key: unmarshall(Key),
      ExpressionAttributeValues: unmarshall(ExpressionAttributeValues),
    });
    return send(new UpdateItemCommand(input));
  }) as never;
  try {
    await code();
  } finally {
    items.send = send;
  }
  return asked;
}
