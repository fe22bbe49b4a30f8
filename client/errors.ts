import type { Job, Problem } from './records.ts';

/** Every error of this client, but for the reason of a caller's own `AbortSignal`, which is thrown as it is. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError';
}

/** The API refused, or failed. `problem` is its document, `message` the document's `detail` and its first invalid fields. */
export class ApiError extends ClientError {
  override readonly name: string = 'ApiError';
  readonly problem: Problem;
  /** Of HTTP. */
  readonly status: number;
  /** Stable: switch on it. */
  readonly code: Problem['code'];
  /** Seconds that the API asks to be left alone, if it said so. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter?: number) {
    super(
      [problem.detail, ...(problem.errors ?? []).slice(0, 3).map(({ path, message }) => `${path}: ${message}`)].join(
        '\n',
      ),
    );
    this.problem = problem;
    this.status = problem.status;
    this.code = problem.code;
    this.retryAfter = retryAfter;
  }
}

/** 401, 403: not signed in, or not allowed. */
export class NotAllowedError extends ApiError {
  override readonly name = 'NotAllowedError';
}

/** 404: no such job, task or route. */
export class NotFoundError extends ApiError {
  override readonly name = 'NotFoundError';
}

/** 409: the job's state forbids it (`problem.job_status`), or an idempotency key was used with another payload. */
export class ConflictError extends ApiError {
  override readonly name = 'ConflictError';
}

/** 422: `problem.errors` has one entry a field. */
export class InvalidInputError extends ApiError {
  override readonly name = 'InvalidInputError';
}

/** 429, after all retries. */
export class TooManyRequestsError extends ApiError {
  override readonly name = 'TooManyRequestsError';
}

/** No answer, or one that is not the API's: after all retries. `cause` is what `fetch` said. */
export class ConnectionError extends ClientError {
  override readonly name = 'ConnectionError';
}

/** The time is up that a request, a call or a wait was given. What was asked may have taken effect, and jobs go on. */
export class TimeoutError extends ClientError {
  override readonly name = 'TimeoutError';
}

/** `result()` of a job that failed. */
export class JobFailedError extends ClientError {
  override readonly name = 'JobFailedError';
  readonly job: Job;

  constructor(job: Job) {
    super(`Job ${job.job_id} (${job.task_name}) failed: ${job.error_message ?? 'it does not say why'}`);
    this.job = job;
  }
}

/** `result()` of a job that was aborted, by hand or by itself. */
export class JobAbortedError extends ClientError {
  override readonly name = 'JobAbortedError';
  readonly job: Job;

  constructor(job: Job) {
    super(
      `Job ${job.job_id} (${job.task_name}) was aborted${job.error_message === null ? '' : `: ${job.error_message}`}`,
    );
    this.job = job;
  }
}

const BY_STATUS: Readonly<Record<number, typeof ApiError>> = {
  401: NotAllowedError,
  403: NotAllowedError,
  404: NotFoundError,
  409: ConflictError,
  422: InvalidInputError,
  429: TooManyRequestsError,
};

/** The error of a problem document. */
export function apiError(problem: Problem, retryAfter?: number): ApiError {
  return new (BY_STATUS[problem.status] ?? ApiError)(problem, retryAfter);
}

/** What stands for a problem document where something before the API answered: a gateway's `{"message": …}`, say. */
export function problemOf(status: number, body: unknown): Problem {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>;
  const { title = given.message ?? given.Message, errors } = given; // API Gateway's; a function URL's
  const text = (value: unknown, otherwise: string) => (typeof value === 'string' ? value : otherwise);
  const shownTitle = text(title, `HTTP ${status}`);
  return {
    ...given,
    type: text(given.type, 'about:blank'),
    title: shownTitle,
    detail: text(given.detail, `${shownTitle} (HTTP ${status}, not from the API itself)`),
    code: text(given.code, CODES[status] ?? (status >= 500 ? 'unavailable' : 'malformed')),
    errors: isFieldErrors(errors) ? errors : undefined,
    status,
  };
}

const isFieldErrors = (errors: unknown): errors is NonNullable<Problem['errors']> =>
  Array.isArray(errors) && errors.every((each) => typeof each?.path === 'string');

const CODES: Readonly<Record<number, string>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'unknown_route',
  413: 'too_large',
  429: 'too_many_requests',
};
