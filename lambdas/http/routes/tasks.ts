import type { Engine } from '../../core/engine.ts';
import { type Enqueued, enqueue } from '../../core/enqueue.ts';
import type { EnqueueOptions } from '../../core/enqueue-options.ts';
import { HttpProblem, toProblem } from '../problem.ts';
import { endpoint } from '../router.ts';
import {
  idempotencyHeaders,
  type NewJobBody,
  newJobBody,
  TEN_YEARS_SECONDS,
  taskOnTheWire,
  triggerTestBody,
} from '../wire.ts';

/** `POST /tasks/trigger-test`: a job of `poc_test_task`, to see that jobs run. */
export const triggerTest = endpoint({
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
  headers: idempotencyHeaders,
  body: newJobBody,
  answer: async ({ engine, params, headers, body }) => {
    const options = { ...optionsOf(body, engine.clock.now()), idempotencyKey: headers['idempotency-key'] };
    const accepted = await accept(engine, params.task_name ?? '', body.input, options).catch(underInput);
    return { status: 202, body: accepted, headers: { location: `/jobs/${accepted.job_id}` } };
  },
});

/** `GET /tasks`: what can be enqueued. */
export const listTasks = endpoint({
  answer: async ({ engine }) => ({
    status: 200,
    body: { tasks: engine.tasks.all.map(taskOnTheWire) },
  }),
});

/** @throws HttpProblem `invalid_input` for a time too far ahead, which only the clock can tell */
function optionsOf(body: NewJobBody, now: number): EnqueueOptions {
  const { scheduled_at } = body;
  if (scheduled_at !== undefined && scheduled_at.getTime() > now + TEN_YEARS_SECONDS * 1000)
    throw new HttpProblem('invalid_input', 'The job is scheduled too far ahead.', {
      errors: [{ path: '$.scheduled_at', message: 'must be at most ten years ahead' }],
    });
  return {
    userId: body.user_id,
    projectId: body.project_id,
    delaySeconds: body.delay_seconds,
    scheduledAt: scheduled_at,
    maxAttempts: body.max_attempts,
    key: body.key,
    tags: body.tags,
  };
}

async function accept(engine: Engine, taskName: string, input: unknown, options: EnqueueOptions) {
  const enqueued = await enqueue(engine, taskName, input, options);
  const { jobId: job_id, deduplicated } = enqueued;
  if (!deduplicated) engine.log.info('job enqueued', { job_id, task_name: taskName });
  return { job_id, status: statusOf(enqueued), deduplicated };
}

/** A worker may have claimed the job before its record was put. What this request made of it is `queued` all the same. */
const statusOf = ({ deduplicated, status }: Enqueued) => (deduplicated ? status : 'queued');

/** The domain's paths begin at the input; the caller's at the body. */
function underInput(thrown: unknown): never {
  const problem = toProblem(thrown);
  if (problem.code !== 'invalid_input') throw thrown;
  const errors = problem.errors.map(({ path, message }) => ({ path: path.replace(/^\$/, () => '$.input'), message }));
  throw new HttpProblem('invalid_input', problem.message, { errors, cause: thrown });
}
