import { defineTask } from 'stint';
import * as z from 'zod';

/** Stands for a mail to somebody who has just signed up. */
export const sendWelcome = defineTask({
  name: 'send_welcome',
  description: 'Welcomes somebody who has signed up.',
  input: z.strictObject({ email: z.email() }),
  output: z.object({ sent_to: z.email() }),
  run: (_ctx, { email }) => ({ sent_to: email }),
});
