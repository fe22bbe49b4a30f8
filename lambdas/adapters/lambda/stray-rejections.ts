import { currentAttempt } from '../../core/attempt.ts';
import { toError } from '../../core/errors.ts';
import type { Log } from '../../core/ports.ts';

/**
 * Keeps the process alive when a promise fails that a task or a hook let go and nobody awaits: it is logged, and fails the job
 * that it belongs to, if it does to one.
 *
 * Lambda's runtime would end the process, and with it all else that it is about. Its client up to 3.3.0 does so by a listener of its
 * own, which is there before the handler is loaded.
 * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
 */
export function outliveStrayRejections(log: Log): void {
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (thrown) => {
    const error = toError(thrown);
    const attempt = currentAttempt.getStore();
    (attempt?.log ?? log).error('a promise failed that nobody awaits', { error: error.message, stack: error.stack });
    attempt?.fault(error);
  });
}
