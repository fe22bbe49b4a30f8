import type { Engine } from '../core/engine.ts';
import { DIMENSIONS, METRICS, type MetricName, QUEUE_METRICS } from '../core/metrics.ts';
import type { Clock, Meter } from '../core/ports.ts';
import type { Registry } from '../core/registry.ts';

/** A meter whose counts go out as lines of the log. */
export interface EmfMeter extends Meter {
  /** Writes what was measured since the last time: a line for each task. Nothing measured, nothing written. */
  flush(): void;
}

/** Of one task: a count, or each value that was measured. */
type Values = Partial<Record<MetricName, number | number[]>>;

/** CloudWatch takes as many values of one metric in a line; a batch has ten jobs. */
const MAX_VALUES = 100;

/** The meter of a function that ends jobs, where the stack wants metrics. */
export function meterOf(
  { tasks, clock }: Pick<Engine, 'tasks' | 'clock'>,
  namespace: string | undefined = process.env.STINT_METRICS_NAMESPACE,
): EmfMeter | undefined {
  return namespace ? emfMeter(namespace, tasks, clock) : undefined;
}

/**
 * Metrics as log lines in CloudWatch's embedded metric format: no call, no wait, no library, and the line is a row for Logs Insights, too.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * A line has no level, which Lambda takes for INFO: at `LOG_LEVEL` WARN or ERROR it would be dropped, so the stack refuses both together.
 */
export function emfMeter(
  namespace: string,
  tasks: Pick<Registry, 'find'>,
  clock: Pick<Clock, 'now'>,
  write: (line: string) => void = (line) => void process.stdout.write(line),
): EmfMeter {
  const measured = new Map<string, { readonly queue: string; readonly values: Values }>();
  const of = (taskName: string): Values => {
    const task = tasks.find(taskName); // whoever may send a message names a task: only ours become metrics
    const name = task?.name ?? 'unknown';
    const entry = measured.get(name) ?? { queue: task?.queue ?? 'unknown', values: {} };
    measured.set(name, entry);
    return entry.values;
  };
  const count = (values: Values, name: MetricName) => {
    values[name] = ((values[name] as number | undefined) ?? 0) + 1;
  };
  const add = (values: Values, name: MetricName, value: number | undefined) => {
    if (value === undefined || !Number.isFinite(value)) return;
    const list = (values[name] as number[] | undefined) ?? [];
    values[name] = list;
    if (list.length < MAX_VALUES) list.push(value);
  };
  return {
    started(taskName, waitMs) {
      const values = of(taskName);
      count(values, 'started');
      add(values, 'wait_time', waitMs);
    },
    ended(taskName, how, { durationMs, attempts } = {}) {
      const values = of(taskName);
      count(values, how);
      add(values, 'duration', durationMs);
      add(values, 'attempts', attempts);
    },
    flush() {
      for (const [taskName, { queue, values }] of measured)
        write(`${lineOf(namespace, clock.now(), queue, taskName, values)}\n`);
      measured.clear();
    },
  };
}

function lineOf(namespace: string, now: number, queue: string, taskName: string, values: Values): string {
  const names = Object.keys(values) as MetricName[];
  const ofQueue = QUEUE_METRICS.filter((name) => values[name] !== undefined);
  const directive = (dimensions: readonly string[], metrics: readonly MetricName[]) => ({
    Namespace: namespace,
    Dimensions: [dimensions],
    Metrics: metrics.map((Name) => ({ Name, Unit: METRICS[Name] })),
  });
  const CloudWatchMetrics = [directive(DIMENSIONS, names)];
  if (ofQueue.length > 0) CloudWatchMetrics.push(directive(['queue'], ofQueue));
  return JSON.stringify({ _aws: { Timestamp: now, CloudWatchMetrics }, queue, task_name: taskName, ...values });
}
