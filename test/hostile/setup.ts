import * as z from 'zod';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { inputKey } from '../../lambdas/core/payload.ts';
import { type JobRecord, newRecord, type Status } from '../../lambdas/core/record.ts';
import { type AnyTask, defineTask } from '../../lambdas/core/task.ts';
import { type World, world } from '../world/world.ts';
import { functionsOf } from './batch.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Gives back what it was given: whoever may read a job's result reads its input. */
export const echo = defineTask({ name: 'echo', input: z.unknown(), output: z.unknown(), run: (_ctx, input) => input });

/** The jobs of other people, by what they are doing. None of their messages is under way. */
export type Innocents = Readonly<Record<Status | 'scheduled', JobRecord>>;

const idOf = (n: number) => `00000000-0000-7000-9000-${String(n).padStart(12, '0')}`;
const OTHERS: readonly (Status | 'scheduled')[] = [
  'queued',
  'scheduled',
  'active',
  'aborting',
  'aborted',
  'failed',
  'complete',
];

/** Puts the innocents into the table, each with a large input of its own. */
function putInnocents(w: World): Innocents {
  const now = w.clock.now();
  const ended = { completed_at: now - DAY, expires_at: now + 29 * DAY, ttl: (now + 29 * DAY) / 1000 };
  const held = { attempt: 1, owner: 'its-owner', lease_expires_at: now + 19 * MINUTE, started_at: now - MINUTE };
  const changes: Record<Status | 'scheduled', Partial<JobRecord>> = {
    queued: { scheduled_at: now + 14 * MINUTE, due_at: now + 10 * DAY },
    scheduled: { status: 'queued', scheduled_at: now + 30 * DAY, due_at: now + 30 * DAY - 14 * MINUTE },
    active: { status: 'active', ...held },
    aborting: { status: 'aborting', ...held },
    aborted: { status: 'aborted', ...ended },
    failed: { status: 'failed', attempt: 3, failed_at: now - DAY, error_message: 'it went wrong', ...ended },
    complete: { status: 'complete', attempt: 1, result: { json: '"private"' }, ...ended },
  };
  const records = OTHERS.map((name, n): [typeof name, JobRecord] => {
    const id = idOf(n);
    const at = inputKey(id, id);
    w.payloads.stored.set(at, { json: JSON.stringify({ secret: name }), ttl: (now + 90 * DAY) / 1000 });
    const job = { queue: 'default', input: { at }, max_attempts: 3, created_at: now - DAY, scheduled_at: 0 };
    const record = { ...newRecord(id, id, 'echo', job), dispatch: 5, ...changes[name] };
    w.records.set(id, record);
    return [name, record];
  });
  return Object.fromEntries(records) as Innocents;
}

/** A world with other people's jobs, and its functions. */
export function setup(tasks: readonly AnyTask[] = [echo]) {
  const w = world({ tasks });
  const innocents = putInnocents(w);
  const ids = new Set(Object.values(innocents).map(({ job_id }) => job_id));
  const looked = () => ({
    records: structuredClone([...w.records].filter(([id]) => ids.has(id))),
    payloads: structuredClone([...w.payloads.stored].filter(([key]) => ids.has(key.split('#')[0] ?? ''))),
  });
  const before = looked();
  const functions = functionsOf(w);
  return {
    w,
    innocents,
    functions: { ...functions, run: (ms: number) => functions.run(ms, w.clock.advance) },
    /** Puts a body on a queue as it is. Answers its message id. */
    async put(body: string, queue = 'default'): Promise<string> {
      await w.queues.send(queue, body, 0);
      return w.messages(queue).at(-1)?.messageId ?? '';
    },
    /** A job of somebody else, to stand in the same batch. */
    neighbour: async () => (await enqueue(w.engine, 'echo', { hello: 'world' })).jobId,
    /** The other people's records and payloads as they were, and as they are. */
    others: () => ({ before, now: looked() }),
    reasons: () => w.queues.deadLetters.map(({ reason }) => reason),
  };
}

export type Setup = ReturnType<typeof setup>;

/** A message of our own for a record, changed. */
export const messageFor = (record: JobRecord, change: Record<string, unknown> = {}) => ({
  v: 1,
  job_id: record.job_id,
  run: record.run,
  dispatch: record.dispatch,
  task_name: record.task_name,
  ...change,
});

export const NEW_ID = '00000000-0000-7000-a000-000000000001';

/** A message that makes a job of its own, changed. */
export const creating = (now: number, create: Record<string, unknown> = {}, change: Record<string, unknown> = {}) => ({
  v: 1,
  job_id: NEW_ID,
  run: NEW_ID,
  dispatch: 1,
  task_name: 'echo',
  ...change,
  create: {
    queue: 'default',
    input: { json: '{"mine":true}' },
    max_attempts: 3,
    created_at: now,
    scheduled_at: 0,
    ...create,
  },
});
