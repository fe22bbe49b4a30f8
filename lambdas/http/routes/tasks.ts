import type { Engine } from '../../core/engine.ts';
import { type Enqueued, enqueue } from '../../core/enqueue.ts';
import { enqueueMany, type Order } from '../../core/enqueue-many.ts';
import type { EnqueueOptions } from '../../core/enqueue-options.ts';
import { jsonPath } from '../../core/fields.ts';
import { HttpProblem, problemDocument, report, toProblem } from '../problem.ts';
import { fitted, LARGEST_BODY_BYTES } from '../request.ts';
import { endpoint } from '../router.ts';
import { enqueued, enqueuedBatch, enqueuedTest, taskList, taskOnTheWire } from '../wire/answers.ts';
import {
  batchBody,
  batchEntry,
  idempotencyHeaders,
  type NewJobBody,
  newJobBody,
  triggerTestBody,
} from '../wire/requests.ts';

/** `POST /tasks/trigger-test`: a job of `poc_test_task`, to see that jobs run. */
export const triggerTest = endpoint({
  about: {
    id: 'triggerTest',
    summary: 'Enqueue a job of poc_test_task, to see that jobs run',
    tag: 'Tasks',
    answer: { status: 202, description: 'The job.', schema: enqueuedTest, headers: ['location'] },
    problems: ['unknown_task', 'conflict', 'enqueue_failed'],
  },
  headers: idempotencyHeaders,
  body: triggerTestBody,
  answer: async ({ engine, headers, body }) => {
    const { job_id, status } = await accept(engine, 'poc_test_task', body, {
      userId: body.user_id,
      projectId: body.project_id,
      idempotencyKey: headers['idempotency-key'],
    });
    return {
      status: 202,
      body: { message: 'Task accepted and queued for processing', job_id, status },
      headers: { location: `/jobs/${job_id}` },
    };
  },
});

/** `POST /tasks/{task_name}/jobs`: enqueues. */
export const enqueueJob = endpoint({
  about: {
    id: 'enqueue',
    summary: 'Enqueue a job',
    tag: 'Tasks',
    answer: { status: 202, description: 'The job.', schema: enqueued, headers: ['location'] },
    problems: ['unknown_task', 'conflict', 'enqueue_failed'],
  },
  headers: idempotencyHeaders,
  body: newJobBody,
  answer: async ({ engine, params, headers, body }) => {
    const options = { ...optionsOf(body), idempotencyKey: headers['idempotency-key'] };
    const accepted = await accept(engine, params.task_name ?? '', body.input, options).catch((thrown) => {
      throw ofBody(thrown);
    });
    return { status: 202, body: accepted, headers: { location: `/jobs/${accepted.job_id}` } };
  },
});

/** `POST /jobs/batch`: enqueues many, each by itself. */
export const enqueueBatch = endpoint({
  about: {
    id: 'enqueueBatch',
    summary: 'Enqueue many jobs, each by itself',
    description:
      'One entry that is refused spoils nothing. What there is no time for is answered as `unavailable`: send it again.',
    tag: 'Tasks',
    answer: { status: 202, description: 'A row an entry, in order.', schema: enqueuedBatch },
  },
  headers: idempotencyHeaders,
  body: batchBody,
  bodyTraits: { maxBytes: LARGEST_BODY_BYTES, list: 'jobs' },
  answer: async ({ engine, headers, body, remainingMillis }) => {
    const key = headers['idempotency-key'];
    // The space keeps these keys apart from those of callers, whose header takes visible characters only.
    const orders = body.jobs.map((entry, i) =>
      orderOf(entry, engine, key === undefined ? undefined : `batch ${key} ${i}`),
    );
    const good = orders.filter((order): order is Order => !(order instanceof Error));
    const accepted = (await enqueueMany(engine, good, remainingMillis)).values();
    const jobs = orders.map((order) => rowOf(order instanceof Error ? order : accepted.next().value, engine));
    const refused = jobs.filter((row) => 'error' in row).length;
    engine.log.info('jobs enqueued', { accepted: jobs.length - refused, refused });
    return { status: 202, body: { jobs } };
  },
});

