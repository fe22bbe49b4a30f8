/** The CDK app of the chaos run: the project's own stack, its functions told to reach AWS through the fault proxy. */
import { App } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { checkQueues } from '../../../lambdas/core/check-queues.ts';
import { BackgroundJobsStack } from '../../../lib/background-jobs-stack.ts';
import { queues } from './queues.ts';
import { tasks } from './tasks.ts';

const app = new App();
const maxReceiveCount = Number(app.node.getContext('maxReceiveCount'));

checkQueues(tasks, queues, maxReceiveCount);

const stack = new BackgroundJobsStack(app, 'stint-chaos', {
  queues,
  entries: import.meta.dirname,
  local: true,
  auth: 'none',
  maxReceiveCount,
});

/** What the run hands on to every function, by the name of its context. */
const ENVIRONMENT = {
  AWS_ENDPOINT_URL: 'endpoint',
  CHAOS_JOURNAL: 'journal',
  CHAOS_SKEW: 'skew',
  CHAOS_SWEEP_AHEAD: 'sweepAhead',
};
for (const construct of stack.node.findAll()) {
  if (!(construct instanceof LambdaFunction)) continue;
  for (const [name, key] of Object.entries(ENVIRONMENT))
    construct.addEnvironment(name, String(app.node.getContext(key)));
}
