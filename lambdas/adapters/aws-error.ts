import { StintError, toError } from '../core/errors.ts';

/**
 * Errors of DynamoDB and SQS that no further try mends: AWS does not take the request, or the function lacks a right, a key
 * or a resource. Whatever else an answer may be passes by itself, or may.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 */
const LASTING: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'BatchRequestTooLong',
  'InvalidMessageContents',
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'KmsAccessDenied',
  'KmsDisabled',
  'KmsInvalidKeyUsage',
  'KmsInvalidState',
  'KmsNotFound',
  'KmsOptInRequired',
  'MissingParameter',
  'QueueDoesNotExist',
  'ResourceNotFoundException',
  'SerializationException',
  'UnrecognizedClientException',
  'UnsupportedOperation',
  'ValidationException',
]);

/**
 * What the SDK threw when its tries were used up, as an error of the domain.
 * @param where names what was called
 * @returns `internal` for what no further try mends, else `unavailable`
 */
export function awsError(where: string, thrown: unknown): StintError {
  const cause = toError(thrown);
  return LASTING.has(cause.name)
    ? new StintError('internal', `${where} refused the call: ${cause.name}: ${cause.message}`, { cause })
    : new StintError('unavailable', `${where} did not answer: ${cause.message}`, { cause });
}

/** For `.catch(failed)`. @throws StintError `unavailable` or `internal` */
export function tableFailed(thrown: unknown): never {
  throw awsError('The table', thrown);
}

/** As `tableFailed`. */
export function queueFailed(thrown: unknown): never {
  throw awsError('The queue', thrown);
}
