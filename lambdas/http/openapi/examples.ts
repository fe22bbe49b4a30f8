/** What an operation is sent and answers, to show: by its id. */
export interface Example {
  readonly request?: unknown;
  readonly answer?: unknown;
}

const JOB_ID = '019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b';
const AT = '2026-01-31T09:30:00.000Z';

const JOB = {
  id: JOB_ID,
  job_id: JOB_ID,
  task_name: 'poc_test_task',
  queue: 'default',
  status: 'complete',
  user_id: null,
  project_id: null,
  key: null,
  tags: [],
  input: { message: 'Hello' },
  result: {
    status: 'success',
    job_id: JOB_ID,
    processed_message: 'Processed: Hello',
    metadata: { user_id: null, project_id: null },
  },
  error_message: null,
  created_at: AT,
  scheduled_at: AT,
  started_at: '2026-01-31T09:30:00.120Z',
  completed_at: '2026-01-31T09:30:02.125Z',
  expires_at: '2026-03-02T09:30:02.125Z',
  attempt: 1,
  max_attempts: 3,
  attempt_limit: 3,
  attempts: [],
  progress: null,
  dispatch: 1,
  request_id: '8c1f0d0e-5d2b-4c43-9d3f-0b8f6f0f6a11',
};

const FAILED = { ...JOB, status: 'failed', result: null, error_message: 'The video is gone.', omitted: [] };
const DEPTH = { ready: 12, in_flight: 3, delayed: 0 };
const NONE = { ready: 0, in_flight: 0, delayed: 0 };

/** A test holds them to the schemas of their operations. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  triggerTest: {
    request: { message: 'Hello' },
    answer: { message: 'Task accepted and queued for processing', job_id: JOB_ID, status: 'queued' },
  },
  enqueue: { answer: { job_id: JOB_ID, status: 'queued', deduplicated: false } },
  enqueueBatch: {
    request: {
      jobs: [{ task_name: 'poc_test_task', input: { message: 'Hello' }, delay_seconds: 3_600, tags: ['night'] }],
    },
    answer: { jobs: [{ job_id: JOB_ID, status: 'queued', deduplicated: false }] },
  },
  getJob: { answer: JOB },
  listJobs: { answer: { jobs: [{ ...JOB, omitted: [] }], next_cursor: null, partial: false } },
  abortJob: { answer: { job_id: JOB_ID, status: 'aborting' } },
  retryJob: { answer: { job_id: JOB_ID, status: 'queued' } },
  amendJob: { request: { delay_seconds: 3_600 }, answer: { ...JOB, status: 'queued', result: null } },
  abortJobs: {
    request: { task_name: 'poc_test_task', status: 'queued', dry_run: true },
    answer: { job_id: JOB_ID, status: 'queued' },
  },
  retryJobs: { request: { job_ids: [JOB_ID] }, answer: { job_id: JOB_ID, status: 'queued' } },
  getStats: {
    answer: {
      queues: { default: DEPTH },
      dead_letters: { ...NONE, ready: 1 },
      undeliverable: NONE,
      failed: { poc_test_task: { count: 1, at_least: false } },
      oldest_waiting: { job_id: JOB_ID, task_name: 'poc_test_task', since: AT, seconds: 4.2, exact: true },
    },
  },
  listDeadLetters: { answer: { jobs: [FAILED], next_cursor: null, partial: false } },
  redriveDeadLetters: {
    request: { task_name: 'poc_test_task' },
    answer: { redriven: 1, jobs: [{ job_id: JOB_ID, status: 'queued' }], left: 0, left_at_least: false },
  },
  getHealth: { answer: { status: 'ok' } },
};
