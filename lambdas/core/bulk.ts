import * as z from 'zod';
import { abort } from './abort.ts';
import type { TaskContext } from './context.ts';
import type { Engine } from './engine.ts';
import { type Enqueued, enqueue } from './enqueue.ts';
import { NonRetryableError, StintError, toError } from './errors.ts';
import { forUser, userFor } from './for-user.ts';
import { derivedId } from './ids.ts';
import { type JobFilter, listJobs, matches } from './list-jobs.ts';
import { loadPayload } from './payload.ts';
import { isExpired, isFinished, type JobRecord, STATUSES } from './record.ts';
import { retryJob } from './retry-job.ts';
import { type AnyTask, defineTask } from './task.ts';

/** The system's own task: aborts or retries many jobs. Not listed by `GET /tasks`, and enqueued by no one but the system. */
export const BULK_TASK = 'stint_bulk';

/** Most jobs that one request may name. */
export const MOST_JOB_IDS = 1_000;

export type BulkAction = 'abort' | 'retry';

/** Which jobs are meant: those named, or all that the filter shows; of those named only what fits the filter. */
export interface BulkOrder {
  readonly action: BulkAction;
  readonly jobIds?: readonly string[] | undefined;
  readonly filter: JobFilter;
  /** Counts what would be changed, and changes nothing. */
  readonly dryRun: boolean;
}

const counts = z.strictObject({
  /** Jobs that were meant, and stood so that they could be changed. */
  matched: z.int(),
  changed: z.int(),
  /** Jobs that were meant, but stood otherwise or changed meanwhile: nothing was left to do. */
  skipped: z.int(),
  /** Named, but not there. */
  missing: z.int(),
  failed: z.int(),
  /** The first ten that failed. */
  errors: z.array(z.strictObject({ job_id: z.string(), detail: z.string() })),
});
type Counts = z.output<typeof counts>;

const filter = z.strictObject({
  taskName: z.string().optional(),
  userId: z.string().optional(),
  projectId: z.string().optional(),
  status: z.enum(STATUSES).optional(),
  tag: z.string().optional(),
  createdAfter: z.number().optional(),
  createdBefore: z.number().optional(),
});

const input = z.strictObject({
  action: z.enum(['abort', 'retry']),
  job_ids: z.array(z.string()).max(MOST_JOB_IDS).optional(),
  filter,
  dry_run: z.boolean(),
  /** Where an earlier job of the same order stopped, and what it had done. */
  after: z.strictObject({ place: z.union([z.int(), z.string()]), counts }).optional(),
});
type Input = z.output<typeof input>;

const output = counts.extend({
  dry_run: z.boolean(),
  /** The job that goes on where this one ran out of time, and counts on; null: all is done. */
  next_job_id: z.string().nullable(),
});

/**
 * Accepts an order for many jobs: a job of the system itself, whose record shows its progress and, in its result, the counts.
 * Jobs that are enqueued after the order are not meant.
 * @throws StintError `forbidden` for the jobs of another user; else as `enqueue`
 */
export async function enqueueBulk(
  engine: Engine,
  order: BulkOrder,
  idempotencyKey: string | undefined,
): Promise<Enqueued> {
  const { action, jobIds, dryRun } = order;
  userFor(engine, order.filter.userId);
  const asked = {
    action,
    ...(jobIds === undefined ? {} : { job_ids: jobIds }),
    filter: order.filter,
    dry_run: dryRun,
  };
  // Who has too many jobs queued may abort them.
  const { admitJob: _, ...unlimited } = engine;
  return enqueue(action === 'abort' ? unlimited : engine, BULK_TASK, asked, { idempotencyKey });
}

const AT_ONCE = 16;
const PAGE = 100;
/** What a page may take, and what comes after the last one. */
const PAGE_MS = 8_000;

/** @param engineOf the engine whose jobs are changed: asked for at run time, for it holds this very task */
export function bulkTask(engineOf: () => Engine): AnyTask {
  const task = defineTask({
    name: BULK_TASK,
    description: 'Aborts or retries many jobs.',
    input,
    output,
    maxAttempts: 5,
    // Its queue's function ends it before; it stops in time for that, and goes on in a job of its own.
    timeoutSeconds: 895,
    run: (ctx, order): Promise<z.output<typeof output>> => runBulk(engineOf(), ctx, order, () => task),
  });
  return task;
}

