/**
 * The CDK app. `cdk deploy` deploys a development stack, which `cdk destroy` removes with its data; `-c stage=prod` one
 * whose table outlives it; `-c local=true` the same stack for the local cloud.
 */
import { App } from 'aws-cdk-lib';
import { queues } from '../lambdas/queues.ts';
import { BackgroundJobsStack } from '../lib/background-jobs-stack.ts';
import { checkProject } from './check-project.ts';

const app = new App();
const local = String(app.node.tryGetContext('local') ?? false) === 'true';
const stage: unknown = app.node.tryGetContext('stage') ?? 'dev';
if (stage !== 'dev' && stage !== 'prod')
  throw new Error(`Unknown stage '${stage}': give -c stage=dev or -c stage=prod.`);

checkProject();

if (local) new BackgroundJobsStack(app, 'stint-local', { queues, local, auth: 'none', logLevel: 'DEBUG' });
else
  new BackgroundJobsStack(app, `stint-${stage}`, {
    queues,
    retain: stage === 'prod',
    terminationProtection: stage === 'prod',
    tags: { stage },
  });
