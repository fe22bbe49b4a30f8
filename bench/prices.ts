/**
 * AWS list prices in dollars, us-east-1, as published in November 2026, without free tiers.
 * https://aws.amazon.com/sqs/pricing/ · /lambda/pricing/ · /dynamodb/pricing/on-demand/ · /cloudwatch/pricing/
 */
export const PRICES = {
  sqsRequest: 0.4e-6,
  lambdaRequest: 0.2e-6,
  lambdaGbSecondArm: 0.0000133334,
  dynamoDbReadUnit: 0.125e-6,
  dynamoDbWriteUnit: 0.625e-6,
  alarmMonth: 0.1,
} as const;
