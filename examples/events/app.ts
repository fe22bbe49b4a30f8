/** A shop with background jobs: what is uploaded and what is ordered becomes a job, without code in between. */
import { join } from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { BackgroundJobs, checkTasks, localStackProps, STAGES } from 'stint/cdk';
import { queues } from './jobs/queues.ts';
import { tasks } from './jobs/tasks/index.ts';

checkTasks(tasks, queues);

const app = new App();
const local = app.node.tryGetContext('local') === 'true';
const stack = new Stack(app, 'shop-events', local ? localStackProps() : {});
const jobs = new BackgroundJobs(stack, 'Jobs', {
  folder: join(import.meta.dirname, 'jobs'),
  queues,
  ...(local ? { local, auth: 'none' } : STAGES.dev),
  frontDoor: app.node.tryGetContext('frontDoor') ?? 'http-api',
});
jobs.addOutputs();

// EventBridge is told by S3 itself; `eventBridgeEnabled` of the construct Bucket would add a function that switches it on.
const uploads = new CfnBucket(stack, 'Uploads', {
  notificationConfiguration: { eventBridgeConfiguration: { eventBridgeEnabled: true } },
});
new CfnOutput(stack, 'UploadsBucket', { value: uploads.ref });

/** The message that enqueues a job: `task_name` and `input`, made of fields of the event. */
const job = (task_name: (typeof tasks)[number]['name'], input: object) =>
  RuleTargetInput.fromObject({ task_name, input });

new Rule(stack, 'Uploaded', {
  eventPattern: { source: ['aws.s3'], detailType: ['Object Created'], detail: { bucket: { name: [uploads.ref] } } },
  targets: [
    new SqsQueue(jobs.queue('uploads'), {
      message: job('check_upload', {
        bucket: EventField.fromPath('$.detail.bucket.name'),
        key: EventField.fromPath('$.detail.object.key'),
        size: EventField.fromPath('$.detail.object.size'),
      }),
    }),
  ],
});

new Rule(stack, 'Ordered', {
  eventPattern: { source: ['shop'], detailType: ['Order placed'] },
  targets: [
    new SqsQueue(jobs.queue('default'), {
      message: job('send_receipt', {
        order_id: EventField.fromPath('$.detail.order_id'),
        email: EventField.fromPath('$.detail.email'),
      }),
    }),
  ],
});
