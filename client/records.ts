/** What the API answers, as on the wire: docs/api.md. Times are ISO 8601 in UTC. */

/** Where a job stands. The last three are ends: a job leaves them only by a retry or redrive by hand. */
export type Status = 'queued' | 'active' | 'aborting' | 'aborted' | 'failed' | 'complete';

/** A job record. All fields are always there. */
export interface Job<Result = unknown> {
  /** The same as `job_id`. */
  id: string;
  job_id: string;
  task_name: string;
  queue: string;
  status: Status;
  user_id: string | null;
  project_id: string | null;
  key: string | null;
  tags: string[];
  input: unknown;
  /** Of a `complete` job; else null. */
  result: Result | null;
  error_message: string | null;
  created_at: string;
  /** When the next attempt is due; null: at once. */
  scheduled_at: string | null;
  /** Of the newest attempt. */
  started_at: string | null;
  completed_at: string | null;
  /** From then on the job is unknown. */
  expires_at: string | null;
  /** Attempts begun. */
  attempt: number;
  /** Attempts in all, as enqueued. */
  max_attempts: number;
  /** The attempt after which the job fails; a retry by hand grants `max_attempts` more. */
  attempt_limit: number;
  /** The newest ten that failed. */
  attempts: { attempt: number; started_at: string; ended_at: string; error: string }[];
  progress: { fraction: number; note: string | null } | null;
  /** 1, and one more for each retry or redrive by hand, and each change of a job that waits. */
  dispatch: number;
  /** Of the request that enqueued it, or enqueued the job that did. */
  request_id: string | null;
}

/** A job in a list. */
export interface ListedJob<Result = unknown> extends Job<Result> {
  /** Which of `input` and `result` are too large for a list, and null here: `get` has them. */
  omitted: ('input' | 'result')[];
}

/** A page of jobs. */
export interface JobPage<Result = unknown> {
  jobs: ListedJob<Result>[];
  /** For the page that follows; null: the list ends here. */
  next_cursor: string | null;
  /** The page ends before it is full, for so many records were passed over by its filters: the cursor goes on. */
  partial: boolean;
}

/** What a change of a job led to. */
export interface JobStatus {
  job_id: string;
  status: Status;
}

/** What `abortMany` and `retryMany` did, as the result of the job that does it. */
export interface BulkResult {
  /** Jobs that were meant, and stood so that they could be changed. */
  matched: number;
  changed: number;
  /** Jobs that were meant, but stood otherwise or changed meanwhile: nothing was left to do. */
  skipped: number;
  /** Named, but not there. */
  missing: number;
  failed: number;
  /** The first ten that failed. */
  errors: { job_id: string; detail: string }[];
  dry_run: boolean;
  /** The job that goes on where this one ran out of time, and counts on; null: all is done. */
  next_job_id: string | null;
}

/** What a redrive did: at most 500 jobs a call. Call again while `left` is above 0. */
export interface Redrive {
  redriven: number;
  jobs: ({ job_id: string; status: 'queued' } | { job_id: string; error: Problem })[];
  left: number;
  /** There may be more left than were counted. */
  left_at_least: boolean;
}

/** About how many messages an SQS queue holds. */
export interface Depth {
  ready: number;
  in_flight: number;
  delayed: number;
}

/** How things stand. */
export interface Stats {
  queues: Record<string, Depth>;
  dead_letters: Depth;
  undeliverable: Depth;
  /** Failed jobs that can still be read, by task. */
  failed: Record<string, { count: number; at_least: boolean }>;
  /** The job that has waited longest since its time came, among the newest records. */
  oldest_waiting: { job_id: string; task_name: string; since: string; seconds: number; exact: boolean } | null;
}

/** A task that can be enqueued, its schemas as JSON Schema. */
export interface TaskDescription {
  name: string;
  description?: string | undefined;
  queue: string;
  max_attempts: number;
  timeout_seconds: number;
  backoff: { initial_seconds: number; max_seconds: number };
  retention_days: number;
  /** When it runs by itself: cron patterns with their IANA time zones. */
  schedules: { cron: string; time_zone: string }[];
  input: Record<string, unknown>;
  output: Record<string, unknown>;
}

/** What a problem is about. A gateway's, or a newer API's, may be another. */
export type ProblemCode =
  | 'malformed'
  | 'invalid_cursor'
  | 'unauthenticated'
  | 'forbidden'
  | 'unknown_route'
  | 'unknown_task'
  | 'unknown_job'
  | 'method_not_allowed'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media_type'
  | 'invalid_input'
  | 'too_many_requests'
  | 'enqueue_failed'
  | 'internal'
  | 'unavailable';

/** A problem document (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  /** Of HTTP. */
  status: number;
  /** What to do about it. */
  detail: string;
  /** Stable: switch on it. */
  code: ProblemCode | (string & {});
  request_id?: string;
  /** Of `invalid_input`: one entry a field. */
  errors?: { path: string; message: string }[] | undefined;
  /** Of `conflict`: the status of the job that forbids what was asked. */
  job_status?: Status | undefined;
}
