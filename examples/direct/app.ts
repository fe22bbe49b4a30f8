/** A function of one's own that enqueues without the HTTP hop. */
import { join } from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { BackgroundJobs, checkTasks, localStackProps, STAGES } from 'stint/cdk';
import { tasks } from './jobs/tasks/index.ts';

checkTasks(tasks);

const app = new App();
const local = app.node.tryGetContext('local') === 'true';
const stack = new Stack(app, 'shop-direct', local ? localStackProps() : {});
const jobs = new BackgroundJobs(stack, 'Jobs', {
  folder: join(import.meta.dirname, 'jobs'),
  ...(local ? { local, auth: 'none' } : STAGES.dev),
  frontDoor: app.node.tryGetContext('frontDoor') ?? 'http-api',
});
jobs.addOutputs();

const signUp = new NodejsFunction(stack, 'SignUp', {
  entry: join(import.meta.dirname, 'sign-up.ts'),
  runtime: Runtime.NODEJS_24_X,
  // The version of the SDK that was tested, not the one that Lambda happens to have.
  bundling: { bundleAwsSDK: true },
});
jobs.grantEnqueue(signUp);
new CfnOutput(stack, 'SignUpFunction', { value: signUp.functionName });
