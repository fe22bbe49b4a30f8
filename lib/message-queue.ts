import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** The longest SQS keeps a message, and how long every queue here does: the protocol's W. */
const RETENTION = Duration.days(14);

/**
 * How much longer than its consumer's timeout a message stays hidden.
 *
 * Not six times the timeout as AWS recommends: a doubled message does no harm here, and a crashed attempt heals in one
 * timeout.
 */
const VISIBILITY_MARGIN = Duration.seconds(5);

export interface MessageQueueProps {
  /** Timeout of the function that consumes the queue: the visibility timeout is derived from it. */
  readonly consumerTimeout: Duration;
  /** Where SQS moves a message that was received `maxReceiveCount` times. Default: nowhere. */
  readonly deadLetterQueue?: sqs.DeadLetterQueue;
  /** Whether the queue refuses plain http. */
  readonly enforceSSL: boolean;
  /** Whether the queue, and the messages on it, outlive the stack. Default false. */
  readonly retain?: boolean | undefined;
  /** Default: SQS's own key. */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * A standard SQS queue that keeps its messages for 14 days.
 *
 * Encrypted with SQS's own key, unless told otherwise: other AWS services can send to it, and no role needs a right on a key.
 * @throws Error where a message would outlive its receives: a move to a dead-letter queue keeps the clock of the first
 * send, so it would expire before it is ever moved.
 */
export class MessageQueue extends sqs.Queue {
  constructor(scope: Construct, id: string, props: MessageQueueProps) {
    const visibilityTimeout = props.consumerTimeout.plus(VISIBILITY_MARGIN);
    if (props.deadLetterQueue) checkReceives(id, visibilityTimeout, props.deadLetterQueue.maxReceiveCount);
    super(scope, id, {
      visibilityTimeout,
      retentionPeriod: RETENTION,
      ...(props.encryptionKey
        ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: props.encryptionKey }
        : { encryption: sqs.QueueEncryption.SQS_MANAGED }),
      enforceSSL: props.enforceSSL,
      removalPolicy: props.retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
      ...(props.deadLetterQueue && { deadLetterQueue: props.deadLetterQueue }),
    });
  }
}

/** Refuses receives that would take longer than SQS keeps the message. */
export function checkReceives(id: string, visibility: Duration, maxReceiveCount: number): void {
  const most = Math.ceil(RETENTION.toSeconds() / visibility.toSeconds()) - 1;
  if (maxReceiveCount <= most) return;
  throw new Error(
    `Queue '${id}': ${maxReceiveCount} receives of ${visibility.toSeconds()} s each last longer than the 14 days SQS keeps ` +
      `a message, which would be lost. Lower maxReceiveCount to ${most}, or the timeout.`,
  );
}
