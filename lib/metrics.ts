import { type Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS, type MetricName, type QUEUE_METRICS } from '../lambdas/core/metrics.ts';

/** CloudWatch's longest namespace. */
const MAX_LENGTH = 255;

/** The namespace of the metrics of a set of jobs, such as `Stint/stint-prod/Jobs`: by stack and path, so that no two sets share one. */
export function metricsNamespace(jobs: Construct): string {
  let stack = Stack.of(jobs);
  while (stack.nestedStackParent) stack = stack.nestedStackParent; // the name of a nested one is known only once it is deployed
  const path = jobs.node.path.slice(stack.node.path.length);
  return `Stint/${stack.stackName}${path}`.replace(/[^\w.\-/#:]/g, '_').slice(0, MAX_LENGTH);
}

/** Of what a metric is: a task in its queue, or, for what `QUEUE_METRICS` names, a queue as a whole. */
export type MetricOf<Name extends MetricName> = Name extends (typeof QUEUE_METRICS)[number]
  ? { readonly queue: string; readonly taskName?: string }
  : { readonly queue: string; readonly taskName: string };

/**
 * A metric of jobs.
 * @param statistic default: the sum of a count, the average of what has a unit
 * @param period default five minutes
 */
export function jobMetric<Name extends MetricName>(
  namespace: string,
  metricName: Name,
  { queue, taskName }: MetricOf<Name>,
  { statistic, period, label }: { statistic?: string; period?: Duration; label?: string } = {},
): Metric {
  return new Metric({
    namespace,
    metricName,
    dimensionsMap: { queue, ...(taskName === undefined ? {} : { task_name: taskName }) },
    statistic: statistic ?? (METRICS[metricName] === undefined && metricName !== 'attempts' ? 'Sum' : 'Average'),
    ...(period && { period }),
    ...(label !== undefined && { label }),
  });
}
