import { CfnOutput, CliCredentialsStackSynthesizer, type IStackSynthesizer, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { BackgroundJobs } from './background-jobs.ts';
import type { BackgroundJobsProps } from './background-jobs-props.ts';
import { queueUrls } from './job-function.ts';

export type BackgroundJobsStackProps = BackgroundJobsProps & StackProps;

/** A stack of background jobs, with what scripts need as its outputs. */
export class BackgroundJobsStack extends Stack {
  readonly jobs: BackgroundJobs;

  constructor(scope: Construct, id: string, props: BackgroundJobsStackProps) {
    super(scope, id, props.local ? { synthesizer: cliCredentials(), ...props } : props);
    this.jobs = new BackgroundJobs(this, 'Jobs', props);
    new CfnOutput(this, 'ApiUrl', { value: this.jobs.apiUrl, description: 'The HTTP API' });
    new CfnOutput(this, 'TableName', { value: this.jobs.table.tableName, description: 'The table of job records' });
    new CfnOutput(this, 'Queues', { value: queueUrls(this, this.jobs.queues), description: 'Job queues: name → URL' });
    new CfnOutput(this, 'DeadLettersUrl', {
      value: this.jobs.deadLetters.queueUrl,
      description: 'Failed jobs, held 14 days',
    });
    new CfnOutput(this, 'UndeliverableUrl', {
      value: this.jobs.undeliverable.queueUrl,
      description: 'What no worker could handle, until it is buried',
    });
    if (props.local)
      new CfnOutput(this, 'Functions', {
        value: this.toJsonString(
          this.jobs.functions.map(({ entry, functionName, logGroup }) => ({
            entry,
            name: functionName,
            log_group: logGroup.logGroupName,
          })),
        ),
        description: 'The functions, each with its entry point and its log group',
      });
  }
}

/** The emulator has no roles to assume. (The cast: CDK's types do not know exactOptionalPropertyTypes.) */
const cliCredentials = () => new CliCredentialsStackSynthesizer() as IStackSynthesizer;
