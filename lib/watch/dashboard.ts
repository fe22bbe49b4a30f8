import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DIMENSIONS, type MetricName } from '../../lambdas/core/metrics.ts';
import { throttledRequests, type Watched } from './alarms.ts';

const period = Duration.minutes(5);

export interface DashboardProps {
  readonly watched: Watched;
  /** Undefined where a function's own URL is the front door. */
  readonly api: HttpApi | undefined;
  /** Their states stand at the top. */
  readonly alarms: readonly cloudwatch.IAlarm[];
}

/**
 * A CloudWatch dashboard, at $3 a month: the alarms, what becomes of jobs, the queues, and the functions and the table beneath them.
 *
 * Tasks are looked up by name whenever it is shown: a new one is there without a deploy.
 */
export class Dashboard extends cloudwatch.Dashboard {
  constructor(scope: Construct, id: string, { watched, api, alarms }: DashboardProps) {
    super(scope, id, { defaultInterval: Duration.hours(12) });
    const title = `Alarms of ${Stack.of(this).stackName}`;
    if (alarms.length > 0) this.addWidgets(new cloudwatch.AlarmStatusWidget({ title, alarms: [...alarms], width: 24 }));
    if (watched.metricsNamespace !== undefined) this.addWidgets(...ofTasks(watched.metricsNamespace));
    this.addWidgets(...ofQueues(watched));
    this.addWidgets(...ofFunctions(watched), ...(api === undefined ? [] : [ofApi(api)]), ofTable(watched));
  }
}

/** Three graphs make a row. */
const graph = (
  title: string,
  unit: string | undefined,
  metrics: readonly cloudwatch.IMetric[],
): cloudwatch.GraphWidget =>
  new cloudwatch.GraphWidget({
    title,
    width: 8,
    height: 6,
    left: [...metrics],
    leftYAxis: { min: 0, showUnits: false, ...(unit !== undefined && { label: unit }) },
  });

function ofTasks(namespace: string): cloudwatch.GraphWidget[] {
  const of = (name: MetricName, statistic: string, label = '') => byTask(namespace, name, statistic, label);
  return [
    graph('Jobs that succeeded', undefined, [of('succeeded', 'Sum')]),
    graph('Jobs that failed, attempts that are retried', undefined, [
      of('failed', 'Sum', 'failed '),
      of('retried', 'Sum', 'retried '),
    ]),
    graph('Attempts begun, jobs aborted', undefined, [
      of('started', 'Sum', 'begun '),
      of('aborted', 'Sum', 'aborted '),
    ]),
    graph('Wait until an attempt begins, 95th percentile', 'ms', [of('wait_time', 'p95')]),
    graph('Duration of an attempt, 95th percentile', 'ms', [of('duration', 'p95')]),
    graph('Attempts that a job took', undefined, [of('attempts', 'Average')]),
  ];
}

/** A metric of every task, a line for each. */
function byTask(namespace: string, name: MetricName, statistic: string, label: string): cloudwatch.IMetric {
  const schema = [`"${namespace}"`, ...DIMENSIONS].join(',');
  return new cloudwatch.MathExpression({
    expression: `SEARCH('{${schema}} MetricName="${name}"', '${statistic}', ${period.toSeconds()})`,
    usingMetrics: {},
    label: `${label}\${PROP('Dim.task_name')}`,
    period,
  });
}

function ofQueues({ queues, deadLetters, undeliverable }: Watched): cloudwatch.GraphWidget[] {
  const all = Object.entries(queues);
  const most = (label: string) => ({ statistic: 'Maximum', label, period });
  return [
    graph(
      'Messages that wait or are in flight',
      undefined,
      all.flatMap(([name, queue]) => [
        queue.metricApproximateNumberOfMessagesVisible(most(`${name} waiting`)),
        queue.metricApproximateNumberOfMessagesNotVisible(most(`${name} in flight`)),
      ]),
    ),
    graph(
      'Age of the oldest message',
      's',
      all.map(([name, queue]) => queue.metricApproximateAgeOfOldestMessage(most(name))),
    ),
    graph('Messages of dead-letters and undeliverable', undefined, [
      deadLetters.metricApproximateNumberOfMessagesVisible(most('dead-letters')),
      undeliverable.metricApproximateNumberOfMessagesVisible(most('undeliverable')),
    ]),
  ];
}

function ofFunctions({ functions }: Watched): cloudwatch.GraphWidget[] {
  const each = (metric: 'metricErrors' | 'metricThrottles' | 'metricDuration', statistic: string) =>
    Object.entries(functions).map(([label, fn]) => fn[metric]({ label, statistic, period }));
  return [
    graph('Functions that crashed or ran out of time', undefined, each('metricErrors', 'Sum')),
    graph('Invocations refused for want of concurrency', undefined, each('metricThrottles', 'Sum')),
    graph('Duration of functions, 95th percentile', 'ms', each('metricDuration', 'p95')),
  ];
}

const ofApi = (api: HttpApi): cloudwatch.GraphWidget =>
  graph('Requests, and those refused', undefined, [
    api.metricCount({ label: 'requests', period, statistic: 'Sum' }),
    api.metricClientError({ label: '4xx', period, statistic: 'Sum' }),
    api.metricServerError({ label: '5xx', period, statistic: 'Sum' }),
  ]);

const ofTable = ({ table }: Watched): cloudwatch.GraphWidget =>
  graph('Requests that DynamoDB refused', undefined, throttledRequests(table));
