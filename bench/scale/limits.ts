/** What AWS allows by default, and what it takes to be allowed more. */
export interface Limit {
  readonly value: number;
  readonly source: string;
}

export const LIMITS = {
  /** Requests a second of all HTTP APIs of an account in a region. By request; 2,500 in smaller regions. */
  apiRequests: { value: 10_000, source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html' },
  /** Function instances at once, of an account in a region. By request; a new account may begin with 10. */
  concurrency: { value: 1_000, source: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html' },
  /** Batches of one queue at once. Not to be raised but by provisioned pollers. */
  queueConcurrency: { value: 1_000, source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html' },
  /** Batches at once with which Lambda begins on a queue. */
  firstBatches: { value: 5, source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html' },
  /** More batches at once, a minute. */
  moreBatchesAMinute: {
    value: 300,
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html',
  },
  /** Messages of a queue that were received and not deleted. Not to be raised. */
  inFlight: {
    value: 120_000,
    source: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html',
  },
  /** Write units a second of a table. By request. */
  tableWrites: {
    value: 40_000,
    source:
      'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html',
  },
  /** Write units a second of a new table. It then allows twice its highest rate so far, within half an hour; warm throughput sets it at once. */
  newTableWrites: {
    value: 4_000,
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html',
  },
  /** Write units a second of a partition key. Never to be raised. */
  partitionWrites: {
    value: 1_000,
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html',
  },
} as const satisfies Record<string, Limit>;
