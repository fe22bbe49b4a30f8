/** The CDK app of the end-to-end tests: the project's own stack, with the tests' tasks and hooks, and two short queues. */
import { App } from 'aws-cdk-lib';
import { checkQueues } from '../../../lambdas/core/check-queues.ts';
import { BackgroundJobsStack } from '../../../lib/background-jobs-stack.ts';
import { DEFAULT_MAX_RECEIVE_COUNT } from '../../../lib/queue-limits.ts';
import { queues } from './queues.ts';
import { tasks } from './tasks.ts';

checkQueues(tasks, queues, DEFAULT_MAX_RECEIVE_COUNT);

const app = new App();
new BackgroundJobsStack(app, 'stint-e2e', {
  queues,
  frontDoor: app.node.tryGetContext('frontDoor') ?? 'http-api',
  entries: import.meta.dirname,
  local: true,
  auth: 'none',
  logLevel: 'DEBUG',
});
