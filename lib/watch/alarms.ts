import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { JobsTable } from '../jobs-table.ts';
import { jobMetric } from '../metrics.ts';
import type { Sweep } from '../sweep.ts';

/** What is watched: by the alarms, and on the dashboard. */
export interface Watched {
  /** The job queues by name. */
  readonly queues: Readonly<Record<string, sqs.IQueue>>;
  readonly deadLetters: sqs.IQueue;
  readonly undeliverable: sqs.IQueue;
  readonly table: JobsTable;
  /** The functions that run jobs, by their queue. */
  readonly workers: Readonly<Record<string, lambda.IFunction>>;
  readonly sweep: Sweep;
  /** The calls of the API that were answered with a 5xx. */
  readonly apiErrors: cloudwatch.IMetric;
  /** All functions by what they are: `api`, `bury`, `sweep`, `worker-<queue>`. */
  readonly functions: Readonly<Record<string, lambda.IFunction>>;
  /** Undefined where there are no metrics of jobs. */
  readonly metricsNamespace: string | undefined;
}

export interface AlarmsProps {
  readonly watched: Watched;
  /** More failures of a queue's jobs than this, of a hundred that ended, are too many. */
  readonly maxFailurePercent: number;
  /** A job that is due, and is not taken for longer, has waited too long. */
  readonly maxQueueAge: Duration;
  /** More invocations of all workers in an hour than this are taken for a runaway loop. */
  readonly maxWorkerInvocationsPerHour: number;
  /** Told by every alarm when it begins and when it ends. */
  readonly actions: readonly cloudwatch.IAlarmAction[];
}

/** What an alarm watches. */
interface Watch {
  /** The section of docs/runbook.md that says what to do. */
  readonly section: string;
  /** Which queue or function, where each has an alarm of its own. Default: one for all. */
  readonly of?: string;
  readonly description: string;
  readonly metrics: readonly cloudwatch.IMetric[];
  /** Default: their sum. */
  readonly expression?: (ids: readonly string[]) => string;
  /** Sounds above this. Default 0. */
  readonly above?: number;
  /** Sounds below this instead, and where there is no data. */
  readonly below?: number;
  /** Default five minutes. */
  readonly period?: Duration;
}

/** Metrics that the expression of one alarm may hold (CloudWatch, "alarm based on a metric math expression"). */
const METRICS_PER_ALARM = 10;
/** Fewer failures than this are not a rate; DeadLetters tells of each. */
const LEAST_FAILURES = 5;
/** Calls that failed, most of which a caller tries again: not yet a person's work. */
const FEW_API_ERRORS = 10;
/** Throttled requests that DynamoDB grows by, and the SDK tries again: not yet a person's work. */
const FEW_THROTTLES = 10;

/**
 * What needs a person. An alarm costs $0.10 a month for each metric in it, so one of each queue or function costs no more than one
 * for all, and says which.
 *
 * Most are sums, for which a missing value counts as 0. When all are missing all is well: an idle queue, or a function that was not
 * called, sends no data. The sweep is the exception: it is never idle.
 */
export class Alarms extends Construct {
  readonly all: readonly cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.all = watches(props).flatMap((watch) => this.#alarms(watch));
    for (const alarm of this.all) {
      alarm.addAlarmAction(...props.actions);
      alarm.addOkAction(...props.actions);
    }
    // Not before the sweep is there. Its first tick may still come after the first look, and its count minutes later: docs/runbook.md
    // says that SweepStopped may sound once after the first deploy.
    this.node.addDependency(props.watched.sweep);
  }

  /** One alarm; more metrics than one may hold make several. */
  #alarms({
    section,
    of,
    description,
    metrics,
    expression = sum,
    above = 0,
    below,
    period,
  }: Watch): cloudwatch.Alarm[] {
    const name = of === undefined ? section : `${section}-${of}`;
    return chunks(metrics, METRICS_PER_ALARM).map((chunk, i) => {
      const usingMetrics = Object.fromEntries(chunk.map((metric, m) => [`m${m}`, metric]));
      return new cloudwatch.Alarm(this, i === 0 ? name : `${name}${i + 1}`, {
        alarmDescription: `${description} What to do: docs/runbook.md#${section.toLowerCase()}`,
        metric: new cloudwatch.MathExpression({
          expression: expression(Object.keys(usingMetrics)),
          usingMetrics,
          period: period ?? Duration.minutes(5),
          label: name,
        }),
        threshold: below ?? above,
        evaluationPeriods: 1,
        ...(below === undefined
          ? {
              comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
              treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
            }
          : {
              comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
              treatMissingData: cloudwatch.TreatMissingData.BREACHING,
            }),
      });
    });
  }
}

