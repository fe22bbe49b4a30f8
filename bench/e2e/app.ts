/** The CDK app of `npm run bench:e2e`: the project's own stack, at the log level that it has on AWS, and the thinnest one beside it. */
import { App } from 'aws-cdk-lib';
import { queues } from '../../lambdas/queues.ts';
import { BackgroundJobsStack } from '../../lib/background-jobs-stack.ts';
import { HandWiredStack } from './hand-wired/stack.ts';

const app = new App();
new BackgroundJobsStack(app, 'bench-stint', { queues, local: true, auth: 'none', logLevel: 'INFO' });
new HandWiredStack(app, 'bench-hand-wired');
