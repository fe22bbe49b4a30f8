import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { signingOnce } from './signing.ts';

/**
 * Bounds on every call. The SDK sets none of its own: one hung call would eat an invocation. A call that timed out may
 * have taken effect, and is tried again: the protocol's tokens tell our own effect from another's.
 * https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-node-http-handler/
 */
export const BOUNDS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};

/** The clients of one process. */
export interface AwsClients {
  readonly documents: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
}

export const awsClients = (): AwsClients => ({ documents: dynamoDbClient(), sqs: sqsClient() });

export function dynamoDbClient(settings: DynamoDBClientConfig = BOUNDS): DynamoDBDocumentClient {
  const client = signingOnce(new DynamoDBClient(settings), 'dynamodb');
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

export function sqsClient(settings: SQSClientConfig = BOUNDS): SQSClient {
  // A local endpoint is not the host in the queues' URLs: the SDK would warn of it on each cold start.
  const useQueueUrlAsEndpoint = process.env.AWS_ENDPOINT_URL === undefined;
  return signingOnce(new SQSClient({ ...settings, useQueueUrlAsEndpoint }), 'sqs');
}
