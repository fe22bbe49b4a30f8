import { defineHooks } from './core/hooks.ts';

/**
 * The project's hooks: yours to edit. Each is a function or a list of functions; one that throws is logged and breaks nothing.
 * Their order around a job is fixed: claim → beforeProcess → run → beforeComplete or beforeRetry → record written →
 * onSuccess, onFailure or onAbort → afterProcess.
 */
export const hooks = defineHooks({
  startup: ({ log }) => log.debug('worker started'),
  shutdown: ({ log }) => log.debug('worker stopped'),
  beforeProcess: ({ log }) => log.debug('job starts'),
  afterProcess: ({ log, status }) => log.debug('job ended', { status }),
});
