/** The CDK app of a test: two sets of background jobs in one stack, with the tasks that ship. */
import { App, Stack } from 'aws-cdk-lib';
import { BackgroundJobs } from '../../lib/background-jobs.ts';
import { localStackProps } from '../../lib/background-jobs-stack.ts';

const app = new App();
const stack = new Stack(app, 'two-in-one', localStackProps());
const frontDoor = app.node.tryGetContext('frontDoor') ?? 'http-api';
const [mail, video] = ['Mail', 'Video'].map(
  (id) => new BackgroundJobs(stack, id, { local: true, auth: 'none', frontDoor }),
);
mail?.addOutputs();
video?.addOutputs('Video');
