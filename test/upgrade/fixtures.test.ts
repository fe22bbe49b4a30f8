import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { abort } from '../../lambdas/core/abort.ts';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { apiHandler } from '../../lambdas/http/api.ts';
import { openGuard } from '../../lambdas/http/auth/guard.ts';
import { job } from '../../lambdas/http/wire/answers.ts';
import { eventOf } from '../http/setup.ts';
import { taskOf } from '../world/task-of.ts';
import { bodyOf, type World } from '../world/world.ts';
import { readFixture, scenesOf, shapeOf, versions, worldAfter, writeFixture } from './fixture.ts';
import type { SceneName } from './scenes.ts';

const MINUTE = 60_000;
const newest = versions().at(-1)!;

describe(`today's code writes what ${newest} wrote`, () => {
  // A change of shape is a new version: `node test/upgrade/freeze.ts <the next>`, a `v` of its own where old code must not
  // read it, and the folders of earlier versions kept. This test then compares with the new folder.
  test.each(scenesOf(newest))('%s', async (scene) => {
    expect(shapeOf(await writeFixture(scene))).toEqual(shapeOf(readFixture(newest, scene)));
  });
});

/** A job of an earlier version, in the hands of today's code. Its task is one that today succeeds. */
async function takeOver(version: string, scene: SceneName) {
  const runs: unknown[] = [];
  const work = taskOf(({ attempt, jobId }, input) => {
    runs.push({ attempt, jobId, input });
    return 'done today';
  });
  const fixture = readFixture(version, scene);
  const w = await worldAfter(fixture, [work]);
  const jobId = String(fixture.record?.pk ?? (fixture.messages[0]?.body as { job_id?: string })?.job_id ?? '');
  return { w, jobId, runs, fixture, record: async () => (await w.record(jobId))! };
}

async function get(w: World, jobId: string) {
  const answer = await apiHandler(w.engine, openGuard)(eventOf(`GET /jobs/${jobId}`) as APIGatewayProxyEventV2);
  return { status: answer.statusCode, body: JSON.parse(answer.body ?? '') };
}

