import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryJobStore } from '../../lambdas/adapters/memory/job-store.ts';
import { PROTOCOL } from '../../lambdas/core/protocol.ts';
import type { JobRecord, Payload, Status } from '../../lambdas/core/record.ts';
import { written as afterwards, type Condition, type Given, type Transition } from '../../lambdas/core/transition.ts';
import { newJobStore } from './aws.ts';

/**
 * Conditions are judged alike, and writes do the same, in memory and in DynamoDB: so what the model and the tests of the core
 * find of the one holds for the other. The values come from so small a world that equal, smaller and missing ones all meet.
 */
const few = fc.integer({ min: 0, max: 3 });
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const text = fc.oneof(fc.constantFrom('', 'a', 'é🎬\uFFFF'), fc.string({ unit: 'grapheme', maxLength: 5 }));
const time = fc.oneof(
  few,
  fc.nat(12).map((quarters) => quarters / 4),
  fc.maxSafeNat(),
);
const payload: fc.Arbitrary<Payload> = fc.oneof(fc.record({ json: text }), fc.record({ at: text }));
// Mostly what lets a condition hold, or none of several would hold at once.
const mostly = <T>(usual: T, other: T) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(other) });
const runs = mostly('run-1', 'run-2');
const owners = mostly('me', 'other');
/** Equal ones meet often, smaller and greater ones too. */
const dispatches = fc.oneof(fc.constant(2), fc.integer({ min: 1, max: 4 }));
const STATUSES: readonly Status[] = ['queued', 'active', 'aborting', 'aborted', 'failed', 'complete'];
/** Mostly a status of which a condition speaks. */
const statusFor = (when: Condition): fc.Arbitrary<Status> => {
  const named = STATUSES.filter((status) => JSON.stringify(when).includes(`"${status}"`));
  const any = fc.constantFrom(...STATUSES);
  return named.length === 0
    ? any
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...named) }, { weight: 1, arbitrary: any });
};
const attempts = fc.array(fc.record({ attempt: few, started_at: time, ended_at: time, error: text }), { maxLength: 2 });
const progress = fc.option(fc.oneof(fc.record({ fraction: time }), fc.record({ fraction: time, note: text })), {
  nil: null,
});

const recordOf = (jobId: string, status: fc.Arbitrary<Status>): fc.Arbitrary<JobRecord> =>
  fc
    .record({
      v: fc.constant(1 as const),
      job_id: fc.constant(jobId),
      task_name: fc.constant('resize'),
      run: runs,
      status,
      attempt: few,
      attempt_limit: few,
      dispatch: dispatches,
      queue: fc.constant('default'),
      input: payload,
      max_attempts: few,
      created_at: time,
      scheduled_at: time,
      user_id: maybe(text),
      tags: maybe(fc.array(text, { maxLength: 2 })),
      owner: maybe(owners),
      lease_expires_at: maybe(time),
      started_at: maybe(time),
      completed_at: maybe(time),
      expires_at: maybe(time),
      ttl: maybe(few),
      result: maybe(payload),
      error_message: maybe(text),
      attempts,
      progress: maybe(progress),
      due_at: maybe(few),
      failed_at: maybe(time),
      shard: few,
      by_task: fc.constant('resize#0'),
    })
    .map((record) => JSON.parse(JSON.stringify(record)) as JobRecord);

const givenOf = (jobId: string): fc.Arbitrary<Omit<Given, 'after'>> =>
  fc.record({
    record: recordOf(jobId, fc.constantFrom(...STATUSES)),
    run: runs,
    dispatch: dispatches,
    now: time,
    owner: owners,
    lease_expires_at: time,
    expires_at: time,
    ttl: few,
    scheduled_at: time,
    due_at: few,
    result: payload,
    input: payload,
    error: text,
    attempts,
    progress,
  });

test.each(Object.entries(PROTOCOL) as [string, Transition<keyof Given>][])(
  'memory and DynamoDB agree on "%s", whatever the record and the values',
  async (name, transition) => {
    const dynamoDb = await newJobStore();
    let runs = 0;
    let written = 0;
    const cases = fc.nat().chain(() => {
      const jobId = `${name}-${++runs}`;
      return fc.tuple(
        fc.option(recordOf(jobId, statusFor(transition.when)), { nil: undefined, freq: 20 }),
        givenOf(jobId),
        fc.constant(jobId),
      );
    });
    await fc.assert(
      fc.asyncProperty(cases, async ([record, values, jobId]) => {
        const memory = memoryJobStore();
        // an owner knows its record, but not that it was asked to abort, nor always what progress was written last
        const held = { ...(record ?? values.record), status: 'active', progress: { fraction: 0.1 } } as const;
        const given: Given = { ...values, after: afterwards(held, transition, values) };
        if (record === undefined)
          await dynamoDb.remove(jobId); // shrinking takes an id again
        else {
          memory.records.set(jobId, record);
          await dynamoDb.write(record);
        }
        const [inMemory, inDynamoDb] = await Promise.all([
          memory.apply(jobId, transition, given),
          dynamoDb.store.apply(jobId, transition, given),
        ]);
        if (inMemory.ok) written++;
        expect(inDynamoDb).toEqual(inMemory);
        expect(await dynamoDb.store.get(jobId)).toEqual(await memory.get(jobId));
      }),
      { seed: 1, numRuns: 50 },
    );
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(50);
  },
);
