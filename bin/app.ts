/**
 * The CDK app. `cdk deploy` deploys a development stack, which `cdk destroy` removes with its data; `-c stage=prod` one
 * whose table outlives it; `-c local=true` the same stack for the local cloud.
 * `-c alarmTopic=ARN` names the SNS topic that alarms tell.
 * `-c frontDoor=function-url` puts the API behind its function's own URL instead of an HTTP API.
 */
import { App } from 'aws-cdk-lib';
import { cron } from '../lambdas/adapters/cron.ts';
import { checkQueues } from '../lambdas/core/check-queues.ts';
import { checkSchedules } from '../lambdas/core/schedules.ts';
import { queues } from '../lambdas/queues.ts';
import { tasks } from '../lambdas/tasks/index.ts';
import { DEFAULT_MAX_RECEIVE_COUNT } from '../lib/background-jobs.ts';
import { BackgroundJobsStack } from '../lib/background-jobs-stack.ts';
import { isStage, STAGES } from '../lib/stages.ts';

const app = new App();
const local = String(app.node.tryGetContext('local') ?? false) === 'true';
const stage: unknown = app.node.tryGetContext('stage') ?? 'dev';
if (!isStage(stage)) throw new Error(`Unknown stage '${stage}': give -c stage=dev or -c stage=prod.`);
const frontDoor: unknown = app.node.tryGetContext('frontDoor') ?? 'http-api';
if (frontDoor !== 'http-api' && frontDoor !== 'function-url')
  throw new Error(`Unknown front door '${frontDoor}': give -c frontDoor=http-api or -c frontDoor=function-url.`);

checkQueues(tasks, queues, DEFAULT_MAX_RECEIVE_COUNT);
checkSchedules(tasks, cron);

if (local) new BackgroundJobsStack(app, 'stint-local', { queues, frontDoor, local, auth: 'none', logLevel: 'DEBUG' });
else
  new BackgroundJobsStack(app, `stint-${stage}`, {
    queues,
    frontDoor,
    ...STAGES[stage],
    alarmTopicArn: app.node.tryGetContext('alarmTopic') || undefined, // a workflow's variable may be empty
    tags: { stage },
  });