function watches({ watched, maxFailurePercent, maxQueueAge, maxWorkerInvocationsPerHour }: AlarmsProps): Watch[] {
  const { functions, workers, queues, metricsNamespace } = watched;
  return [
    { section: 'DeadLetters', description: 'Jobs failed: look at dead-letters.', metrics: depth(watched.deadLetters) },
    {
      section: 'Undeliverable',
      description: 'No worker could handle some messages, nor could bury yet: a broken deploy, or an outage.',
      metrics: depth(watched.undeliverable),
    },
    ...Object.keys(metricsNamespace === undefined ? {} : queues).map(
      (queue): Watch => ({
        section: 'Failures',
        of: queue,
        description: `Of the jobs of the queue ${queue} more than ${maxFailurePercent} % failed, and ${LEAST_FAILURES} at least.`,
        metrics: (['failed', 'succeeded'] as const).map((name) => jobMetric(metricsNamespace ?? '', name, { queue })),
        expression: ([failed, succeeded]) => {
          const failures = `FILL(${failed},0)`;
          return `IF(${failures}>=${LEAST_FAILURES},100*${failures}/(${failures}+FILL(${succeeded},0)),0)`;
        },
        above: maxFailurePercent,
        period: Duration.minutes(15),
      }),
    ),
    ...Object.entries(queues).map(
      ([name, queue]): Watch => ({
        section: 'Age',
        of: name,
        description: `Jobs of the queue ${name} wait longer than ${maxQueueAge.toSeconds()} s: its worker stands still, or cannot keep up.`,
        metrics: [queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' })],
        above: maxQueueAge.toSeconds(),
      }),
    ),
    ...Object.entries(functions).map(
      ([name, fn]): Watch => ({
        section: 'Errors',
        of: name,
        description: `The function ${name} crashed, or ran out of time or memory.`,
        metrics: [fn.metricErrors()],
      }),
    ),
    {
      section: 'ApiErrors',
      description:
        'The API answers calls with a 5xx. A function that answers so has not crashed: Errors does not tell.',
      metrics: [watched.apiErrors],
      above: FEW_API_ERRORS,
    },
    {
      section: 'Throttles',
      description: "The account's Lambda concurrency is used up: jobs wait, and use up receives.",
      metrics: Object.values(functions).map((fn) => fn.metricThrottles()),
    },
    {
      section: 'SweepStopped',
      description:
        'The sweep does not run: jobs that are scheduled beyond 15 minutes, and cron schedules, stand still.',
      metrics: [watched.sweep.function.metricInvocations()],
      below: 1,
    },
    {
      section: 'TableThrottles',
      description: 'DynamoDB refuses requests: jobs are slower, and calls fail.',
      metrics: throttledRequests(watched.table),
      // Alarms on metrics of DynamoDB stay as they are while data is missing, whatever they are told: filled up, none is missing.
      expression: (ids) => sum(ids.map((id) => `FILL(${id},0)`)),
      above: FEW_THROTTLES,
    },
    // In place of Lambda's loop detection, which is off, and with it the metric that would tell.
    {
      section: 'Runaway',
      description: 'Far more invocations than expected: do jobs enqueue jobs without end?',
      metrics: Object.values(workers).map((fn) => fn.metricInvocations()),
      above: maxWorkerInvocationsPerHour,
      period: Duration.hours(1),
    },
  ];
}

/**
 * The messages of a queue, waiting and in flight.
 *
 * Not the waiting alone: whoever looks at a message hides it, and the alarm would end. Not the age of the oldest: it
 * skips what was received three times or more, which is just what lies here.
 */
const depth = (queue: sqs.IQueue): cloudwatch.Metric[] => [
  queue.metricApproximateNumberOfMessagesVisible(),
  queue.metricApproximateNumberOfMessagesNotVisible(),
];

/** Requests that DynamoDB refused, those by way of an index among them. BatchGetItem counts only where it was refused as a whole. */
export const throttledRequests = (table: JobsTable): cloudwatch.Metric[] =>
  ['GetItem', 'PutItem', 'UpdateItem', 'Query'].map(
    (Operation) =>
      new cloudwatch.Metric({
        namespace: 'AWS/DynamoDB',
        metricName: 'ThrottledRequests',
        dimensionsMap: { TableName: table.tableName, Operation },
        statistic: 'Sum',
        label: Operation,
      }),
  );

const sum = (ids: readonly string[]): string => ids.join('+');

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
