import { defineTask, NonRetryableError } from 'stint';
import * as z from 'zod';

const MAX_BYTES = 25_000_000;

/** Looks at a file that was uploaded, before anything else is done with it. */
export const checkUpload = defineTask({
  name: 'check_upload',
  description: 'Accepts or refuses a file that was uploaded.',
  input: z.strictObject({ bucket: z.string(), key: z.string(), size: z.int().min(0) }),
  output: z.object({ accepted: z.string() }),
  queue: 'uploads',
  run: (ctx, { bucket, key, size }) => {
    if (size > MAX_BYTES) throw new NonRetryableError(`${key} has ${size} bytes, and ${MAX_BYTES} is the most.`);
    ctx.log.info('upload accepted', { key, size });
    return { accepted: `s3://${bucket}/${key}` };
  },
});
