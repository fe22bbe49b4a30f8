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
  /** For the job store: each job passes through it several times. */
  readonly items: DynamoDBClient;
  /** For all else that is in the table. */
  readonly documents: DynamoDBDocumentClient;
  readonly sqs: SQSClient;
}

export function awsClients(): AwsClients {
  const items = itemClient();
  const { requestHandler } = items.config; // one pool of connections
  return { items, documents: documentClient({ ...BOUNDS, requestHandler }), sqs: sqsClient() };
}

/** A client that puts its middleware together once for each kind of command: an option that the document client does not take. */
export function itemClient(settings: DynamoDBClientConfig = BOUNDS): DynamoDBClient {
  return signingOnce(new DynamoDBClient({ ...settings, cacheMiddleware: true }), 'dynamodb');
}

export function documentClient(settings: DynamoDBClientConfig = BOUNDS): DynamoDBDocumentClient {
  const client = signingOnce(new DynamoDBClient(settings), 'dynamodb');
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

export function sqsClient(settings: SQSClientConfig = BOUNDS): SQSClient {
  // A local endpoint is not the host in the queues' URLs: the SDK would warn of it on each cold start.
  const useQueueUrlAsEndpoint = process.env.AWS_ENDPOINT_URL === undefined;
  return signingOnce(new SQSClient({ ...settings, useQueueUrlAsEndpoint }), 'sqs');
}
