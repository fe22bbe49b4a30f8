import { type FieldError, StintError } from './errors.ts';
import { MAX_ATTEMPTS_LIMIT } from './task.ts';

/** How a job is to be run, beyond its task and input. All optional. */
export interface EnqueueOptions {
  readonly userId?: string | undefined;
  readonly projectId?: string | undefined;
  /** Not before so many seconds from now. */
  readonly delaySeconds?: number | undefined;
  /** Not before this time, within ten years from now. In the past: at once. */
  readonly scheduledAt?: Date | undefined;
  /** Overrides the task's. 1–50. */
  readonly maxAttempts?: number | undefined;
  /** Unique among the unfinished jobs of its task: while one is unfinished, enqueueing answers that one. Free again after its end. */
  readonly key?: string | undefined;
  /** The same key makes the same job, until its record expires. Makes it safe to try an enqueue again. */
  readonly idempotencyKey?: string | undefined;
  /** Up to 10 short strings. */
  readonly tags?: readonly string[] | undefined;
}

/** The longest delay, and the longest wait that a task can ask for: ten years, far within what every part can count. */
export const MAX_WAIT_SECONDS = 315_360_000;

/**
 * Checks the options of a job, whoever gives them: what a message cannot carry must not be accepted.
 * @throws StintError `invalid_input` with one entry per option
 */
export function checkOptions(options: EnqueueOptions, now: number): void {
  const { maxAttempts, delaySeconds, scheduledAt, key, idempotencyKey, userId, projectId, tags } = options;
  const fields: FieldError[] = [];
  const check = (path: string, fits: boolean, message: string) => {
    if (!fits) fields.push({ path: `options.${path}`, message });
  };
  const length = (text: string | undefined, most: number) =>
    text === undefined || (text.length > 0 && [...text].length <= most && text.isWellFormed());
  check(
    'maxAttempts',
    maxAttempts === undefined ||
      (Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= MAX_ATTEMPTS_LIMIT),
    `must be a whole number from 1 to ${MAX_ATTEMPTS_LIMIT}`,
  );
  check(
    'delaySeconds',
    delaySeconds === undefined || (delaySeconds >= 0 && delaySeconds <= MAX_WAIT_SECONDS),
    `must be from 0 to ${MAX_WAIT_SECONDS}, ten years`,
  );
  check('scheduledAt', scheduledAt === undefined || !Number.isNaN(scheduledAt.getTime()), 'must be a valid date');
  const isFar = (scheduledAt?.getTime() ?? 0) > now + MAX_WAIT_SECONDS * 1000;
  check('scheduledAt', !isFar, 'must be within ten years from now');
  check('scheduledAt', scheduledAt === undefined || delaySeconds === undefined, 'give it or delaySeconds, not both');
  check('key', length(key, 256), 'must have 1 to 256 characters');
  check('idempotencyKey', length(idempotencyKey, 1_024), 'must have 1 to 1,024 characters');
  check('userId', length(userId, 128), 'must have 1 to 128 characters');
  check('projectId', length(projectId, 128), 'must have 1 to 128 characters');
  check(
    'tags',
    (tags?.length ?? 0) <= 10 && (tags ?? []).every((tag) => length(tag, 64)),
    'must be up to 10 strings of 1 to 64 characters',
  );
  if (fields.length > 0) throw new StintError('invalid_input', 'The options of this job are not valid.', { fields });
}

/** When a job is due, in epoch milliseconds; 0 for at once. A time before 1970 is at once, too. */
export function scheduledTime(options: EnqueueOptions, now: number): number {
  if (options.scheduledAt !== undefined) return Math.max(0, options.scheduledAt.getTime());
  return options.delaySeconds ? Math.ceil(now + options.delaySeconds * 1000) : 0;
}
