import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Queue } from '../lambdas/core/queue.ts';
import { accept } from './accepted-findings.ts';
import { BURY_MAX_RECEIVE_COUNT, BURY_TIMEOUT } from './bury.ts';
import { MessageQueue } from './message-queue.ts';
import { checkQueueLimits } from './queue-limits.ts';
import { SWEEP_TIMEOUT } from './sweep.ts';

export interface JobQueuesProps {
  readonly queues: Readonly<Record<string, Queue>>;
  readonly maxReceiveCount: number;
  readonly enforceSSL: boolean;
  /** Default false. */
  readonly retain?: boolean;
  /** Default: SQS's own key. */
  readonly encryptionKey?: IKey | undefined;
}

/** A job queue: what was declared, and the SQS queue it became. */
export interface JobQueue {
  readonly name: string;
  readonly queue: Queue;
  readonly messages: sqs.IQueue;
}

/**
 * The queues, in the order a message that nobody can handle takes: job queue → `undeliverable` → `dead-letters`.
 * @throws Error for queues that AWS would refuse
 */
export class JobQueues extends Construct {
  readonly jobs: readonly JobQueue[];
  readonly undeliverable: sqs.IQueue;
  readonly deadLetters: sqs.IQueue;

  constructor(scope: Construct, id: string, props: JobQueuesProps) {
    super(scope, id);
    const { queues, maxReceiveCount, enforceSSL, retain, encryptionKey } = props;
    const all = { enforceSSL, retain, encryptionKey };
    checkQueueLimits(queues, maxReceiveCount);
    const deadLetters = new MessageQueue(this, 'DeadLetters', { consumerTimeout: SWEEP_TIMEOUT, ...all });
    accept(deadLetters, 'endOfTheLine');
    const undeliverable = new MessageQueue(this, 'Undeliverable', {
      consumerTimeout: BURY_TIMEOUT,
      // Also what makes `dead-letters` a dead-letter queue in the eyes of SQS, which redrives from no other.
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: BURY_MAX_RECEIVE_COUNT },
      ...all,
    });
    // A scope of their own: a job queue may have any name.
    const scopeOfJobs = new Construct(this, 'Jobs');
    this.jobs = Object.entries(queues).map(([name, queue]) => ({
      name,
      queue,
      messages: new MessageQueue(scopeOfJobs, name, {
        consumerTimeout: Duration.seconds(queue.timeoutSeconds),
        deadLetterQueue: { queue: undeliverable, maxReceiveCount },
        ...all,
      }),
    }));
    this.undeliverable = undeliverable;
    this.deadLetters = deadLetters;
  }

  /** The SQS queues of the jobs, by name. */
  get byName(): Readonly<Record<string, sqs.IQueue>> {
    return Object.fromEntries(this.jobs.map(({ name, messages }) => [name, messages]));
  }
}
