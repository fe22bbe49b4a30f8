import { Duration } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { consume } from './consume.ts';
import { JobFunction, metricsEnvironment, type Wiring } from './job-function.ts';

/** Timeout of the bury function. */
export const BURY_TIMEOUT = Duration.seconds(30);

/**
 * How often a message on `undeliverable` is tried before SQS moves it to `dead-letters`: as often as SQS allows. With a
 * visibility of 35 s that is nearly ten hours, the length of outage in which no failed job misses its record.
 */
export const BURY_MAX_RECEIVE_COUNT = 1000;

export interface BuryProps {
  readonly wiring: Wiring;
  readonly undeliverable: sqs.IQueue;
}

/**
 * The function that drains `undeliverable`: it marks the record failed and passes the envelope on to `dead-letters`.
 */
export class Bury extends Construct {
  readonly function: JobFunction;

  constructor(scope: Construct, id: string, { wiring, undeliverable }: BuryProps) {
    super(scope, id);
    this.function = new JobFunction(this, 'Function', {
      wiring,
      entry: 'bury',
      description: 'Ends the jobs that no worker could run, and puts them on dead-letters',
      timeout: BURY_TIMEOUT,
      memoryMb: 256,
      environment: {
        QUEUE_NAME: 'undeliverable',
        MAX_RECEIVE_COUNT: String(BURY_MAX_RECEIVE_COUNT),
        ...metricsEnvironment(wiring),
      },
    });
    this.function.allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], [wiring.table.tableArn]);
    // To the job queues: a job whose lease still runs gets a fresh message.
    this.function.allow(
      ['sqs:SendMessage'],
      [...Object.values(wiring.queues), wiring.deadLetters].map(({ queueArn }) => queueArn),
    );
    // No maximum concurrency: with one set, Lambda keeps five pollers on this idle queue instead of two, and they are
    // billed.
    consume(this.function, undeliverable, { batchSize: 10 });
  }
}
