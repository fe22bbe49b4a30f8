import { type ErrorCode, type FieldError, StintError, toError } from '../core/errors.ts';
import type { Log, LogFields } from '../core/ports.ts';
import type { Status } from '../core/record.ts';

/** Every problem that the API answers: its HTTP status and its title. The code is stable: callers may switch on it. */
export const PROBLEMS = {
  malformed: [400, 'Malformed request'],
  invalid_cursor: [400, 'Invalid cursor'],
  unauthenticated: [401, 'Not signed in'],
  forbidden: [403, 'Not allowed'],
  unknown_route: [404, 'Unknown route'],
  unknown_task: [404, 'Unknown task'],
  unknown_job: [404, 'Unknown job'],
  method_not_allowed: [405, 'Method not allowed'],
  conflict: [409, 'Conflict'],
  too_large: [413, 'Too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  invalid_input: [422, 'Invalid input'],
  too_many_requests: [429, 'Too many requests'],
  enqueue_failed: [500, 'Not enqueued'],
  internal: [500, 'Internal error'],
  unavailable: [503, 'Temporarily unavailable'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What a problem says beyond its code and detail. */
interface Extras {
  readonly errors?: readonly FieldError[];
  /** The status of the job that forbids what was asked. Not `status`, which RFC 9457 keeps for HTTP's. */
  readonly jobStatus?: Status | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An error that knows its answer. `message` becomes the problem's `detail`, so it says what to do. */
export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  readonly jobStatus: Status | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, { errors = [], jobStatus, headers = {}, cause }: Extras = {}) {
    super(detail, cause === undefined ? undefined : { cause });
    this.name = 'HttpProblem';
    this.code = code;
    this.errors = errors;
    this.jobStatus = jobStatus;
    this.headers = headers;
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }
}

const INTERNAL =
  'The API failed on this request. Try again; if it fails again, look for this request_id in the log of the API.';

/**
 * Whatever was thrown, as a problem. What nobody foresaw is `internal` with a fixed detail: nothing of it leaks, and its
 * cause is for the log.
 */
export function toProblem(thrown: unknown): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  if (!isForCallers(thrown)) return new HttpProblem('internal', INTERNAL, { cause: thrown });
  const { code, message, fields, jobStatus, cause } = thrown;
  if (code === 'enqueue_failed' && cause !== undefined && !isForCallers(cause))
    return new HttpProblem(code, `Failed to enqueue task: ${INTERNAL}`, { cause: thrown });
  const errors = fields.length > 0 ? fields : [{ path: '$', message }];
  const headers = code === 'unavailable' ? { 'retry-after': '1' } : {};
  return new HttpProblem(code === 'not_found' ? 'unknown_job' : code, message, {
    errors,
    jobStatus,
    headers,
    cause: thrown,
  });
}

type ForCallers = StintError & { readonly code: Exclude<ErrorCode, 'invalid_definition' | 'internal'> };

const isForCallers = (thrown: unknown): thrown is ForCallers =>
  thrown instanceof StintError && thrown.code !== 'invalid_definition' && thrown.code !== 'internal';

/** Tells the log of a problem that is the API's: a warning of what AWS will have mended by the next try, an error of the rest. */
export function report(log: Log, line: string, problem: HttpProblem, fields: LogFields): void {
  const { message, stack } = toError(problem.cause);
  if (problem.code === 'unavailable') log.warn(line, { ...fields, code: problem.code, error: message });
  else log.error(line, { ...fields, code: problem.code, error: message, stack });
}

/** Answers stay far below Lambda's 6 MB: an input of 256 KB can have a hundred thousand invalid fields. */
const MOST_ERRORS = 100;
const LONGEST_TEXT = 1_000;

/**
 * A problem document (RFC 9457), to be sent as `application/problem+json`.
 * @param most how many invalid fields it shows, and how long its texts may be
 */
export function problemDocument(
  problem: HttpProblem,
  requestId: string,
  most: { readonly errors: number; readonly text: number } = { errors: MOST_ERRORS, text: LONGEST_TEXT },
): Record<string, unknown> {
  const [status, title] = PROBLEMS[problem.code];
  const shorten = (text: string) => shortened(text, most.text);
  const errors = onePerField(problem.errors, shorten);
  const more = errors.length > most.errors ? ` Shown are ${most.errors} of ${errors.length} invalid fields.` : '';
  return {
    type: `/problems/${problem.code.replaceAll('_', '-')}`,
    title,
    status,
    detail: shorten(problem.message) + more,
    code: problem.code,
    ...(problem.code === 'invalid_input' ? { errors: errors.slice(0, most.errors) } : {}),
    ...(problem.jobStatus === undefined ? {} : { job_status: problem.jobStatus }),
    request_id: requestId,
  };
}

function onePerField(errors: readonly FieldError[], shorten: (text: string) => string): FieldError[] {
  const byPath = Map.groupBy(errors, ({ path }) => path);
  return [...byPath].map(([path, all]) => ({
    path: shorten(path),
    message: shorten([...new Set(all.map(({ message }) => message))].join('; ')),
  }));
}

function shortened(text: string, most: number): string {
  return (text.length <= most ? text : `${text.slice(0, most - 1)}…`).toWellFormed();
}
