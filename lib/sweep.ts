import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { accept } from './accepted-findings.ts';
import { JobFunction, type Wiring } from './job-function.ts';
import { ATTENTION_INDEX } from './jobs-table.ts';

/** Timeout of the sweep: it ends before the next tick. */
export const SWEEP_TIMEOUT = Duration.seconds(58);

/**
 * A tick that failed or is late is worth nothing: the next one does its work. So nothing retries it, neither
 * EventBridge nor Lambda, which would try twice more and keep an event for six hours: after an outage old ticks would
 * pile up.
 */
const TICK = { retryAttempts: 0, maxEventAge: Duration.seconds(60) };

/** The scheduled pass: each minute it sends the jobs that come due, and tidies `dead-letters`. */
export class Sweep extends Construct {
  readonly function: JobFunction;

  constructor(scope: Construct, id: string, { wiring }: { readonly wiring: Wiring }) {
    super(scope, id);
    const { table, queues, deadLetters } = wiring;
    this.function = new JobFunction(this, 'Function', {
      wiring,
      entry: 'sweep',
      description: 'Sends the jobs that come due, each minute',
      timeout: SWEEP_TIMEOUT,
      memoryMb: 256,
      asynchronous: TICK,
    });
    this.function.allow(['dynamodb:Query'], [table.indexArn(ATTENTION_INDEX)]);
    this.function.allow(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], [table.tableArn]);
    this.function.allow(
      ['sqs:SendMessage'],
      Object.values(queues).map((queue) => queue.queueArn),
    );
    this.function.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage'], [deadLetters.queueArn]);
    const tick = new events.Rule(this, 'Tick', {
      description: 'Starts the sweep of the background jobs',
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(this.function, TICK)],
    });
    for (const part of [tick, this.function]) accept(part, 'tickIsWorthNothing');
  }
}
