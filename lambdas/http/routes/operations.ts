import type { Engine } from '../../core/engine.ts';
import { listFailed } from '../../core/list-jobs.ts';
import { type Redriven, type RedriveOrder, redrive } from '../../core/redrive.ts';
import { stats } from '../../core/stats.ts';
import { HttpProblem, problemDocument, report, toProblem } from '../problem.ts';
import { endpoint } from '../router.ts';
import { jobList, jobListOnTheWire, redriven, statsAnswer, statsOnTheWire } from '../wire/answers.ts';
import { deadLettersQuery, redriveBody } from '../wire/requests.ts';

/** `GET /stats`: how things stand. */
export const getStats = endpoint({
  about: {
    id: 'getStats',
    summary: 'How things stand',
    description: 'What waits in each queue, what has failed, by task, and the job that has waited longest.',
    tag: 'Operations',
    answer: { status: 200, description: "SQS's counts are approximate.", schema: statsAnswer },
  },
  answer: async ({ engine }) => {
    const { depths } = engine;
    if (depths === undefined) throw new HttpProblem('internal', 'This API was not told of its queues.');
    return { status: 200, body: statsOnTheWire(await stats({ ...engine, depths }), engine.clock.now()) };
  },
});

/** `GET /dead-letters`: the jobs that failed and were buried, those that failed last first. */
export const getDeadLetters = endpoint({
  about: {
    id: 'listDeadLetters',
    summary: 'Jobs that failed, those that failed last first',
    tag: 'Operations',
    answer: { status: 200, description: 'A page of them.', schema: jobList },
    problems: ['invalid_cursor'],
  },
  query: deadLettersQuery,
  answer: async ({ engine, query: { limit, cursor, task_name } }) => {
    const listed = await listFailed(engine, task_name, { limit, cursor });
    return { status: 200, body: jobListOnTheWire(engine.tasks, listed) };
  },
});

/** `POST /dead-letters/redrive`: runs buried jobs again, a bounded number a call. */
export const redriveDeadLetters = endpoint({
  about: {
    id: 'redriveDeadLetters',
    summary: 'Run failed jobs again, a bounded number a call',
    tag: 'Operations',
    answer: { status: 202, description: 'What became of each, and how many are left.', schema: redriven },
  },
  body: redriveBody,
  answer: async ({ engine, body, remainingMillis }) => {
    const { jobs, left, more } = await redrive(engine, orderOf(body), remainingMillis);
    const rows = jobs.map((job) => rowOf(engine, job));
    const done = rows.filter((row) => 'status' in row).length;
    engine.log.info('dead letters redriven', { redriven: done, refused: rows.length - done, left });
    return { status: 202, body: { redriven: done, jobs: rows, left, left_at_least: more } };
  },
});

function orderOf({
  job_ids,
  task_name,
}: {
  job_ids?: string[] | undefined;
  task_name?: string | undefined;
}): RedriveOrder {
  if (job_ids !== undefined) return { jobIds: job_ids };
  return task_name === undefined ? { all: true } : { taskName: task_name };
}

const ROW_LIMITS = { errors: 1, text: 300 };

function rowOf({ requestId = '', log }: Engine, { jobId: job_id, error }: Redriven) {
  if (error === undefined) return { job_id, status: 'queued' };
  const problem = toProblem(error);
  if (problem.status >= 500) report(log, 'job not redriven', problem, { job_id });
  return { job_id, error: problemDocument(problem, requestId, ROW_LIMITS) };
}
