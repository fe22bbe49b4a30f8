import { abort } from '../../core/abort.ts';
import { amend } from '../../core/amend.ts';
import { type BulkAction, enqueueBulk } from '../../core/bulk.ts';
import type { Engine } from '../../core/engine.ts';
import { scheduledTime } from '../../core/enqueue-options.ts';
import { NonRetryableError, StintError } from '../../core/errors.ts';
import { listJobs } from '../../core/list-jobs.ts';
import { loadPayload } from '../../core/payload.ts';
import type { JobRecord, Payload } from '../../core/record.ts';
import { retryJob } from '../../core/retry-job.ts';
import { endpoint } from '../router.ts';
import { type JobOnTheWire, job, jobList, jobListOnTheWire, jobOnTheWire, jobStatus } from '../wire/answers.ts';
import { amendBody, bulkBody, filterOf, idempotencyHeaders, listQuery, waitQuery } from '../wire/requests.ts';
import { ofBody } from './tasks.ts';
import { readAtEnd, TO_ANSWER_MS } from './wait.ts';

/** `GET /jobs/{job_id}`: the record; with `?wait=` when the job has ended, or when the seconds have passed. */
export const getJob = endpoint({
  about: {
    id: 'getJob',
    summary: 'A job, at once or when it has ended',
    description:
      'With `wait`, as soon as it has ended; at most some callers wait at once, others are answered at once with `retry-after`.',
    tag: 'Jobs',
    answer: { status: 200, description: 'The record.', schema: job },
    problems: ['unknown_job'],
  },
  query: waitQuery,
  answer: async ({ engine, params, query: { wait = 0 }, remainingMillis }) => {
    const millis = Math.min(wait * 1000, remainingMillis() - TO_ANSWER_MS);
    const { record, crowded } = await readAtEnd(engine, jobIdOf(params), millis);
    const headers = crowded ? { 'retry-after': '1' } : {};
    return { status: 200, body: await withPayloads(engine, record), headers };
  },
});

/** `GET /jobs`: the newest first. */
export const getJobs = endpoint({
  about: {
    id: 'listJobs',
    summary: 'Jobs, the newest first',
    tag: 'Jobs',
    answer: { status: 200, description: 'A page of them.', schema: jobList },
    problems: ['invalid_cursor'],
  },
  query: listQuery,
  answer: async ({ engine, query: { limit, cursor, ...filter } }) => {
    const listed = await listJobs(engine, filterOf(filter), { limit, cursor });
    return { status: 200, body: jobListOnTheWire(engine.tasks, listed) };
  },
});

/** `POST /jobs/{job_id}/abort`. */
export const abortJob = endpoint({
  about: {
    id: 'abortJob',
    summary: 'Stop a job',
    description: 'One that waits is aborted at once; one that runs is told, and is `aborting` until it has stopped.',
    tag: 'Jobs',
    answer: { status: 202, description: 'The status that it has now.', schema: jobStatus },
    problems: ['unknown_job', 'conflict'],
  },
  answer: ({ engine, params }) => changed(engine, jobIdOf(params), abort),
});

/** `POST /jobs/{job_id}/retry`. */
export const retryEndedJob = endpoint({
  about: {
    id: 'retryJob',
    summary: 'Run a failed or aborted job again, with fresh attempts',
    tag: 'Jobs',
    answer: { status: 202, description: 'The status that it has now.', schema: jobStatus },
    problems: ['unknown_job', 'conflict', 'enqueue_failed'],
  },
  answer: ({ engine, params }) => changed(engine, jobIdOf(params), retryJob),
});

/** `PATCH /jobs/{job_id}`: another time, or another input, for a job that waits. */
export const amendJob = endpoint({
  about: {
    id: 'amendJob',
    summary: 'Give a job that waits another time or input',
    description: "Another input only before its first attempt; it must fit the schema of the job's own task.",
    tag: 'Jobs',
    answer: { status: 200, description: 'The record.', schema: job },
    problems: ['unknown_job', 'conflict'],
  },
  body: amendBody,
  answer: async ({ engine, params, body }) => {
    const now = engine.clock.now();
    const options = { delaySeconds: body.delay_seconds, scheduledAt: body.scheduled_at };
    const untouched = body.now === undefined && body.delay_seconds === undefined && body.scheduled_at === undefined;
    const record = await amend(engine, jobIdOf(params), {
      scheduledAt: untouched ? undefined : scheduledTime(options, now),
      input: body.input === undefined ? undefined : { value: body.input },
    }).catch((thrown) => {
      throw ofBody(thrown);
    });
    return { status: 200, body: await withPayloads(engine, record) };
  },
});

/** `POST /jobs/abort`. */
export const abortJobs = bulk('abort');
/** `POST /jobs/retry`. */
export const retryJobs = bulk('retry');

function bulk(action: BulkAction) {
  return endpoint({
    about: {
      id: `${action}Jobs`,
      summary: action === 'abort' ? 'Stop many jobs' : 'Run many failed or aborted jobs again',
      description: 'A job of the system does it; its record shows how far it is, and its result what became of it.',
      tag: 'Jobs',
      answer: { status: 202, description: 'The job that does it.', schema: jobStatus, headers: ['location'] },
      problems: ['conflict', 'enqueue_failed'],
    },
    headers: idempotencyHeaders,
    body: bulkBody,
    answer: async ({ engine, headers, body: { job_ids, dry_run, ...filter } }) => {
      const order = { action, jobIds: job_ids, filter: filterOf(filter), dryRun: dry_run };
      const { jobId: job_id, status } = await enqueueBulk(engine, order, headers['idempotency-key']);
      engine.log.info('bulk order accepted', { job_id, action, dry_run });
      return { status: 202, body: { job_id, status }, headers: { location: `/jobs/${job_id}` } };
    },
  });
}

async function withPayloads({ tasks, payloads }: Engine, record: JobRecord): Promise<JobOnTheWire> {
  const load = async (payload: Payload | undefined, what: string): Promise<unknown> => {
    if (payload === undefined) return null;
    try {
      return await loadPayload(payloads, payload, what);
    } catch (error) {
      if (error instanceof NonRetryableError) return null; // its item is gone: the record is worth an answer without
      throw error;
    }
  };
  const [input, result] = await Promise.all([load(record.input, 'input'), load(record.result, 'result')]);
  return jobOnTheWire(tasks, record, { input, result });
}

/** 202 with the status that a change led to. */
async function changed(engine: Engine, jobId: string, change: (engine: Engine, jobId: string) => Promise<JobRecord>) {
  const { job_id, status } = await change(engine, jobId);
  return { status: 202, body: { job_id, status } };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function jobIdOf({ job_id = '' }: Readonly<Record<string, string>>): string {
  const jobId = job_id.toLowerCase();
  if (UUID.test(jobId)) return jobId;
  throw new StintError(
    'not_found',
    `There is no job '${job_id.slice(0, 64)}': a job id is a UUID, as the enqueue answered it.`,
  );
}
