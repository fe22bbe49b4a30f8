import type { Status } from './record.ts';

/** What went wrong inside the job system, as a closed union that callers can switch on. */
export type ErrorCode =
  | 'invalid_definition' // a task, queue or hook is declared wrongly: found at load
  | 'unknown_task'
  | 'invalid_input'
  | 'invalid_cursor'
  | 'too_large'
  | 'forbidden' // asked for by one who may not
  | 'not_found'
  | 'conflict'
  | 'enqueue_failed' // the queue or the table did not take the job: nothing is promised
  | 'unavailable' // AWS throttled or did not answer: try again
  | 'internal'; // AWS refused what was asked of it, and will again: a right is missing, or it is a bug

/** One invalid field of an input: where it is (`$.segments[0].text`) and what to do about it. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Every error this system raises on purpose. `message` says what to do; `cause` is what led to it. */
export class StintError extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];
  /** The status of the job that forbids what was asked. */
  readonly jobStatus: Status | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; fields?: readonly FieldError[]; jobStatus?: Status } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StintError';
    this.code = code;
    this.fields = options.fields ?? [];
    this.jobStatus = options.jobStatus;
  }
}

/** How loud a failure is told that something else makes good: a warning, but for one that no time mends. */
export function levelOf(thrown: unknown): 'warn' | 'error' {
  return thrown instanceof StintError && thrown.code === 'internal' ? 'error' : 'warn';
}

/** Throw in a task: the job fails at once, attempts left or not. For what another try cannot change. */
export class NonRetryableError extends Error {
  override readonly name: string = 'NonRetryableError';
}

/**
 * Throw in a task: the attempt counts as failed, and the next one starts after `seconds` rather than the backoff. `NaN`, such as
 * `Number()` makes of a header `retry-after` that is a date: after the backoff.
 */
export class RetryAfterError extends Error {
  override readonly name = 'RetryAfterError';
  readonly seconds: number;

  constructor(seconds: number, message = `retry after ${seconds} s`, options?: ErrorOptions) {
    super(message, options);
    this.seconds = Number(seconds); // code without types may give anything
  }
}

/** Throw in a task: the job ends as `aborted`, with the message as its reason. For work that is no longer wanted. */
export class CancelError extends Error {
  override readonly name = 'CancelError';
}

/** Why a task's `signal` fired: `ctx.signal.reason` is one of these. `fault`: a promise failed that the task does not await; see `cause`. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly reason: 'timeout' | 'abort' | 'shutdown' | 'lost' | 'fault';

  constructor(reason: InterruptedError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The beginning of a text: valid Unicode, though it may be cut within a character. */
export function cut(text: string, length: number): string {
  return text.slice(0, length).toWellFormed();
}

/**
 * Whatever was thrown, as an Error whose name, message and stack are texts: a thrown string or object keeps its text, and an error
 * of which one is no text, or cannot be read, its class and all else that it is.
 */
export function toError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return inTexts(thrown);
  } catch {
    // It does not even say what it is.
  }
  return typeof thrown === 'string' ? new Error(thrown) : new Error(textOf(thrown), { cause: thrown });
}

function inTexts(error: Error): Error {
  const read = (field: 'name' | 'message' | 'stack'): unknown => {
    try {
      return error[field];
    } catch {
      return undefined;
    }
  };
  const [name, message, stack] = [read('name'), read('message'), read('stack')];
  const isText = (value: unknown) => typeof value === 'string';
  if (isText(name) && isText(message) && (isText(stack) || stack === undefined)) return error;
  return Object.create(error, {
    name: { value: isText(name) ? name : 'Error' },
    message: { value: textOf(message) },
    stack: { value: isText(stack) ? stack : undefined },
  });
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A cycle, say.
  }
  try {
    return Object.prototype.toString.call(value);
  } catch {
    return 'An error without a text.';
  }
}
