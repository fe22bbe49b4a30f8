/** The CDK app of the end-to-end tests: the project's own stack, with the tests' tasks and hooks, and two short queues. */
import { App } from 'aws-cdk-lib';
import { grantAll } from '../../../bin/docs/rights.ts';
import { checkQueues } from '../../../lambdas/core/check-queues.ts';
import { BackgroundJobsStack } from '../../../lib/background-jobs-stack.ts';
import { DEFAULT_MAX_RECEIVE_COUNT } from '../../../lib/queue-limits.ts';
import { queues } from './queues.ts';
import { allowBatches, openRoles } from './rights.ts';
import { tasks } from './tasks.ts';

checkQueues(tasks, queues, DEFAULT_MAX_RECEIVE_COUNT);

const app = new App();
const stack = new BackgroundJobsStack(app, 'stint-e2e', {
  queues,
  frontDoor: app.node.tryGetContext('frontDoor') ?? 'http-api',
  entries: import.meta.dirname,
  local: true,
  auth: 'none',
  logLevel: 'DEBUG',
});
grantAll(stack);
openRoles(stack);
allowBatches(stack);
