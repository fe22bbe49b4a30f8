import { expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import {
  createClient,
  type Job,
  type JobHandle,
  type JobPage,
  type JobStatus,
  type ListedJob,
  type Problem,
  type ProblemCode,
  type Redrive,
  type Stats,
  type Status,
  type TaskDescription,
  type TypesByName,
} from '../../client/index.ts';
import type * as core from '../../lambdas/core/record.ts';
import { type AnyTask, defineTask } from '../../lambdas/core/task.ts';
import type {
  JobOnTheWire,
  jobList,
  jobStatus,
  listedJob,
  problem,
  redriven,
  statsAnswer,
  taskList,
} from '../../lambdas/http/wire/answers.ts';

/** `tsc` is the test: what is wrong here does not compile. Nothing of it runs. */
const types = (_check: () => unknown): void => expect.assertions(0);

const report = defineTask({
  name: 'report',
  input: z.strictObject({ pages: z.coerce.number(), draft: z.boolean().default(false), due: z.string().optional() }),
  output: z.object({ url: z.string(), size: z.string().transform(Number) }),
  run: () => ({ url: '', size: '' }),
});
const ping = defineTask({
  name: 'ping',
  input: z.strictObject({}),
  output: z.literal('pong'),
  run: () => 'pong' as const,
});
const tasks = [report, ping] as const;

const client = createClient<typeof tasks>({ url: 'http://127.0.0.1' });

test('callers give what the input schema takes: defaults may be left out', () =>
  types(() => {
    client.enqueue('report', { pages: 1 });
    client.enqueue(
      'report',
      { pages: '1', draft: true, due: 'now' },
      { delaySeconds: 3, signal: new AbortController().signal },
    );
    // @ts-expect-error a field of another type
    client.enqueue('report', { pages: 1, draft: 'yes' });
    // @ts-expect-error a field that is not there
    client.enqueue('report', { pages: 1, colour: 'red' });
    // @ts-expect-error a missing field
    client.enqueue('report', {});
    // @ts-expect-error a task that is not there
    client.enqueue('repotr', { pages: 1 });
    // @ts-expect-error an option that is not there
    client.enqueue('report', { pages: 1 }, { delay: 3 });
  }));

test('callers get what the output schema gives', () =>
  types(async () => {
    const job = await client.enqueue('report', { pages: 1 });
    expectTypeOf(job.result()).resolves.toEqualTypeOf<{ url: string; size: number }>();
    expectTypeOf(job.wait()).resolves.toEqualTypeOf<Job<{ url: string; size: number }>>();
    expectTypeOf((await client.enqueue('ping', {})).result()).resolves.toEqualTypeOf<'pong'>();
    expectTypeOf(client.get<'ping'>('id')).resolves.toEqualTypeOf<Job<'pong'>>();
    expectTypeOf(client.get('id')).resolves.toEqualTypeOf<Job>();
    expectTypeOf(client.handle('ping', 'id').result()).resolves.toEqualTypeOf<'pong'>();
    for await (const listed of client.list({ taskName: 'ping' }))
      expectTypeOf(listed).toEqualTypeOf<ListedJob<'pong'>>();
    expectTypeOf(client.list().page()).resolves.toEqualTypeOf<JobPage>();
    expectTypeOf(client.deadLetters({ taskName: 'ping' }).page()).resolves.toEqualTypeOf<JobPage<'pong'>>();
  }));

test('each of many jobs is checked as one would be', () =>
  types(async () => {
    const [first, second] = await client.enqueueMany([
      { taskName: 'ping', input: {} },
      { taskName: 'report', input: { pages: 1 }, tags: ['x'] },
    ]);
    expectTypeOf(first.result()).resolves.toEqualTypeOf<'pong'>();
    expectTypeOf(second.result()).resolves.toEqualTypeOf<{ url: string; size: number }>();
    const pings = await client.enqueueMany([1, 2].map(() => ({ taskName: 'ping' as const, input: {} })));
    expectTypeOf(pings).toExtend<JobHandle<'pong'>[]>();
    const wrong = { taskName: 'report' as const, input: {} };
    // @ts-expect-error an input of another task
    client.enqueueMany([{ taskName: 'ping', input: {} }, wrong]);
    // @ts-expect-error an option that is not there
    client.enqueueMany([{ taskName: 'ping', input: {}, delay: 3 }]);
    // @ts-expect-error each job has a key of its batch and its place
    client.enqueueMany([{ taskName: 'ping', input: {}, idempotencyKey: 'k' }]);
  }));

test('a job that waits is amended with an input of its task', () =>
  types(() => {
    client.handle('report', 'id').amend({ input: { pages: 2 } });
    client.amend<'report'>('id', { input: { pages: 2 }, delaySeconds: 3 });
    client.amend('id', { input: 'anything' });
    client.reschedule('id', { now: true });
    // @ts-expect-error an input of another task
    client.amend<'report'>('id', { input: {} });
    // @ts-expect-error nothing to change
    client.amend('id', {});
  }));

test('the types can be an interface, a map by hand, or left open', () =>
  types(async () => {
    interface Mine extends TypesByName<typeof tasks> {}
    const named = createClient<Mine>({ url: '' });
    expectTypeOf((await named.enqueue('ping', {})).result()).resolves.toEqualTypeOf<'pong'>();
    // @ts-expect-error a missing field
    named.enqueue('report', {});

    interface Elsewhere {
      resize: { input: { url: string }; output: { width: number } };
    }
    const byHand = createClient<Elsewhere>({ url: '' });
    expectTypeOf((await byHand.enqueue('resize', { url: '' })).result()).resolves.toEqualTypeOf<{ width: number }>();
    // @ts-expect-error a task that is not there
    byHand.enqueue('report', {});

    for (const open of [createClient({ url: '' }), createClient<readonly AnyTask[]>({ url: '' })])
      expectTypeOf((await open.enqueue('anything', { at: 'all' })).result()).resolves.toEqualTypeOf<unknown>();
  }));

test('what is said of the wire is what the API sends', () =>
  types(() => {
    type Sent<Schema extends z.ZodType> = z.output<Schema>;
    expectTypeOf<Status>().toEqualTypeOf<core.Status>();
    expectTypeOf<Omit<Job, 'result'>>().toEqualTypeOf<Omit<JobOnTheWire, 'result'>>();
    expectTypeOf<Omit<ListedJob, 'result'>>().toEqualTypeOf<Omit<Sent<typeof listedJob>, 'result'>>();
    expectTypeOf<Omit<JobPage, 'jobs'>>().toEqualTypeOf<Omit<Sent<typeof jobList>, 'jobs'>>();
    expectTypeOf<Stats>().toEqualTypeOf<Sent<typeof statsAnswer>>();
    expectTypeOf<TaskDescription>().toEqualTypeOf<Sent<typeof taskList>['tasks'][number]>();
    expectTypeOf<JobStatus>().toEqualTypeOf<Sent<typeof jobStatus>>();
    expectTypeOf<Sent<typeof redriven>>().toExtend<Redrive>();
    expectTypeOf<Sent<typeof problem>>().toExtend<Problem>();
    expectTypeOf<ProblemCode>().toEqualTypeOf<Sent<typeof problem>['code']>();
    expectTypeOf<keyof Problem>().toEqualTypeOf<keyof Sent<typeof problem>>();
  }));
