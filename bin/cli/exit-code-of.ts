import { ApiError, ConnectionError, JobAbortedError, JobFailedError, TimeoutError } from '../../client/index.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';

/** How a command ends that an error ends. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof JobFailedError || error instanceof JobAbortedError) return EXIT.jobFailed;
  if (error instanceof ConnectionError) return EXIT.unreachable;
  if (error instanceof TimeoutError) return EXIT.timeout;
  if (error instanceof ApiError) return BY_STATUS[error.status] ?? EXIT.failed;
  return EXIT.failed;
}

const BY_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  401: EXIT.notAllowed,
  403: EXIT.notAllowed,
  404: EXIT.refused,
  409: EXIT.refused,
  413: EXIT.usage,
  422: EXIT.usage,
};
