import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * Bounds on every call. The SDK sets none of its own: one hung call would eat an invocation. A call that timed out may
 * have taken effect, and is tried again: the protocol's tokens tell our own effect from another's.
 * https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-node-http-handler/
 */
export const BOUNDS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};

export function dynamoDbClient(bounds = BOUNDS): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(bounds), { marshallOptions: { removeUndefinedValues: true } });
}

export function sqsClient(bounds = BOUNDS): SQSClient {
  // A local endpoint is not the host in the queues' URLs: the SDK would warn of it on each cold start.
  return new SQSClient({ ...bounds, useQueueUrlAsEndpoint: process.env.AWS_ENDPOINT_URL === undefined });
}
