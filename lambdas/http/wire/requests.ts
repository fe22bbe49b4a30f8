import * as z from 'zod';
import { MOST_JOB_IDS } from '../../core/bulk.ts';
import { MOST_ORDERS } from '../../core/enqueue-many.ts';
import { MAX_WAIT_SECONDS as TEN_YEARS_SECONDS } from '../../core/enqueue-options.ts';
import type { JobFilter } from '../../core/list-jobs.ts';
import { STATUSES } from '../../core/record.ts';
import { MOST_REDRIVEN } from '../../core/redrive.ts';
import { MAX_ATTEMPTS_LIMIT, TASK_NAME } from '../../core/task.ts';
import { shownAs, shownWith, undeclared } from '../openapi/json-schema.ts';

/** The longest `?wait=`. With what is left of it an answer is still below API Gateway's 30 s. */
export const MAX_WAIT_SECONDS = 20;

// Lengths are in characters (code points), as zod counts them here and in core/message.ts: what passes here must pass there.
// The characters are spelt out, for `\s` and `\p{C}` mean other ones to other readers of the published schemas.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it refuses
const VISIBLE = /^[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it refuses
const ONE_LINE = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/;

const visible = (most: number) =>
  z.string().min(1).max(most).regex(VISIBLE, 'must be visible characters, without spaces');
const oneLine = (most: number) =>
  z.string().min(1).max(most).regex(ONE_LINE, 'must not hold control characters or line breaks');

/** A time as callers write it. */
const when = shownAs(
  z.iso.datetime({ offset: true, error: 'must be a date and time with offset, such as 2026-01-31T09:30:00Z' }),
  { type: 'string', format: 'date-time' },
);

/** Body of `POST /tasks/trigger-test`. */
export const triggerTestBody = z.strictObject({
  message: z.string().optional(),
  user_id: z.guid().optional(),
  project_id: z.guid().optional(),
});

/** A job to be made: its input and its options. */
const newJobFields = {
  input: z.unknown().optional().describe("What the task is given; must fit the task's input schema. Default {}."),
  user_id: visible(128).optional(),
  project_id: visible(128).optional(),
  delay_seconds: z.number().min(0).max(TEN_YEARS_SECONDS).optional().describe('Not before so many seconds from now.'),
  scheduled_at: when
    .transform((text) => new Date(Math.max(0, Date.parse(text)))) // no record holds a time before 1970
    .optional()
    .describe('Not before this time, within ten years from now. In the past: at once.'),
  max_attempts: z.int().min(1).max(MAX_ATTEMPTS_LIMIT).optional().describe("Overrides the task's."),
  key: oneLine(256).optional().describe('Unique among the unfinished jobs of its task.'),
  tags: z.array(oneLine(64)).max(10).optional(),
};

const oneTime = ({ delay_seconds, scheduled_at }: { delay_seconds?: unknown; scheduled_at?: unknown }) =>
  delay_seconds === undefined || scheduled_at === undefined;
const notBoth = { path: ['scheduled_at'], error: 'give it or delay_seconds, not both' };
/** The same as JSON Schema. */
const notBothShown = { not: { required: ['delay_seconds', 'scheduled_at'] } };

/** Body of `POST /tasks/{task_name}/jobs`. */
export const newJobBody = shownWith(z.strictObject(newJobFields).refine(oneTime, notBoth), notBothShown);

/** An entry of `POST /jobs/batch`. */
export const batchEntry = z
  .strictObject({ task_name: z.string().min(1).max(64), ...newJobFields })
  .refine(oneTime, notBoth);

/** Body of `POST /jobs/batch`. Each entry is checked by itself, so that one that is not valid spoils nothing. */
export const batchBody = z.strictObject({
  jobs: z
    .array(z.unknown())
    .min(1)
    .max(MOST_ORDERS)
    .describe(
      'Each entry is the body of its task, and its `task_name`. An entry that does not fit is answered by a problem in its row.',
    ),
});

export type NewJobBody = z.output<typeof newJobBody>;

/** Header `Idempotency-Key`. */
export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .optional()
    .describe('A second request with the same key answers the same, and makes nothing anew.'),
});

const instant = when.transform((text) => Date.parse(text));

const taskName = z.string().regex(TASK_NAME, 'must be the name of a task');

