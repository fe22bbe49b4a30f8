/**
 * The metrics of jobs, by name, each with CloudWatch's unit (none: a count). Plain data, which the stack reads, too: its dashboard
 * and its alarms are made of these names.
 *
 * A name costs $0.30 a month for each task that used it, by the hour (docs/decisions/0061): think twice before you add one.
 */
export const METRICS = {
  /** Attempts begun. Those that began and never ended were of workers that died. */
  started: undefined,
  /** Jobs that ended as `complete`. */
  succeeded: undefined,
  /** Jobs that ended as `failed`, and are on `dead-letters`. */
  failed: undefined,
  /** Attempts that failed and left another. */
  retried: undefined,
  /** Jobs that ended as `aborted` after an attempt had begun. */
  aborted: undefined,
  /** Of an attempt, its hooks and the write of its record included. */
  duration: 'Milliseconds',
  /** From when a job was due to when an attempt began. */
  wait_time: 'Milliseconds',
  /** Attempts that a job had taken when it ended as `complete` or `failed`. */
  attempts: undefined,
} as const satisfies Record<string, 'Milliseconds' | undefined>;

export type MetricName = keyof typeof METRICS;

/** What sets the metrics of one task apart. Bounded: a name is in the registry, or it is `unknown`. */
export const DIMENSIONS = ['queue', 'task_name'] as const;

/** Also kept for a queue as a whole: what the alarm on failures asks, for an alarm cannot sum over tasks that it does not name. */
export const QUEUE_METRICS = ['succeeded', 'failed'] as const satisfies readonly MetricName[];
