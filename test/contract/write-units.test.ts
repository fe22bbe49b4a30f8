import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { EnqueueOptions } from '../../lambdas/core/enqueue-options.ts';
import { pocTestTask } from '../../lambdas/tasks/poc-test-task.ts';
import { taskOf } from '../world/task-of.ts';
import { world } from '../world/world.ts';
import { newItems, newJobStore } from './aws.ts';

const UUID = '7f1c9c1e-3b0a-4c59-8f39-0d6f6f3f2a11';

/** Runs a job from its enqueue to its end. @returns what each write cost, in write units, by table and index */
async function costOf(
  options: EnqueueOptions,
  input: unknown = { message: 'Hello', user_id: UUID, project_id: UUID },
  { result }: { result?: string } = {},
) {
  const writes: (readonly [string, number])[] = [];
  const metered = newItems();
  metered.middlewareStack.add(
    (next) => async (args) => {
      const sent = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'INDEXES' } as never });
      const used = (sent.output as { ConsumedCapacity?: ConsumedCapacity }).ConsumedCapacity;
      const units = (part: ConsumedCapacity['Table']) => part?.WriteCapacityUnits ?? part?.CapacityUnits ?? 0;
      writes.push(['table', units(used?.Table)]);
      for (const [index, part] of Object.entries(used?.GlobalSecondaryIndexes ?? {})) writes.push([index, units(part)]);
      return sent;
    },
    { step: 'initialize' },
  );
  const { store, remove } = await newJobStore(metered);
  const task = result === undefined ? pocTestTask : taskOf(() => result, { name: 'poc_test_task' });
  const w = world({ tasks: [task], records: { store, remove } });
  const { jobId } = await enqueue(w.engine, 'poc_test_task', input, options);
  expect(await w.work()).toBe('ack');
  const costs = writes.slice();
  expect(await w.record(jobId)).toMatchObject({ status: 'complete' });
  return { costs, total: costs.reduce((sum, [, units]) => sum + units, 0) };
}

test('a plain job costs four write units: its put, its one index entry, its claim and its finish', async () => {
  const { costs, total } = await costOf({});
  expect(costs).toEqual([
    ['table', 1],
    ['by-task', 1],
    ['table', 1],
    ['table', 1],
  ]);
  expect(total).toBe(4);
});

test('a user and a project cost one each, for their index entries', async () => {
  const { costs, total } = await costOf({ userId: UUID, projectId: UUID });
  expect(costs.map(([where]) => where).sort()).toEqual(['by-project', 'by-task', 'by-user', 'table', 'table', 'table']);
  expect(total).toBe(6);
});

test('a reusable key costs two, for the mark that goes in and out', async () => {
  const { costs, total } = await costOf({ key: 'ada' });
  expect(costs).toEqual([
    ['table', 1],
    ['by-task', 1],
    ['attention', 1],
    ['table', 1],
    ['attention', 1],
    ['table', 1],
  ]);
  expect(total).toBe(6);
});

test('a plain job whose input is as large as a record holds costs no more', async () => {
  const message = 'x'.repeat(384 - '{"message":""}'.length);
  const { total } = await costOf({}, { message }, { result: 'short' });
  expect(total).toBe(4);
});

test('a job that has user, project, tags and an Idempotency-Key still costs a unit a write', async () => {
  const options = { userId: UUID, projectId: UUID, tags: ['video', 'subtitles'], idempotencyKey: 'once' };
  const { costs } = await costOf(options);
  expect(costs.filter(([where]) => where === 'table').map(([, units]) => units)).toEqual([1, 1, 1]);
});
