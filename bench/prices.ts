/**
 * AWS list prices in dollars, us-east-1, without free tiers: https://aws.amazon.com/sqs/pricing/ · /lambda/pricing/ ·
 * /dynamodb/pricing/on-demand/ · /cloudwatch/pricing/ · /api-gateway/pricing/ · /step-functions/pricing/
 *
 * Compared in November 2026 with these pages; where a page fills in its prices only in a browser, with what was copied from it elsewhere
 * in 2026. DynamoDB's are those since the cut of November 2024.
 */
export const PRICES = {
  /** Of up to 64 KB. */
  sqsRequest: 0.4e-6,
  httpApiRequest: 1e-6,
  lambdaRequest: 0.2e-6,
  lambdaGbSecondArm: 0.0000133334,
  dynamoDbReadUnit: 0.125e-6,
  dynamoDbWriteUnit: 0.625e-6,
  /** Kept for a month; the first 25 GB are free. */
  dynamoDbGbMonth: 0.25,
  /** Taken in; its keep, $0.03 a GB and month, is left out. */
  logsByte: 0.5e-9,
  /** For each metric that an alarm asks for. */
  alarmMetricMonth: 0.1,
  dashboardMonth: 3,
  /** Of a name with its dimensions, by the hour in which it was used. */
  metricMonth: 0.3,
  stepFunctionsTransition: 25e-6,
  stepFunctionsExpressRequest: 1e-6,
  stepFunctionsExpressGbSecond: 0.00001667,
  lambdaDurableOperation: 8e-6,
  lambdaDurableByteWritten: 0.25e-9,
} as const;

/** What AWS does not bill an account for in a month, for ever. On-demand requests of DynamoDB are not among it. */
export const FREE_TIER = {
  sqsRequest: 1_000_000,
  lambdaRequest: 1_000_000,
  lambdaGbSecondArm: 400_000,
  alarmMetricMonth: 10,
  /** Of up to 50 metrics each. */
  dashboardMonth: 3,
} as const satisfies Partial<Record<keyof typeof PRICES, number>>;

/** When these were read. */
export const PRICES_OF = 'November 2026';