async function runBulk(
  engine: Engine,
  ctx: TaskContext,
  asked: Input,
  self: () => Parameters<TaskContext['enqueue']>[0],
) {
  // Whose jobs these are is the record's to say, not the input's.
  const scoped = ctx.userId === null ? engine : forUser(engine, ctx.userId);
  const goesOn = `bulk ${ctx.jobId} goes on`;
  const next = ctx.attempt > 1 ? await goneOn(engine, goesOn) : undefined;
  if (next !== undefined) return { ...next, dry_run: asked.dry_run };
  const order = asked.after === undefined && asked.job_ids === undefined ? await upToNow(engine, ctx, asked) : asked;
  const done = structuredClone(order.after?.counts ?? NOTHING_DONE);
  let place = order.after?.place;
  do {
    if (place !== order.after?.place && ctx.remainingMillis() < PAGE_MS) {
      const rest = { ...order, after: { place: place ?? 0, counts: done } };
      const { jobId } = await ctx.enqueue(self(), rest, { idempotencyKey: goesOn });
      return { ...done, dry_run: order.dry_run, next_job_id: jobId };
    }
    const page = await nextPage(scoped, order, place).catch(refuseOrder);
    done.missing += page.missing;
    for (let i = 0; i < page.jobs.length; i += AT_ONCE)
      await Promise.all(page.jobs.slice(i, i + AT_ONCE).map((job) => change(scoped, ctx, order, job, done)));
    place = page.next;
    await ctx.progress(fractionAt(order, place), `${done.matched} matched, ${done.changed} changed`);
  } while (place !== undefined);
  return { ...done, dry_run: order.dry_run, next_job_id: null };
}

/**
 * What an earlier attempt had done when it went on in a job of its own, and died before its record said so. To do the order once more
 * would count nothing, and be in conflict with that job.
 */
async function goneOn({ store, payloads }: Engine, idempotencyKey: string) {
  const next = await store.get(derivedId('idempotency-key', idempotencyKey));
  if (next === undefined) return undefined;
  const { after } = input.parse(await loadPayload(payloads, next.input, 'input'));
  return { ...(after?.counts ?? NOTHING_DONE), next_job_id: next.job_id };
}

/** The order, for jobs that were enqueued before it. */
async function upToNow(engine: Engine, ctx: TaskContext, order: Input): Promise<Input> {
  const record = await engine.store.get(ctx.jobId);
  const ordered = record === undefined ? engine.clock.now() : record.created_at + 1;
  return {
    ...order,
    filter: { ...order.filter, createdBefore: Math.min(order.filter.createdBefore ?? ordered, ordered) },
  };
}

const NOTHING_DONE: Counts = { matched: 0, changed: 0, skipped: 0, missing: 0, failed: 0, errors: [] };

/** How far it is; how many jobs a filter means is not known before the end. */
function fractionAt({ job_ids }: Input, place: number | string | undefined): number {
  if (place === undefined) return 1;
  return typeof place === 'number' && job_ids !== undefined ? place / job_ids.length : 0;
}

interface Stretch {
  readonly jobs: readonly JobRecord[];
  readonly missing: number;
  readonly next: number | string | undefined;
}

async function nextPage(engine: Engine, order: Input, place: number | string | undefined): Promise<Stretch> {
  const wanted: JobFilter = order.filter;
  if (order.job_ids === undefined) {
    const cursor = typeof place === 'string' ? place : undefined;
    const { jobs, next } = await listJobs(engine, wanted, { limit: PAGE, cursor });
    return { jobs: jobs.filter(({ task_name }) => task_name !== BULK_TASK), missing: 0, next: next ?? undefined };
  }
  const from = typeof place === 'number' ? place : 0;
  const jobIds = [...new Set(order.job_ids)];
  const asked = jobIds.slice(from, from + PAGE);
  const now = engine.clock.now();
  const there = (await engine.store.getMany(asked)).filter((record) => !isExpired(record, now));
  const jobs = there.filter((record) => matches(record, wanted));
  return { jobs, missing: asked.length - there.length, next: from + PAGE < jobIds.length ? from + PAGE : undefined };
}

/** What is wrong with the order itself is as wrong in the next attempt. */
function refuseOrder(thrown: unknown): never {
  if (thrown instanceof StintError && (thrown.code === 'forbidden' || thrown.code === 'invalid_cursor'))
    throw new NonRetryableError(thrown.message, { cause: thrown });
  throw thrown;
}

async function change(engine: Engine, ctx: TaskContext, order: Input, job: JobRecord, done: Counts): Promise<void> {
  const { job_id, status } = job;
  const stands = order.action === 'retry' ? status === 'failed' || status === 'aborted' : !isFinished(status);
  if (!stands || status === 'aborting' || job_id === ctx.jobId) {
    done.skipped++;
    return;
  }
  done.matched++;
  if (order.dry_run) return;
  try {
    await (order.action === 'retry' ? retryJob : abort)(engine, job_id);
    done.changed++;
  } catch (thrown) {
    if (thrown instanceof StintError && (thrown.code === 'conflict' || thrown.code === 'not_found')) {
      done.skipped++;
      return;
    }
    done.failed++;
    if (done.errors.length < 10) done.errors.push({ job_id, detail: toError(thrown).message.slice(0, 300) });
  }
}
