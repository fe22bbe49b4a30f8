import { Duration } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Queue } from '../lambdas/core/queue.ts';
import { consume } from './consume.ts';
import { JobFunction, metricsEnvironment, type Wiring } from './job-function.ts';
import { LIST_INDEXES } from './jobs-table.ts';
import type { WorkerOptions } from './worker-options.ts';

export interface WorkerProps {
  readonly wiring: Wiring;
  /** Name of the job queue, as tasks name it. */
  readonly name: string;
  readonly queue: Queue;
  readonly messages: sqs.IQueue;
  readonly maxReceiveCount: number;
  readonly options?: WorkerOptions | undefined;
}

/** The function that runs the jobs of one queue, fed by that queue. */
export class Worker extends Construct {
  readonly function: JobFunction;

  constructor(scope: Construct, id: string, { wiring, name, queue, messages, maxReceiveCount, options }: WorkerProps) {
    super(scope, id);
    this.function = new JobFunction(this, 'Function', {
      wiring,
      entry: 'worker',
      description: `Runs the jobs of the queue '${name}'`,
      timeout: Duration.seconds(queue.timeoutSeconds),
      memoryMb: queue.memoryMb,
      environment: { QUEUE_NAME: name, MAX_RECEIVE_COUNT: String(maxReceiveCount), ...metricsEnvironment(wiring) },
      ...options,
    });
    this.function.allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [wiring.table.tableArn]);
    // The system's own task, which changes many jobs, finds them by the lists.
    const queueOfBulk = Object.hasOwn(wiring.queues, 'default') ? 'default' : Object.keys(wiring.queues)[0];
    if (name === queueOfBulk) {
      this.function.allow(['dynamodb:BatchGetItem'], [wiring.table.tableArn]);
      this.function.allow(
        ['dynamodb:Query'],
        LIST_INDEXES.filter((index) => index !== 'failed').map((index) => wiring.table.indexArn(index)),
      );
    }
    // To every job queue: jobs send jobs, and a message that strayed to the wrong queue is passed on.
    this.function.allow(
      ['sqs:SendMessage'],
      [...Object.values(wiring.queues), wiring.deadLetters].map(({ queueArn }) => queueArn),
    );
    // A message whose job must wait is handed back for as long.
    this.function.allow(['sqs:ChangeMessageVisibility'], [messages.queueArn]);
    consume(this.function, messages, { batchSize: queue.batchSize, maxConcurrency: queue.maxConcurrency });
  }
}