/** Job ids as callers name them: in capitals, too, as in a path. */
const jobIds = (most: number) => z.array(z.guid().toLowerCase()).min(1).max(most);

/** A whole number in a query. */
const count = (least: number, most: number) =>
  shownAs(
    z
      .string()
      .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
      .transform(Number)
      .pipe(z.number().min(least).max(most)),
    { type: 'integer', minimum: least, maximum: most },
  );

/** Query of `GET /jobs/{job_id}`. */
export const waitQuery = z.strictObject({
  wait: count(0, MAX_WAIT_SECONDS).optional().describe('So many seconds at most, until the job has ended.'),
});

/** Which jobs are meant: what is given must all hold. */
const jobFilter = {
  task_name: taskName.optional(),
  user_id: visible(128).optional(),
  project_id: visible(128).optional(),
  status: z.enum(STATUSES).optional(),
  tag: oneLine(64).optional(),
  created_after: instant.optional().describe('Later than this time.'),
  created_before: instant.optional().describe('Earlier than this time.'),
};

/** Where a list begins, and how much of it is answered. */
const page = {
  limit: count(1, 100).default(20).describe('Most jobs in the answer.'),
  cursor: undeclared(z.string().min(1).max(2_000).optional()),
};

/** Query of `GET /jobs`. */
export const listQuery = z.strictObject({ ...jobFilter, ...page });

/** Body of `POST /jobs/abort` and `POST /jobs/retry`. */
export const bulkBody = shownWith(
  z
    .strictObject({
      job_ids: jobIds(MOST_JOB_IDS).optional().describe('These jobs; with filters, those of them that fit.'),
      ...jobFilter,
      dry_run: z.boolean().default(false).describe('Count what would be changed, and change nothing.'),
    })
    .refine(({ dry_run: _, ...meant }) => Object.values(meant).some((value) => value !== undefined), {
      path: ['job_ids'],
      error: 'say which jobs: give job_ids, or at least one filter',
    }),
  { anyOf: ['job_ids', ...Object.keys(jobFilter)].map((name) => ({ required: [name] })) },
);

/** Body of `PATCH /jobs/{job_id}`. */
export const amendBody = shownWith(
  z
    .strictObject({
      now: z.literal(true).optional().describe('Run it at once.'),
      delay_seconds: newJobFields.delay_seconds,
      scheduled_at: newJobFields.scheduled_at,
      input: newJobFields.input.describe('Another input, for a job that has not begun.'),
    })
    .refine((body) => [body.now, body.delay_seconds, body.scheduled_at].filter((at) => at !== undefined).length <= 1, {
      path: ['scheduled_at'],
      error: 'give one of now, delay_seconds and scheduled_at',
    })
    .refine((body) => Object.values(body).some((value) => value !== undefined), {
      path: ['scheduled_at'],
      error: 'say what to change: one of now, delay_seconds and scheduled_at, or input, or both',
    }),
  {
    minProperties: 1,
    allOf: [
      ['now', 'delay_seconds'],
      ['now', 'scheduled_at'],
      ['delay_seconds', 'scheduled_at'],
    ].map((both) => ({
      not: { required: both },
    })),
  },
);

/** Query of `GET /dead-letters`. */
export const deadLettersQuery = z.strictObject({ task_name: taskName.optional(), ...page });

/** Body of `POST /dead-letters/redrive`. */
export const redriveBody = shownWith(
  z
    .strictObject({
      job_ids: jobIds(MOST_REDRIVEN).optional(),
      task_name: taskName.optional(),
      all: z.literal(true).optional(),
    })
    .refine((body) => Object.values(body).filter((value) => value !== undefined).length === 1, {
      path: ['job_ids'],
      error: 'say which jobs: give one of job_ids, task_name and all',
    }),
  { minProperties: 1, maxProperties: 1 },
);

/** What the filters of a request are in the domain. */
export function filterOf(asked: z.output<z.ZodObject<typeof jobFilter>>): JobFilter {
  return {
    taskName: asked.task_name,
    userId: asked.user_id,
    projectId: asked.project_id,
    status: asked.status,
    tag: asked.tag,
    createdAfter: asked.created_after,
    createdBefore: asked.created_before,
  };
}
