import { CliCredentialsStackSynthesizer, type IStackSynthesizer, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { BackgroundJobs } from './background-jobs.ts';
import type { BackgroundJobsProps } from './background-jobs-props.ts';

export type BackgroundJobsStackProps = BackgroundJobsProps & StackProps;

/** A stack of background jobs, with what scripts need as its outputs. */
export class BackgroundJobsStack extends Stack {
  readonly jobs: BackgroundJobs;

  constructor(scope: Construct, id: string, props: BackgroundJobsStackProps = {}) {
    super(scope, id, props.local ? { ...localStackProps(), ...props } : props);
    this.jobs = new BackgroundJobs(this, 'Jobs', props);
    this.jobs.addOutputs();
  }
}

/**
 * What a stack is given that goes to an emulator: it is deployed with the credentials of the command line, for there are no roles of
 * `cdk bootstrap` that could be assumed.
 */
export const localStackProps = (): StackProps => ({
  // The cast: CDK's types do not know exactOptionalPropertyTypes.
  synthesizer: new CliCredentialsStackSynthesizer() as IStackSynthesizer,
});
