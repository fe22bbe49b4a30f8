export type { TypesByName } from '../lambdas/core/task.ts';
export type { Auth, OutgoingRequest, Secret, Signer } from './auth.ts';
export { type BulkOrder, type Client, createClient, type RedriveOrder } from './client.ts';
export { EnqueueManyError } from './enqueue-many.ts';
export {
  ApiError,
  ClientError,
  ConflictError,
  ConnectionError,
  InvalidInputError,
  JobAbortedError,
  JobFailedError,
  NotAllowedError,
  NotFoundError,
  TimeoutError,
  TooManyRequestsError,
} from './errors.ts';
export { type Amendment, JobHandle, type When } from './handle.ts';
export type { JobFilter, JobList, ListOptions } from './pages.ts';
export type { JobRef } from './paths.ts';
export type * from './records.ts';
export type { RetryPolicy } from './retry-policy.ts';
export type { NewJob, TaskTypes } from './task-types.ts';
export type { CallOptions, ClientOptions } from './transport.ts';
