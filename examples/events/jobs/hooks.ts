import { defineHooks } from 'stint';

export const hooks = defineHooks({
  onFailure: ({ taskName, error, log }) =>
    log.warn('somebody should look at this', { taskName, error: error?.message }),
});
