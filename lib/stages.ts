import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { BackgroundJobsStackProps } from './background-jobs-stack.ts';

type StageProps = Required<
  Pick<
    BackgroundJobsStackProps,
    'retain' | 'pointInTimeRecovery' | 'logRetention' | 'metrics' | 'alarms' | 'dashboard' | 'accessLogs'
  >
> &
  Pick<BackgroundJobsStackProps, 'terminationProtection'>;

/** What sets the stages apart: `-c stage=dev|prod`. */
export const STAGES = {
  /** To try: `cdk destroy` removes all of it, and it tells nobody: so it keeps no metrics either, which are billed by stack and task. */
  dev: {
    retain: false,
    terminationProtection: false,
    pointInTimeRecovery: false,
    logRetention: RetentionDays.ONE_WEEK,
    metrics: false,
    alarms: false,
    dashboard: false,
    accessLogs: false,
  },
  /** Never deletes data: table, queues and logs outlive the stack, and the stack refuses to be deleted. */
  prod: {
    retain: true,
    terminationProtection: true,
    pointInTimeRecovery: true,
    logRetention: RetentionDays.THREE_MONTHS,
    metrics: true,
    alarms: true,
    dashboard: true,
    accessLogs: true,
  },
} as const satisfies Record<string, StageProps>;

export const isStage = (name: unknown): name is keyof typeof STAGES =>
  typeof name === 'string' && Object.hasOwn(STAGES, name);
