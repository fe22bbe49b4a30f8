import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Findings of cdk-nag that stand, each with why. A test runs its packs AwsSolutions and Serverless on the stack: what is
 * neither mended nor here fails it.
 */
const FINDINGS = {
  openHealth: {
    ids: ['AwsSolutions::AwsSolutions-APIG4'],
    reason:
      'GET /health is for monitors and load balancers that sign nothing. It answers a constant, reads nothing and is throttled.',
  },
  keysAreCheckedByTheFunction: {
    ids: ['AwsSolutions::AwsSolutions-APIG4'],
    reason:
      'With auth api-key the function checks the key of every route but /health, so that a revoked key ends within seconds ' +
      '(docs/decisions/0030); a test asks each route without a key.',
  },
  publicByIntent: {
    ids: ['AwsSolutions::AwsSolutions-APIG4'],
    reason: "auth 'none' is refused at synth unless the stack is local or says iUnderstandThisIsPublic: true.",
  },
  noAccessLogs: {
    ids: ['AwsSolutions::AwsSolutions-APIG1', 'Serverless::Serverless-APIGWAccessLogging'],
    reason:
      'accessLogs is a switch, on in the stage prod. Elsewhere the function logs who asked for what; a second line for each ' +
      'request would cost half as much as the request itself.',
  },
  noFunctionDeadLetters: {
    ids: ['Serverless::Serverless-LambdaDLQ'],
    reason:
      'A dead-letter target of a function holds failed asynchronous calls. The API is called synchronously, the workers and ' +
      'bury by an event source mapping, and both of their queues have dead-letter queues.',
  },
  noTracing: {
    ids: ['Serverless::Serverless-LambdaTracing'],
    reason:
      'X-Ray is billed by the trace, so tracing is a switch. A job is followed by its job_id and trace_id, which stand in every line of its attempts.',
  },
  tracesHaveNoResource: {
    ids: ['AwsSolutions::AwsSolutions-IAM5[Resource::*]'],
    reason:
      'With tracing each function may put its segments to X-Ray, whose two actions know no resource. It may read none.',
  },
  interfacesHaveNoResource: {
    ids: ['AwsSolutions::AwsSolutions-IAM5[Resource::*]'],
    reason:
      'A worker in a VPC has network interfaces, which Lambda makes in the name of its role; DescribeNetworkInterfaces knows no ' +
      'resource, and AWS asks for all in DeleteNetworkInterface. A condition keeps these actions from the code in the function.',
  },
  endOfTheLine: {
    ids: ['Serverless::Serverless-SQSRedrivePolicy'],
    reason: 'dead-letters is itself the last dead-letter queue, held 14 days with an alarm on it.',
  },
  queueRedrives: {
    ids: ['Serverless::Serverless-LambdaEventSourceMappingDestination'],
    reason:
      'Destinations of a mapping are for streams. What fails here returns to its SQS queue, whose redrive policy takes it on.',
  },
  alarmIsForNow: {
    ids: ['Serverless::Serverless-SNSRedrivePolicy'],
    reason:
      'A redrive policy keeps what a subscriber did not take after all tries. An alarm that comes later is of no use: CloudWatch ' +
      'shows its state, and tells of the next change.',
  },
  tickIsWorthNothing: {
    ids: ['Serverless::Serverless-LambdaAsyncFailureDestination', 'Serverless::Serverless-EventBusDLQ'],
    reason:
      'A tick that failed is worth nothing: the next does its work a minute later. The alarm Errors tells of failures.',
  },
} as const satisfies Record<string, { readonly ids: readonly string[]; readonly reason: string }>;

/** Says that a finding on a construct, and what is within it, stands. */
export function accept(construct: IConstruct, finding: keyof typeof FINDINGS): void {
  const { ids, reason } = FINDINGS[finding];
  for (const id of ids) Validations.of(construct).acknowledge({ id, reason });
}
