import middy, { type MiddlewareObj } from '@middy/core';
import type * as z from 'zod';
import { type Attempt, currentAttempt } from './attempt.ts';
import { damageOf } from './damage.ts';
import type { Engine } from './engine.ts';
import { NonRetryableError, type StintError, toError } from './errors.ts';
import { type HookName, runHooks } from './hooks.ts';
import { type Outcome, outcomeOfError, outcomeOfResult } from './outcome.ts';
import { loadPayload, toJson } from './payload.ts';
import type { Status } from './record.ts';
import { type Settled, settle } from './settle.ts';

/** What middy carries through the pipeline of one job. */
interface Job {
  readonly engine: Engine;
  readonly attempt: Attempt;
  /** Epoch milliseconds by which everything, hooks included, must be over. */
  readonly end: number;
  outcome?: Outcome;
  settled?: Settled;
}

type Middleware = MiddlewareObj<Job, unknown>;

/**
 * The pipeline of one job, as an onion: middy runs `before` from the outside in, `after` and `onError` from the inside out.
 * Read from the bottom up, it is the order that design.md promises:
 * before_process → run, output checked → before_complete or before_retry → record written → on_success, on_failure or
 * on_abort → after_process. The record is written by the engine's own layer, so no hook can move or skip it.
 *
 * middy's own timeout is off: the deadline is the attempt's, by our clock (docs/decisions/0003).
 */
const pipeline = middy<Job, unknown, Error>((job: Job) => runTask(job), { timeoutEarlyInMillis: 0 })
  .use(after((job) => hooks(job, 'afterProcess')))
  .use(after((job) => hooks(job, hookOfStatus(job))))
  .use(after(write))
  .use(after((job) => hooks(job, hookOfOutcome(job))))
  .use(judgeOutcome())
  .use({ before: ({ event }) => hooks(event, 'beforeProcess') } satisfies Middleware);

/**
 * Runs a claimed job through its hooks and its task, and writes how it ended.
 * @param end epoch milliseconds when the invocation must have nothing left to do
 * @returns what is done with the message
 */
export async function runPipeline(engine: Engine, attempt: Attempt, end: number): Promise<Settled> {
  const job: Job = { engine, attempt, end };
  try {
    await pipeline(job, {} as never);
    return job.settled ?? { answer: 'leave', record: undefined };
  } finally {
    attempt.end();
    removeTempDir(attempt);
  }
}

/** What cannot be removed is left to the next start: the job has ended as its record says. */
function removeTempDir({ tempDir, log }: Attempt): void {
  try {
    tempDir.remove();
  } catch (error) {
    log.warn('temporary folder not removed', { error: toError(error).message });
  }
}

/** A layer that acts once the task is over, whether it returned or threw. */
function after(act: (job: Job) => Promise<void>): Middleware {
  const run = ({ event }: { event: Job }) => act(event);
  return { after: run, onError: run };
}

/** Innermost: names the outcome, and answers the error so that middy takes it as handled. */
function judgeOutcome(): Middleware {
  return {
    after: ({ event, response }) => {
      note(event, outcomeOfResult(response as string));
    },
    onError: (request) => {
      const { engine, attempt } = request.event;
      note(request.event, outcomeOfError(engine, attempt, toError(request.error)));
      request.response = null;
    },
  };
}

function note(job: Job, outcome: Outcome): void {
  job.outcome = outcome;
  if (outcome.is === 'complete') return;
  job.attempt.ctx.error = outcome.error;
  if (outcome.is === 'retry') job.attempt.ctx.retryAt = outcome.at;
}

/** The record's own layer. Its failure is nobody's hook: the message is left, and the lease heals the job. */
async function write(job: Job): Promise<void> {
  const { engine, attempt, outcome } = job;
  if (outcome === undefined) return;
  attempt.end(); // the record is about to be the attempt's no longer: a heartbeat would be refused as lost
  try {
    job.settled = await settle(engine, attempt, outcome);
  } catch (error) {
    attempt.log.error('record not written', { outcome: outcome.is, error: toError(error).message });
    job.settled = { answer: 'leave', record: undefined };
  }
  if (job.settled.record === undefined) return;
  attempt.ctx.status = job.settled.record.status;
  if (attempt.ctx.status !== 'queued') attempt.ctx.retryAt = undefined; // an abort came first
}

/**
 * The task itself: input read and parsed, run, output checked. Resolves with the result's JSON.
 *
 * Each step is left behind when the attempt is over, and none is begun after that; nor is the task once an abort was asked for.
 */
async function runTask({ engine, attempt }: Job): Promise<string> {
  const { task, record, ctx, redaction } = attempt;
  const damage = damageOf(record, ['task_name', 'attempt', 'attempt_limit']);
  if (damage !== undefined) throw new NonRetryableError(damage);
  if (task === undefined)
    throw new NonRetryableError(
      `Unknown task '${record.task_name}'. This version has: ${engine.tasks.all.map(({ name }) => name).join(', ')}. ` +
        'Deploy it again, then redrive the job.',
    );
  const inTime = <T>(step: Promise<T>): Promise<T> => Promise.race([step, attempt.interrupted]);
  const input = ctx.input ?? (await inTime(loadPayload(engine.payloads, record.input, 'input')));
  ctx.input = input;
  redaction.learn('input', input);
  const parsed = await inTime(parsedBy(task.input, input, 'input'));
  redaction.learn('input', parsed);
  ctx.signal.throwIfAborted();
  const returned = await inTime(currentAttempt.run(attempt, async () => task.run(ctx, parsed)));
  redaction.learn('output', returned);
  ctx.result = await inTime(parsedBy(task.output, returned, 'output'));
  redaction.learn('output', ctx.result);
  return resultJson(ctx.result);
}

/** The JSON of a result. @throws NonRetryableError when it has none, or too much: it never will */
export function resultJson(result: unknown): string {
  try {
    return toJson(result, 'result');
  } catch (error) {
    throw new NonRetryableError((error as StintError).message, { cause: error });
  }
}

/** A value parsed by its schema. @throws NonRetryableError with what does not fit: it never will */
export async function parsedBy(schema: z.ZodType, value: unknown, what: string): Promise<unknown> {
  const parsed = await schema.safeParseAsync(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new NonRetryableError(`The ${what} does not fit the task's schema: ${problems.join('; ')}`);
}

function hookOfOutcome({ outcome }: Job): HookName | undefined {
  if (outcome?.is === 'complete') return 'beforeComplete';
  return outcome?.is === 'retry' ? 'beforeRetry' : undefined;
}

/** Only of what this attempt wrote: a zombie's outcome is nobody's. */
function hookOfStatus({ settled }: Job): HookName | undefined {
  const byStatus: Partial<Record<Status, HookName>> = {
    complete: 'onSuccess',
    failed: 'onFailure',
    aborted: 'onAbort',
  };
  return settled?.record && byStatus[settled.record.status];
}

async function hooks(job: Job, name: HookName | undefined): Promise<void> {
  if (name === undefined) return;
  const { engine, attempt, end } = job;
  await runHooks({ ...engine, log: attempt.log }, name, attempt.ctx, end - engine.clock.now());
}
