import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { abort } from '../../lambdas/core/abort.ts';
import { StintError } from '../../lambdas/core/errors.ts';
import { envelopeOf, writeMessage } from '../../lambdas/core/message.ts';
import { type JobRecord, newRecord } from '../../lambdas/core/record.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { defineTask } from '../../lambdas/core/task.ts';
import { apiHandler } from '../../lambdas/http/api.ts';
import { openGuard } from '../../lambdas/http/auth/guard.ts';
import { eventOf } from '../http/setup.ts';
import type { World } from '../world/world.ts';
import { echo, messageFor, type Setup, setup } from './setup.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);

const broken = defineTask({
  name: 'broken',
  input: z.unknown(),
  output: z.unknown(),
  maxAttempts: 2,
  run: () => {
    throw new Error('it went wrong');
  },
});

const job = {
  queue: 'default',
  input: { json: '{"a":1}' },
  max_attempts: 2,
  created_at: START - HOUR,
  scheduled_at: 0,
};
/** A record with every field that there is, so that each can be damaged. */
const whole = (id: string): JobRecord => ({
  ...newRecord(id, id, 'echo', { ...job, user_id: 'user', project_id: 'project', tags: ['a'], key: 'key', depth: 1 }),
  idempotency: { key: 'k', payload: 'p' },
  started_at: START - HOUR,
  attempts: [{ attempt: 1, started_at: START - HOUR, ended_at: START - HOUR + 1, error: 'once before' }],
  progress: { fraction: 0.5, note: 'half' },
});
const ended = { completed_at: START - 1, expires_at: START + 30 * 24 * HOUR, ttl: START / 1000 + 40 * 24 * 3600 };
const held = { attempt: 1, owner: 'gone', lease_expires_at: START - 1 };

/** What a job is doing, and the message that comes for it. */
const SITUATIONS: Record<string, { record: Partial<JobRecord>; redriven?: boolean }> = {
  'about to run': { record: {} },
  'about to fail': { record: { task_name: 'broken' } },
  'due for the sweep': { record: { due_at: START - 1 } },
  running: { record: { status: 'active', ...held, lease_expires_at: START + 10 * MINUTE } },
  'left by its worker': { record: { status: 'active', ...held } },
  'left by its worker in the last attempt': { record: { status: 'active', ...held, attempt: 2 } },
  'left by its worker while it was aborted': { record: { status: 'aborting', ...held } },
  complete: { record: { status: 'complete', attempt: 1, result: { json: '1' }, ...ended } },
  failed: { record: { status: 'failed', attempt: 2, failed_at: START - 1, error_message: 'no', ...ended } },
  'failed and redriven': { record: { status: 'failed', attempt: 2, failed_at: START - 1, ...ended }, redriven: true },
  aborted: { record: { status: 'aborted', attempt: 1, ...ended } },
};

const FIELDS = [
  ...(Object.keys({ ...whole('a'), ...ended, ...held }) as (keyof JobRecord)[]),
  ...(['result', 'error_message', 'due_at', 'failed_at'] as const),
].filter((field) => field !== 'job_id');
const MISSING = undefined;
const VALUES = [MISSING, null, '', 'soon', 0, -1, 1.5, 32_503_680_000_000, 1e16, true, [], {}, { json: 7 }, { at: 7 }];

const idOf = (n: number) => `00000000-0000-7000-b000-${String(n).padStart(12, '0')}`;

/** Damages one field of each record: a record for each value. Answers their ids. */
async function putDamaged(s: Setup, situation: string, field: keyof JobRecord): Promise<string[]> {
  const { record, redriven = false } = SITUATIONS[situation]!;
  const ids = VALUES.map((_value, n) => idOf(n));
  for (const [n, value] of VALUES.entries()) {
    const sound = { ...whole(ids[n]!), ...record };
    const damaged: Record<string, unknown> = { ...sound, [field]: value };
    if (value === MISSING) delete damaged[field];
    s.w.records.set(ids[n]!, damaged as unknown as JobRecord);
    await s.put(redriven ? writeMessage(envelopeOf(sound)) : JSON.stringify(messageFor(sound)));
    if (n % 4 === 0) await s.neighbour();
  }
  return ids;
}

/** The sweep ticks each minute, workers receive what becomes visible. */
async function live({ w, functions }: Setup, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += MINUTE) {
    expect(await w.sweep()).not.toBe('crashed');
    await functions.run(MINUTE);
  }
  expect(await w.tidy()).not.toBe('crashed');
}

async function get(w: World, jobId: string) {
  const answer = await apiHandler(w.engine, openGuard)(eventOf(`GET /jobs/${jobId}`) as APIGatewayProxyEventV2);
  return { status: answer.statusCode, body: JSON.parse(answer.body ?? '') };
}

/** A use case refuses in words of its own; whatever else it throws is a fault. */
async function orRefuses(call: Promise<unknown>): Promise<void> {
  await call.catch((error) => {
    expect(error).toBeInstanceOf(StintError);
    expect(error.code).toMatch(/^(conflict|not_found)$/);
  });
}

describe.each(Object.keys(SITUATIONS))('records damaged by hand of jobs that are %s', (situation) => {
  test.each(FIELDS)('%s', async (field) => {
    const s = setup([echo, broken]);
    const { w, functions } = s;
    const ids = await putDamaged(s, situation, field);

    await live(s, HOUR);
    const [deliveries, letters] = [functions.deliveries.total, w.queues.deadLetters.length];
    await live(s, HOUR);

    // No message loops: each is delivered a few times, and after an hour nothing goes on but what waits for years.
    for (const [id, times] of functions.deliveries.byMessage)
      expect(times, `deliveries of ${id}`).toBeLessThanOrEqual(4);
    expect(functions.deliveries.total - deliveries, 'deliveries in the second hour').toBe(0);
    expect(w.queues.deadLetters.length, 'dead letters in the second hour').toBeLessThanOrEqual(letters);
    expect(letters).toBeLessThanOrEqual(2 * VALUES.length);
    expect(w.messages('undeliverable')).toEqual([]);
    for (const { reason } of w.queues.deadLetters) expect(reason).toMatch(/./);
    // Neighbours are run, and the others left alone.
    const neighbours = [...w.records.values()].filter(({ input }) => JSON.stringify(input)?.includes('world'));
    expect(neighbours.map(({ status }) => status)).toEqual(['complete', 'complete', 'complete', 'complete']);
    expect(s.others().now).toEqual(s.others().before);
    // Whoever asks is answered.
    for (const id of ids) {
      const { status, body } = await get(w, id);
      expect(body).toEqual(expect.any(Object));
      expect([200, 404], JSON.stringify(body)).toContain(status);
      await orRefuses(retryJob(w.engine, id));
      await orRefuses(abort(w.engine, id));
    }
  });
});