/** What an entry of a batch asks for, or why it cannot. */
function orderOf(entry: unknown, engine: Engine, idempotencyKey: string | undefined): Order | HttpProblem {
  if (entry instanceof HttpProblem) return entry;
  try {
    const { task_name, ...body } = fitted(batchEntry, entry, jsonPath, 'This entry is not a job.');
    checkCallable(engine, task_name);
    const options = { ...optionsOf(body), idempotencyKey };
    return { taskName: task_name, input: body.input, options };
  } catch (thrown) {
    return toProblem(thrown);
  }
}

/** So many rows may each have a problem that the answer must stay short of Lambda's 6 MB. */
const ROW_LIMITS = { errors: 5, text: 300 };

function rowOf(outcome: Enqueued | Error | undefined, { requestId = '', log }: Engine) {
  if (outcome !== undefined && !(outcome instanceof Error)) {
    const { jobId: job_id, deduplicated } = outcome;
    log.debug('job enqueued', { job_id, deduplicated });
    return { job_id, status: statusOf(outcome), deduplicated };
  }
  const problem = outcome instanceof HttpProblem ? outcome : toProblem(ofBody(outcome));
  if (problem.status >= 500) report(log, 'job not enqueued', problem, {});
  return { error: problemDocument(problem, requestId, ROW_LIMITS) };
}

/** `GET /tasks`: what can be enqueued. */
export const listTasks = endpoint({
  about: {
    id: 'listTasks',
    summary: 'What can be enqueued',
    tag: 'Tasks',
    answer: { status: 200, description: 'The tasks, with the schemas of their input and output.', schema: taskList },
  },
  answer: async ({ engine }) => ({
    status: 200,
    body: { tasks: engine.tasks.all.map(taskOnTheWire) },
  }),
});

function optionsOf(body: NewJobBody): EnqueueOptions {
  return {
    userId: body.user_id,
    projectId: body.project_id,
    delaySeconds: body.delay_seconds,
    scheduledAt: body.scheduled_at,
    maxAttempts: body.max_attempts,
    key: body.key,
    tags: body.tags,
  };
}

/** The system's own tasks are not for callers: who may do what is decided by the routes that enqueue them. */
function checkCallable(engine: Engine, taskName: string): void {
  if (engine.tasks.isSystem(taskName))
    throw new HttpProblem('unknown_task', `Task '${taskName}' is the system's own: it cannot be enqueued.`);
}

async function accept(engine: Engine, taskName: string, input: unknown, options: EnqueueOptions) {
  checkCallable(engine, taskName);
  const made = await enqueue(engine, taskName, input, options);
  const { jobId: job_id, deduplicated } = made;
  if (!deduplicated) engine.log.info('job enqueued', { job_id, task_name: taskName });
  return { job_id, status: statusOf(made), deduplicated };
}

/** A worker may have claimed the job before its record was put. What this request made of it is `queued` all the same. */
const statusOf = ({ deduplicated, status }: Enqueued) => (deduplicated ? status : 'queued');

/** The domain's paths begin at the input, or at the options; the caller's at the body. */
export function ofBody(thrown: unknown): unknown {
  const problem = toProblem(thrown);
  if (problem.code !== 'invalid_input') return thrown;
  const errors = problem.errors.map(({ path, message }) => ({ path: pathInBody(path), message }));
  return new HttpProblem('invalid_input', problem.message, { errors, cause: thrown });
}

function pathInBody(path: string): string {
  const [, option] = /^options\.(\w+)$/.exec(path) ?? [];
  if (option !== undefined) return `$.${option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
  return path.replace(/^\$/, () => '$.input');
}
