import * as z from 'zod';
import { defineTask } from '../core/task.ts';

/** The smallest task that shows the whole path. Everything below `output` could be left out: these are the defaults. */
export const pocTestTask = defineTask({
  name: 'poc_test_task',
  description: 'Answers with the message it was given: shows that jobs run.',
  input: z.strictObject({
    message: z.string().default('Default message'),
    user_id: z.uuid().optional(),
    project_id: z.uuid().optional(),
  }),
  output: z.object({
    status: z.literal('success'),
    job_id: z.string(),
    processed_message: z.string(),
    metadata: z.object({ user_id: z.uuid().nullable(), project_id: z.uuid().nullable() }),
  }),
  maxAttempts: 3,
  backoff: { initialSeconds: 1, maxSeconds: 300 },
  timeoutSeconds: 30,
  queue: 'default',
  run: (ctx, { message, user_id, project_id }) => ({
    status: 'success',
    job_id: ctx.jobId,
    processed_message: `Processed: ${message}`,
    metadata: { user_id: user_id ?? null, project_id: project_id ?? null },
  }),
});
