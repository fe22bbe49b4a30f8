import { CliCredentialsStackSynthesizer, type IStackSynthesizer, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { BackgroundJobs } from './background-jobs.ts';
import type { BackgroundJobsProps } from './background-jobs-props.ts';

export type BackgroundJobsStackProps = BackgroundJobsProps & StackProps;

/** A stack of background jobs, with what scripts need as its outputs. */
export class BackgroundJobsStack extends Stack {
  readonly jobs: BackgroundJobs;

  constructor(scope: Construct, id: string, props: BackgroundJobsStackProps = {}) {
    super(scope, id, props.local ? { synthesizer: cliCredentials(), ...props } : props);
    this.jobs = new BackgroundJobs(this, 'Jobs', props);
    this.jobs.addOutputs();
  }
}

/** The emulator has no roles to assume. (The cast: CDK's types do not know exactOptionalPropertyTypes.) */
const cliCredentials = () => new CliCredentialsStackSynthesizer() as IStackSynthesizer;
