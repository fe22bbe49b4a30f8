import { SQSClient } from '@aws-sdk/client-sqs';

/** Stands in for the real entry point; with a client of the SDK, to show that it is bundled. */
export const handler = async (event: unknown, _context: unknown): Promise<unknown> => ({
  worker: event,
  sdk: new SQSClient({ region: 'us-east-1' }).config.serviceId,
});
