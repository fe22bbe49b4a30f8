import { AccountRootPrincipal, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { BackgroundJobsStack } from '../../../lib/background-jobs-stack.ts';

/** What the tests of rights need: each function's role may be taken on by the account's owner, too. */
export function openRoles({ jobs }: BackgroundJobsStack): void {
  for (const { role } of jobs.functions)
    (role as Role).assumeRolePolicy?.addStatements(
      new PolicyStatement({ actions: ['sts:AssumeRole'], principals: [new AccountRootPrincipal()] }),
    );
}

/** On AWS the right to `SendMessage` is that to send many at once. The emulator asks for an action that AWS does not have. */
export function allowBatches({ jobs }: BackgroundJobsStack): void {
  const queues = Object.values(jobs.queues).map(({ queueArn }) => queueArn);
  for (const each of jobs.functions) each.allow(['sqs:SendMessageBatch'], queues);
}
