import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS, type MetricName, QUEUE_METRICS } from '../lambdas/core/metrics.ts';
import { deployedStack } from './deployed-stack.ts';

/** CloudWatch's longest namespace. */
const MAX_LENGTH = 255;

/** The namespace of the metrics of a set of jobs, such as `Stint/stint-prod/Jobs`: by stack and path, so that no two sets share one. */
export function metricsNamespace(jobs: Construct): string {
  const stack = deployedStack(jobs);
  const path = jobs.node.path.slice(stack.node.path.length);
  return `Stint/${stack.stackName}${path}`.replace(/[^\w.\-/#:]/g, '_').slice(0, MAX_LENGTH);
}

/** Of what a metric is: a task in its queue, or a queue as a whole. */
export interface MetricOf {
  readonly queue: string;
  /** Default: all tasks of the queue, for `succeeded` and `failed` only. */
  readonly taskName?: string;
}

/**
 * A metric of jobs. Default: of five minutes; the sum of a count, the average of what is measured.
 * @throws Error for one that is not kept of a queue as a whole
 */
export function jobMetric(
  namespace: string,
  metricName: MetricName,
  { queue, taskName }: MetricOf,
  options: MetricOptions = {},
): Metric {
  if (taskName === undefined && !(QUEUE_METRICS as readonly MetricName[]).includes(metricName))
    throw new Error(
      `Of a queue as a whole there are ${QUEUE_METRICS.join(' and ')}, not ${metricName}: give a taskName.`,
    );
  const isMeasured = METRICS[metricName] !== undefined || metricName === 'attempts';
  return new Metric({
    namespace,
    metricName,
    dimensionsMap: { queue, ...(taskName === undefined ? {} : { task_name: taskName }) },
    statistic: isMeasured ? 'Average' : 'Sum',
    ...options,
  });
}
