import { directEnqueue } from 'stint/direct';
import { tasks } from './jobs/tasks/index.ts';

const enqueueDirect = directEnqueue({ tasks, hooks: {} });

/** Of a page where people sign up. The key makes one mail of it, however often it is called for an address. */
export const handler = async ({ email }: { readonly email: string }) =>
  enqueueDirect('send_welcome', { email }, { idempotencyKey: `welcome ${email}` });
