import { AsyncLocalStorage } from 'node:async_hooks';
import type { TaskContext } from './context.ts';
import { type Engine, retentionDays } from './engine.ts';
import { enqueueChild } from './enqueue.ts';
import { cut, InterruptedError, levelOf, toError } from './errors.ts';
import type { JobHookContext } from './hooks.ts';
import { heartbeat } from './protocol.ts';
import type { JobRecord, Progress } from './record.ts';
import { type Redaction, redactionOf } from './redact.ts';
import type { AnyTask } from './task.ts';
import { type TempDir, tempDir } from './temp-dir.ts';
import { traceIdOf, traceparentOf } from './trace.ts';

/** The first heartbeat of an attempt, and the pause between two. A shorter job costs none. */
const HEARTBEAT_MS = 3_000;

/** Progress that a task reports is written at once, but at most so often. */
const PROGRESS_MS = 1_000;

/** The attempt whose task the running code belongs to, however deep its promises go. */
export const currentAttempt = new AsyncLocalStorage<Attempt>();

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * One attempt of a job: what its task and hooks see, its signal, its heartbeat. Begins with the claim, ends with `end()`,
 * after which it leaves no timer and no listener.
 */
export interface Attempt {
  readonly record: JobRecord;
  readonly task: AnyTask | undefined;
  readonly ctx: Writable<JobHookContext>;
  readonly log: Engine['log'];
  /** The task's temporary folder. */
  readonly tempDir: TempDir;
  /** Knows the values that must not be shown, once they are read. */
  readonly redaction: Redaction;
  /** The last progress that the task reported. */
  progress: Progress | null;
  /** JSON of the checked result. */
  resultJson: string | undefined;
  /** Rejects when the attempt is over before its task is: the deadline passed, the job was lost, or it was shut down or at fault. */
  readonly interrupted: Promise<never>;
  /** What fired the signal, if anything did. */
  interruption(): InterruptedError | undefined;
  interrupt(why: InterruptedError): void;
  /** Fails the attempt with an error that its task let go astray, a rejection that nobody handles; of one that is interrupted, nothing. */
  fault(error: Error): void;
  end(): void;
}

/**
 * Begins an attempt of a claimed job.
 * @param deadline epoch milliseconds when the task must have ended
 */
export function beginAttempt(engine: Engine, record: JobRecord, task: AnyTask | undefined, deadline: number): Attempt {
  const { clock } = engine;
  const began = clock.now();
  const redaction = redactionOf(task);
  const { job_id, task_name, attempt: number } = record;
  const about = { job_id, task_name, attempt: number, trace_id: traceIdOf(record) };
  const log = redaction.log(engine.log.with(about));
  const temporary = tempDir(`${job_id}-${number}`);
  const controller = new AbortController();
  let giveUp: (why: Error) => void = () => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  interrupted.catch(() => undefined); // nobody waits for it once the task has ended
  let ended = false;
  let why: InterruptedError | undefined;

  const interrupt = (reason: InterruptedError) => {
    if (ended || why !== undefined) return;
    why = reason;
    controller.abort(reason);
    // An abort waits for the task to react: code that goes on behind an `aborted` record would be worse.
    if (reason.reason !== 'abort') giveUp(reason);
  };

  const shutDown = () => interrupt(new InterruptedError('shutdown', 'the worker is shut down'));
  engine.shutdown?.addEventListener('abort', shutDown);
  if (engine.shutdown?.aborted) shutDown();

  const left = Math.max(0, deadline - began);
  const timeOut = () => {
    const timedOut = new InterruptedError('timeout', `timed out after ${Math.round(left / 100) / 10} s`);
    if (why === undefined) interrupt(timedOut);
    else giveUp(timedOut);
  };
  const cancelDeadline = clock.after(left, timeOut);
  if (left === 0) timeOut(); // its claim took too long: before a timer fires, the task would begin

  // Heartbeat: writes progress, reads back whether an abort was asked for (row 6 of the protocol).
  let cancelBeat: () => void = () => undefined;
  let lastWrite = began;
  const beat = async () => {
    cancelBeat();
    lastWrite = clock.now();
    try {
      const owner = record.owner ?? '';
      const seen = await engine.store.apply(record.job_id, heartbeat, { owner, progress: attempt.progress });
      if (seen.ok && seen.record.status === 'aborting') interrupt(new InterruptedError('abort', 'the job was aborted'));
      if (!seen.ok) interrupt(new InterruptedError('lost', 'another attempt holds the job'));
    } catch (error) {
      // The next one comes, for the lease needs none; and of an attempt that has ended, nobody is missing it.
      if (!ended) log[levelOf(error)]('heartbeat failed', { error: toError(error).message });
    }
    if (ended || why !== undefined) return;
    cancelBeat(); // of one that overtook this
    cancelBeat = clock.after(HEARTBEAT_MS, () => void beat());
  };
  cancelBeat = clock.after(HEARTBEAT_MS, () => void beat());

  const taskContext: TaskContext = {
    jobId: record.job_id,
    taskName: record.task_name,
    attempt: record.attempt,
    maxAttempts: record.attempt_limit,
    userId: record.user_id ?? null,
    projectId: record.project_id ?? null,
    tags: record.tags ?? [],
    traceparent: traceparentOf(record),
    signal: controller.signal,
    log,
    state: engine.state,
    tempDir: () => temporary.path(),
    remainingMillis: () => Math.max(0, deadline - clock.now()),
    progress: async (fraction, note) => {
      controller.signal.throwIfAborted();
      if (ended) return;
      const within = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
      const rounded = Math.round(within * 1e6) / 1e6; // DynamoDB takes no number below 1e-130
      attempt.progress = { fraction: rounded, ...(note === undefined ? {} : { note: cut(redaction.text(note), 200) }) };
      if (clock.now() - lastWrite >= PROGRESS_MS) await beat();
      controller.signal.throwIfAborted();
    },
    enqueue: (child, input, options) => enqueueChild(engine, record, child.name, input, options),
  };
  const attempt: Attempt = {
    record,
    task,
    ctx: {
      ...taskContext,
      status: record.status,
      input: undefined,
      result: undefined,
      error: undefined,
      retryAt: undefined,
    },
    log,
    redaction,
    tempDir: temporary,
    progress: null,
    resultJson: undefined,
    interrupted,
    interruption: () => why,
    interrupt,
    fault: (error) => interrupt(new InterruptedError('fault', error.message, { cause: error })),
    end: () => {
      ended = true;
      engine.shutdown?.removeEventListener('abort', shutDown);
      cancelDeadline();
      cancelBeat();
    },
  };
  return attempt;
}

/** How long the record of an attempt's job can be read once it has ended. */
export function retentionOf(engine: Engine, attempt: Attempt): number {
  return retentionDays(engine, attempt.record);
}
