import { defineHooks, type JobHookContext } from '../../../lambdas/core/hooks.ts';
import { noteAttempt, noteProcess } from './journal.ts';

const settled = (how: 'success' | 'failure' | 'abort') => (ctx: JobHookContext) =>
  noteAttempt('settled', ctx, (ctx.input as { token?: string } | undefined)?.token ?? '', how);

export const hooks = defineHooks({
  startup: () => {
    noteProcess('start');
    process.on('exit', () => noteProcess('exit'));
  },
  onSuccess: settled('success'),
  onFailure: settled('failure'),
  onAbort: settled('abort'),
});