describe.each(versions())('what %s left behind', (version) => {
  const scenes = scenesOf(version);

  test('is read as it is by GET', async () => {
    for (const scene of scenes) {
      const { w, jobId, record } = await takeOver(version, scene);
      const before = await record();
      if (before === undefined) continue;

      const { status, body } = await get(w, jobId);

      expect(status, scene).toBe(200);
      expect(job.parse(body), scene).toMatchObject({
        job_id: jobId,
        status: before.status,
        attempt: before.attempt,
        input: { wish: expect.any(String) },
        error_message: before.error_message ?? null,
      });
      if (before.status === 'complete') expect(body.result, scene).not.toBeNull();
    }
  });

  // What runs by itself, once a worker, the sweep and the bury function of today are there.
  test.each<[SceneName, Partial<JobRecord>, { ran: number[]; buried?: number }]>([
    ['queued', { status: 'complete', attempt: 1 }, { ran: [1] }],
    ['queued with every option', { status: 'complete', user_id: 'user-1', tags: ['red', 'blue'] }, { ran: [1] }],
    ['message without a record', { status: 'complete', project_id: 'project-1', max_attempts: 2 }, { ran: [1] }],
    ['queued with a large input', { status: 'complete' }, { ran: [1] }],
    ['delayed', { status: 'complete' }, { ran: [1] }],
    ['scheduled', { status: 'complete' }, { ran: [1] }],
    ['keyed', { status: 'complete', key: 'customer-1' }, { ran: [1] }],
    ['waiting for a retry', { status: 'complete', attempt: 2 }, { ran: [2] }],
    ['waiting for a late retry', { status: 'complete', attempt: 2 }, { ran: [2] }],
    ['active', { status: 'complete', attempt: 2 }, { ran: [2] }],
    ['active in its last attempt', { status: 'failed', attempt: 1 }, { ran: [], buried: 2 }],
    ['aborting', { status: 'aborted', attempt: 1 }, { ran: [] }],
    ['aborted', { status: 'aborted', attempt: 0 }, { ran: [] }],
    ['cancelled', { status: 'aborted', attempt: 1 }, { ran: [] }],
    ['complete', { status: 'complete', result: { json: '{"text":"hello"}' } }, { ran: [] }],
    ['complete with a large result', { status: 'complete' }, { ran: [] }],
    ['failed', { status: 'failed' }, { ran: [], buried: 2 }],
    ['failed without an envelope', { status: 'failed' }, { ran: [], buried: 2 }],
    ['failed as undeliverable', { status: 'failed', attempt: 0 }, { ran: [], buried: 2 }],
    ['undeliverable', { status: 'failed', attempt: 0 }, { ran: [], buried: 2 }],
    ['retried by hand', { status: 'complete', attempt: 2, dispatch: 2 }, { ran: [2] }],
    ['active after a retry by hand', { status: 'complete', attempt: 3, dispatch: 2 }, { ran: [3] }],
    ['child', { status: 'complete', depth: 1 }, { ran: [1] }],
  ])('%s: is brought to its end', async (scene, end, { ran, buried }) => {
    if (!scenes.includes(scene)) return;
    const { w, record, runs } = await takeOver(version, scene);

    await w.settle(2 * 86_400_000);
    await w.clock.advance(MINUTE);
    await w.tidy();

    expect(await record()).toMatchObject(end);
    expect(runs).toMatchObject(ran.map((attempt) => ({ attempt, input: { wish: expect.any(String) } })));
    expect([...w.messages(), ...w.messages('undeliverable')]).toEqual([]);
    const { job_id } = await record();
    expect(w.envelopes()).toMatchObject(buried === undefined ? [] : [{ v: 1, job_id, dispatch: buried }]);
  });

  test('foreign: becomes a job', async () => {
    const { w, runs } = await takeOver(version, 'foreign');

    await w.settle();

    expect(runs).toMatchObject([{ attempt: 1, input: { text: 'from EventBridge' } }]);
    expect([...w.records.values()]).toMatchObject([{ status: 'complete', tags: ['red'] }]);
  });

  test.each<SceneName>(['failed', 'failed without an envelope', 'failed as undeliverable', 'aborted', 'cancelled'])(
    '%s: is run again when somebody asks',
    async (scene) => {
      const { w, jobId, record, runs } = await takeOver(version, scene);
      const { attempt } = await record();

      await retryJob(w.engine, jobId);
      await w.settle();
      await w.clock.advance(MINUTE);
      await w.tidy();

      expect(await record()).toMatchObject({ status: 'complete', attempt: attempt + 1, dispatch: 2 });
      expect(runs).toHaveLength(1);
      expect(w.envelopes()).toEqual([]);
    },
  );

  test.each<SceneName>(['failed', 'failed as undeliverable'])('%s: is run again by its envelope', async (scene) => {
    const { w, record, runs } = await takeOver(version, scene);
    const { attempt } = await record();

    w.redrive();
    await w.settle();

    expect(await record()).toMatchObject({ status: 'complete', attempt: attempt + 1, dispatch: 2 });
    expect(runs).toHaveLength(1);
  });

  test('an envelope that was moved before the deploy is stale when its job was retried by hand meanwhile', async () => {
    const { w, record } = await takeOver(version, 'active after a retry by hand');

    w.redrive();
    await w.settle();

    expect(await record()).toMatchObject({ status: 'complete', attempt: 3, dispatch: 2 });
    expect(w.envelopes()).toEqual([]);
  });

  test.each<[SceneName, string]>([
    ['queued', 'aborted'],
    ['scheduled', 'aborted'],
    ['waiting for a retry', 'aborted'],
    ['active', 'aborting'],
    ['aborting', 'aborting'],
  ])('%s: is %s when somebody aborts it', async (scene, status) => {
    const { w, jobId, record, runs } = await takeOver(version, scene);

    expect(await abort(w.engine, jobId)).toMatchObject({ status });
    await w.settle(2 * 86_400_000);

    expect(await record()).toMatchObject({ status: 'aborted' });
    expect(runs).toEqual([]);
  });

  test('a key and an idempotency key still mean the same job', async () => {
    const keyed = await takeOver(version, 'keyed');
    const once = await takeOver(version, 'queued with every option');
    const input = { wish: 'return' };
    const everything = { userId: 'user-1', projectId: 'project-1', tags: ['red', 'blue'], maxAttempts: 2 };

    expect(await enqueue(keyed.w.engine, 'work', input, { key: 'customer-1' })).toMatchObject({
      jobId: keyed.jobId,
      deduplicated: true,
    });
    expect(await enqueue(once.w.engine, 'work', input, { ...everything, idempotencyKey: 'order-1' })).toMatchObject({
      jobId: once.jobId,
      deduplicated: true,
    });
    await expect(enqueue(once.w.engine, 'work', { other: 1 }, { idempotencyKey: 'order-1' })).rejects.toMatchObject({
      code: 'conflict',
    });

    await keyed.w.settle();
    const anew = await enqueue(keyed.w.engine, 'work', input, { key: 'customer-1' });
    expect(anew).toMatchObject({ jobId: keyed.jobId, deduplicated: false });
  });

  test('its envelopes say why', async () => {
    const { w } = await takeOver(version, 'failed');
    expect(bodyOf(w.queues.deadLetters[0]!).error).toBe('it never will');
  });
});
