import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { BatchGetCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Outputs } from '../../bin/local/outputs.ts';
import type { JobRecord } from '../../lambdas/core/record.ts';
import type { SentMessage } from './fault-proxy.ts';

/** A job record as it lies in the table. */
export type StoredRecord = Omit<JobRecord, 'job_id'> & { readonly pk: string };

export interface Envelope {
  readonly job_id: string;
  readonly run: string;
  readonly dispatch: number;
}

/** What the run reads of the deployed stack, past the fault proxy and past the stack's own code. */
export interface Cloud {
  records(jobIds: readonly string[]): Promise<Map<string, StoredRecord>>;
  /** Every job record there is, asked for or not. */
  allRecords(): Promise<StoredRecord[]>;
  /** Payloads that live beside their records, by key. */
  payloads(keys: readonly string[]): Promise<Map<string, string>>;
  envelopes(): Promise<Envelope[]>;
  /** Messages on the job queues and on `undeliverable`: waiting, delayed and in flight. */
  messagesLeft(): Promise<number>;
  send(message: SentMessage): Promise<void>;
  /** Runs the sweep now. */
  sweep(): Promise<void>;
}

const envelopeSchema = z.object({ job_id: z.string(), run: z.string(), dispatch: z.int() });
const functionsSchema = z.object({ Functions: z.array(z.object({ FunctionName: z.string() })) });

export function openCloud({ endpoint_url: endpoint, table_name: table, queues, ...urls }: Outputs): Cloud {
  const connection = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(connection));
  const sqs = new SQSClient({ ...connection, useQueueUrlAsEndpoint: false });

  const items = async (keys: readonly string[]): Promise<Record<string, unknown>[]> => {
    const found: Record<string, unknown>[] = [];
    for (let i = 0; i < keys.length; i += 100) {
      const Keys = keys.slice(i, i + 100).map((pk) => ({ pk }));
      const { Responses } = await documents.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
      );
      found.push(...(Responses?.[table] ?? []));
    }
    return found;
  };

  return {
    async records(jobIds) {
      const found = (await items(jobIds)) as unknown as StoredRecord[];
      return new Map(found.map((record) => [record.pk, record]));
    },
    async allRecords() {
      const found: StoredRecord[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const page = await documents.send(
          new ScanCommand({
            TableName: table,
            FilterExpression: 'attribute_exists(#status)',
            ExpressionAttributeNames: { '#status': 'status' },
            ...(from === undefined ? {} : { ExclusiveStartKey: from }),
          }),
        );
        found.push(...((page.Items ?? []) as StoredRecord[]));
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return found;
    },
    async payloads(keys) {
      return new Map((await items(keys)).map((item) => [String(item.pk), String(item.json)]));
    },
    async envelopes() {
      const bodies = await readQueue(endpoint, urls.dead_letters_url);
      return bodies.flatMap((body) => envelopeSchema.safeParse(parsed(body)).data ?? []);
    },
    async messagesLeft() {
      const counts = await Promise.all(
        [...Object.values(queues), urls.undeliverable_url].map(async (QueueUrl) => {
          const { Attributes = {} } = await sqs.send(
            new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
          );
          const names = ['', 'NotVisible', 'Delayed'].map((kind) => `ApproximateNumberOfMessages${kind}`);
          return names.reduce((sum, name) => sum + Number((Attributes as Record<string, string>)[name] ?? 0), 0);
        }),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async send({ queueUrl, body }) {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
    },
    async sweep() {
      const functions = `${endpoint}/2015-03-31/functions`;
      const { Functions } = functionsSchema.parse(await (await fetch(functions)).json());
      const ours = Functions.find(({ FunctionName }) => FunctionName.includes('JobsSweep'));
      await fetch(`${functions}/${ours?.FunctionName}/invocations`, { method: 'POST', body: '{}' });
    },
  };
}

const shownSchema = z.object({
  messages: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.array(z.object({ Body: z.string() }))))),
});

/** All that lies on a queue, hidden messages too: a page of the emulator, which hides nothing by looking. */
async function readQueue(endpoint: string, queueUrl: string): Promise<string[]> {
  const page = new URL('/_ministack/sqs/messages', endpoint);
  page.searchParams.set('QueueUrl', queueUrl);
  const { messages } = shownSchema.parse(await (await fetch(page)).json());
  const lists = Object.values(messages).flatMap((regions) => Object.values(regions).flatMap(Object.values));
  return lists.flat().map(({ Body }) => Body);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // not an envelope
  }
}
