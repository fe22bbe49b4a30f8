import {
  InternalServerError,
  LimitExceededException,
  ProvisionedThroughputExceededException,
  RequestLimitExceeded,
  ResourceNotFoundException,
  ThrottlingException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { KmsAccessDenied, KmsThrottled, OverLimit, QueueDoesNotExist, RequestThrottled } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { awsError } from '../../lambdas/adapters/aws-error.ts';

const meta = { $metadata: {}, message: 'no' };
const named = (name: string) => Object.assign(new Error('no'), { name });

test.each([
  new ProvisionedThroughputExceededException(meta),
  new RequestLimitExceeded(meta),
  new ThrottlingException(meta),
  new LimitExceededException(meta),
  new TransactionConflictException(meta),
  new InternalServerError(meta),
  new RequestThrottled(meta),
  new OverLimit(meta),
  new KmsThrottled(meta),
  named('ExpiredTokenException'),
  named('InvalidSignatureException'), // a clock that is off: the SDK sets it right
  named('TimeoutError'),
  named('Error'),
])('$name may pass: another try is worth it', (error) => {
  expect(awsError('The table', error)).toMatchObject({
    code: 'unavailable',
    message: 'The table did not answer: no',
    cause: error,
  });
});

test.each([
  named('ValidationException'),
  named('AccessDeniedException'),
  named('AccessDenied'),
  new ResourceNotFoundException(meta),
  new QueueDoesNotExist(meta),
  new KmsAccessDenied(meta),
  named('InvalidParameterValue'),
])('$name is mended by no other try', (error) => {
  expect(awsError('The table', error)).toMatchObject({
    code: 'internal',
    message: `The table refused the call: ${error.name}: no`,
    cause: error,
  });
});
