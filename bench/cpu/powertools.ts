import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { installedPackages, loadFrom } from '../installed.ts';
import { sink } from './stub.ts';
import type { Calls, Send } from './thinnest.ts';
import { context } from './worker.ts';

type Handle = (record: SQSRecord) => Promise<unknown>;

/** What is used of the packages, which are not among the project's. */
interface Batch {
  readonly EventType: { readonly SQS: unknown };
  readonly BatchProcessor: new (type: unknown) => object;
  processPartialResponse(
    event: SQSEvent,
    handle: Handle,
    processor: object,
    options: object,
  ): Promise<SQSBatchResponse>;
}
interface Idempotency {
  readonly IdempotencyConfig: new (options: object) => { registerLambdaContext(context: Context): void };
  makeIdempotent(handle: Handle, options: object): Handle;
}
interface Persistence {
  readonly DynamoDBPersistenceLayer: new (options: object) => object;
}

const VERSION = '2.35.0';

/** The version that is compared. */
export const POWERTOOLS = `Powertools for AWS Lambda (TypeScript) ${VERSION}`;

/**
 * A worker on Powertools: its batch processor around a handler that makes the same two calls; and its idempotency, which makes two calls of its own
 * (a conditional put, an update), around one that makes none.
 */
export async function powertools(settings: DynamoDBClientConfig, send: Send, calls: Calls) {
  const packages = ['batch', 'idempotency'].map((name) => `@aws-lambda-powertools/${name}`);
  const folder = await installedPackages(
    'powertools',
    packages.map((name) => `${name}@${VERSION}`),
  );
  const load = (name: string) => loadFrom(folder, `@aws-lambda-powertools/${name}`);
  const { BatchProcessor, EventType, processPartialResponse } = (await load('batch')) as Batch;
  const { IdempotencyConfig, makeIdempotent } = (await load('idempotency')) as Idempotency;
  const { DynamoDBPersistenceLayer } = (await load('idempotency/dynamodb')) as Persistence;

  const processor = new BatchProcessor(EventType.SQS);
  const inBatches = (handle: Handle) => (event: SQSEvent) =>
    processPartialResponse(event, handle, processor, { context });
  const log = (job_id: string) => {
    const line = { timestamp: new Date().toISOString(), level: 'INFO', message: 'job complete', job_id };
    sink.write(`${JSON.stringify(line)}\n`);
  };
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'messageId' });
  config.registerLambdaContext(context);
  const persistenceStore = new DynamoDBPersistenceLayer({
    tableName: 'jobs',
    awsSdkV3Client: new DynamoDBClient(settings),
  });
  const work: Handle = async ({ body }) => {
    const { job_id } = JSON.parse(body) as { job_id: string };
    log(job_id);
    return { status: 'success', job_id };
  };
  return {
    batch: inBatches(async ({ body }) => {
      const { job_id } = JSON.parse(body) as { job_id: string };
      const [claim, finish] = calls(job_id);
      await send(claim);
      await send(finish);
      log(job_id);
    }),
    idempotent: inBatches(makeIdempotent(work, { persistenceStore, config })),
  };
}
