/** What a CDK app is written with: `import { BackgroundJobs } from 'stint/cdk'`. */
export type { MetricName } from '../lambdas/core/metrics.ts';
export type { Queue } from '../lambdas/core/queue.ts';
export type {
  ApiKeyAuth,
  Auth,
  AuthProp,
  IamAuth,
  IamCaller,
  JwtAuth,
  NoAuth,
  PrincipalLimits,
  RequestLimit,
  Role,
} from '../lib/auth.ts';
export { BackgroundJobs } from '../lib/background-jobs.ts';
export type * from '../lib/background-jobs-props.ts';
export { BackgroundJobsStack, type BackgroundJobsStackProps, localStackProps } from '../lib/background-jobs-stack.ts';
export type { Budget } from '../lib/budget.ts';
export type { JobFunction } from '../lib/job-function.ts';
export type { JobsTable } from '../lib/jobs-table.ts';
export type { MetricOf } from '../lib/metrics.ts';
export { DEFAULT_QUEUES } from '../lib/queue-limits.ts';
export { isStage, STAGES } from '../lib/stages.ts';
export type { WorkerOptions } from '../lib/worker-options.ts';
export { checkTasks } from './check-tasks.ts';
