import { defineTask } from 'stint';
import * as z from 'zod';

/** Stands for a mail that goes out for each order. */
export const sendReceipt = defineTask({
  name: 'send_receipt',
  description: 'Sends the receipt of an order.',
  input: z.strictObject({ order_id: z.string(), email: z.email() }),
  output: z.object({ sent_to: z.email() }),
  run: (ctx, { order_id, email }) => {
    ctx.log.info('receipt sent', { order_id });
    return { sent_to: email };
  },
});
