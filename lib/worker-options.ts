import type { Size } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';

/** What a worker has beside what its queue says. Layers and variables are added to it: `jobs.worker('videos').addLayers(…)`. */
export interface WorkerOptions {
  /**
   * The VPC in which it runs, in private subnets unless `vpcSubnets` says otherwise. Default: none. Its tasks then reach what the VPC lets
   * them reach, and must reach DynamoDB and SQS: docs/queues.md has how, and what it costs.
   */
  readonly vpc?: IVpc;
  /** Which subnets of the VPC. Default: private ones with a way out. */
  readonly vpcSubnets?: SubnetSelection;
  /** Default: one of its own, from which everything may be called. */
  readonly securityGroups?: readonly ISecurityGroup[];
  /** Of `/tmp`, where `ctx.tempDir()` is; 512 MiB to 10 GiB. Default: 512 MiB, which cost nothing. */
  readonly ephemeralStorageSize?: Size;
}
