import { type LogLine, memoryLog } from '../lambdas/adapters/memory/log.ts';
import type { State, TaskContext } from '../lambdas/core/context.ts';
import type { Engine } from '../lambdas/core/engine.ts';
import { enqueueChild } from '../lambdas/core/enqueue.ts';
import { toJson } from '../lambdas/core/payload.ts';
import { parsedBy, resultJson } from '../lambdas/core/pipeline.ts';
import { newRecord } from '../lambdas/core/record.ts';
import { redactionOf } from '../lambdas/core/redact.ts';
import type { AnyTask } from '../lambdas/core/task.ts';
import { tempDir } from '../lambdas/core/temp-dir.ts';
import { traceIdOf, traceparentOf } from '../lambdas/core/trace.ts';

/** What a handler that is run alone finds in its context. All optional. */
export interface RunOptions {
  /** Default 1. */
  readonly attempt?: number;
  /** Default: the task's. */
  readonly maxAttempts?: number;
  readonly jobId?: string;
  readonly userId?: string;
  readonly projectId?: string;
  readonly tags?: readonly string[];
  /** Default: one that never fires. */
  readonly signal?: AbortSignal;
  /** Default: what `startup` left. */
  readonly state?: State;
  /** Told of each progress as the task reports it: to abort in the midst of it. */
  readonly onProgress?: (fraction: number, note: string | undefined) => void;
}

export interface RunOutcome<Result> {
  /** As a reader of the record gets it: checked by the output schema, and through JSON. */
  readonly result: Result;
  /** Each report of the task, in order, as it made it. */
  readonly progress: readonly { readonly fraction: number; readonly note: string | undefined }[];
  readonly logs: readonly LogLine[];
}

/**
 * Runs the handler of a task by itself: no queue, no record, no hooks. Its input and result are checked as a worker does.
 * What it enqueues, it does enqueue.
 * @throws NonRetryableError when input or result do not fit; else what the task throws
 */
export async function runAlone(
  engine: Engine,
  task: AnyTask,
  asked: unknown,
  options: RunOptions & { readonly state: State },
): Promise<RunOutcome<unknown>> {
  const now = engine.clock.now();
  const json = toJson(asked ?? {}, 'input');
  const redaction = redactionOf(task);
  redaction.learn('input', JSON.parse(json));
  const input = await parsedBy(task.input, JSON.parse(json), 'input');
  redaction.learn('input', input);
  const jobId = options.jobId ?? engine.chance.id(now);
  const { attempt = 1, maxAttempts = task.maxAttempts, signal = new AbortController().signal } = options;
  const parent = newRecord(jobId, jobId, task.name, {
    queue: task.queue,
    input: { json },
    max_attempts: maxAttempts,
    created_at: now,
    scheduled_at: 0,
    ...(options.userId === undefined ? {} : { user_id: options.userId }),
    ...(options.projectId === undefined ? {} : { project_id: options.projectId }),
  });
  const { lines, ...log } = memoryLog([], {
    job_id: jobId,
    task_name: task.name,
    attempt,
    trace_id: traceIdOf(parent),
  });
  const progress: { fraction: number; note: string | undefined }[] = [];
  const temporary = tempDir(`${jobId}-${attempt}`);
  const ctx: TaskContext = {
    jobId,
    taskName: task.name,
    attempt,
    maxAttempts,
    userId: options.userId ?? null,
    projectId: options.projectId ?? null,
    tags: options.tags ?? [],
    traceparent: traceparentOf({ ...parent, attempt }),
    signal,
    log: redaction.log(log),
    state: options.state,
    async progress(fraction, note) {
      signal.throwIfAborted();
      progress.push({ fraction, note });
      options.onProgress?.(fraction, note);
      signal.throwIfAborted();
    },
    tempDir: () => temporary.path(),
    remainingMillis: () => Math.max(0, now + task.timeoutSeconds * 1000 - engine.clock.now()),
    enqueue: (child, childInput, childOptions) => enqueueChild(engine, parent, child.name, childInput, childOptions),
  };
  try {
    const result = await parsedBy(task.output, await task.run(ctx, input), 'output');
    return { result: JSON.parse(resultJson(result)), progress, logs: lines };
  } finally {
    temporary.remove();
  }
}
