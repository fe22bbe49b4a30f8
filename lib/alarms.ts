import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface AlarmsProps {
  readonly deadLetters: sqs.IQueue;
  readonly undeliverable: sqs.IQueue;
  /** The functions that run jobs. */
  readonly workers: readonly lambda.IFunction[];
  /** All functions, the workers among them. */
  readonly functions: readonly lambda.IFunction[];
  /** More invocations of all workers in an hour than this are taken for a runaway loop. */
  readonly maxWorkerInvocationsPerHour: number;
  /** Told by every alarm. */
  readonly actions: readonly cloudwatch.IAlarmAction[];
}

/** What an alarm watches: the sum of some metrics. */
interface Watch {
  readonly description: string;
  readonly metrics: readonly cloudwatch.IMetric[];
  /** Sounds above this. Default 0. */
  readonly above?: number;
  /** Default five minutes. */
  readonly period?: Duration;
}

/** Metrics that the expression of one alarm may hold (CloudWatch, "alarm based on a metric math expression"). */
const METRICS_PER_ALARM = 10;

/**
 * What needs a person: five alarms, at $0.10 a month each.
 *
 * Each is a sum, for which CloudWatch takes a missing value as 0. When all are missing, all is well: an idle queue, or
 * a function that was not called, sends no data.
 */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const watches: Record<string, Watch> = {
      DeadLetters: { description: 'Jobs failed: look at dead-letters.', metrics: depth(props.deadLetters) },
      Undeliverable: {
        description: 'No worker could handle some messages, nor could bury yet: a broken deploy, or an outage.',
        metrics: depth(props.undeliverable),
      },
      Errors: {
        description: 'A function crashed, or ran out of time or memory.',
        metrics: props.functions.map((fn) => fn.metricErrors()),
      },
      Throttles: {
        description: "The account's Lambda concurrency is used up: jobs wait, and use up receives.",
        metrics: props.functions.map((fn) => fn.metricThrottles()),
      },
      // In place of Lambda's loop detection, which is off, and with it the metric that would tell.
      Runaway: {
        description: 'Far more invocations than expected: do jobs enqueue jobs without end?',
        metrics: props.workers.map((fn) => fn.metricInvocations()),
        above: props.maxWorkerInvocationsPerHour,
        period: Duration.hours(1),
      },
    };
    for (const [name, watch] of Object.entries(watches))
      for (const alarm of this.#alarms(name, watch)) alarm.addAlarmAction(...props.actions);
  }

  /** One alarm; more metrics than one may hold make several. */
  #alarms(name: string, { description, metrics, above = 0, period = Duration.minutes(5) }: Watch): cloudwatch.Alarm[] {
    return chunks(metrics, METRICS_PER_ALARM).map((chunk, i) => {
      const usingMetrics = Object.fromEntries(chunk.map((metric, m) => [`m${m}`, metric]));
      return new cloudwatch.Alarm(this, i === 0 ? name : `${name}${i + 1}`, {
        alarmDescription: `${description} What to do: docs/runbook.md#${name.toLowerCase()}`,
        metric: new cloudwatch.MathExpression({
          expression: Object.keys(usingMetrics).join('+'),
          usingMetrics,
          period,
          label: name,
        }),
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        threshold: above,
        evaluationPeriods: 1,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      });
    });
  }
}

/**
 * The messages of a queue, waiting and in flight.
 *
 * Not the waiting alone: whoever looks at a message hides it, and the alarm would end. Not the age of the oldest: it
 * skips what was received three times or more, which is just what lies here.
 */
const depth = (queue: sqs.IQueue): cloudwatch.IMetric[] => [
  queue.metricApproximateNumberOfMessagesVisible(),
  queue.metricApproximateNumberOfMessagesNotVisible(),
];

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
