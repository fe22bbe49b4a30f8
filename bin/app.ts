/**
 * The CDK app. `cdk deploy` deploys a development stack, which `cdk destroy` removes with its data; `-c stage=prod` one
 * whose table outlives it; `-c local=true` the same stack for the local cloud.
 * `-c alarmTopic=ARN` names the SNS topic that alarms tell; `-c alarmTo=ada@example.com,https://…` whom they tell by a topic that the stack makes.
 * `-c architecture=x86_64` is for regions without arm64.
 * `-c frontDoor=function-url` puts the API behind its function's own URL instead of an HTTP API.
 */
import { App } from 'aws-cdk-lib';
import { queues } from '../lambdas/queues.ts';
import { BackgroundJobsStack } from '../lib/background-jobs-stack.ts';
import { isStage, STAGES } from '../lib/stages.ts';
import { checkProject } from './check-project.ts';

const app = new App();
const local = String(app.node.tryGetContext('local') ?? false) === 'true';
const stage: unknown = app.node.tryGetContext('stage') ?? 'dev';
if (!isStage(stage)) throw new Error(`Unknown stage '${stage}': give -c stage=dev or -c stage=prod.`);
const frontDoor: unknown = app.node.tryGetContext('frontDoor') ?? 'http-api';
if (frontDoor !== 'http-api' && frontDoor !== 'function-url')
  throw new Error(`Unknown front door '${frontDoor}': give -c frontDoor=http-api or -c frontDoor=function-url.`);

const architecture: unknown = app.node.tryGetContext('architecture') ?? 'arm64';
if (architecture !== 'arm64' && architecture !== 'x86_64')
  throw new Error(`Unknown architecture '${architecture}': give -c architecture=arm64 or -c architecture=x86_64.`);

checkProject();

if (local) new BackgroundJobsStack(app, 'stint-local', { queues, frontDoor, local, auth: 'none', logLevel: 'DEBUG' });
else
  new BackgroundJobsStack(app, `stint-${stage}`, {
    queues,
    frontDoor,
    architecture,
    ...STAGES[stage],
    alarmTopicArn: app.node.tryGetContext('alarmTopic') || undefined, // a workflow's variable may be empty
    alarmSubscribers: String(app.node.tryGetContext('alarmTo') ?? '')
      .split(',')
      .map((subscriber) => subscriber.trim())
      .filter(Boolean),
    tags: { stage },
  });
