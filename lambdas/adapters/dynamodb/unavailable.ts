import { StintError, toError } from '../../core/errors.ts';

/** @throws StintError `unavailable`, whatever the SDK threw when its tries were used up: for `.catch(unavailable)` */
export function unavailable(thrown: unknown): never {
  const error = toError(thrown);
  throw new StintError('unavailable', `The table did not answer: ${error.message}`, { cause: error });
}
