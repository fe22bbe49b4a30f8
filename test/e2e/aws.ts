import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { callEmulator, OWNER } from '../../bin/local/emulator-api.ts';
import { type Entry, journalKey, journalTag } from './app/journal.ts';
import { signed } from './auth/sigv4.ts';
import { eventually } from './client.ts';
import { stack } from './stack.ts';

/** What the SDK's clients need to reach the stack. */
export const connection = () => ({
  endpoint: stack().endpoint_url,
  region: 'us-east-1',
  credentials: OWNER,
});

let documentClient: DynamoDBDocumentClient | undefined;
const documents = (): DynamoDBDocumentClient => {
  documentClient ??= DynamoDBDocumentClient.from(new DynamoDBClient(connection()));
  return documentClient;
};

/** The item of a job as it is stored. */
export async function storedRecord(jobId: string): Promise<Record<string, unknown>> {
  const read = { TableName: stack().table_name, Key: { pk: jobId }, ConsistentRead: true };
  const { Item } = await documents().send(new GetCommand(read));
  return Item ?? {};
}

/** Sets fields of a stored record. */
export async function changeRecord(jobId: string, fields: Record<string, number>): Promise<void> {
  const names = Object.keys(fields);
  await documents().send(
    new UpdateCommand({
      TableName: stack().table_name,
      Key: { pk: jobId },
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, fields[name]])),
    }),
  );
}

/** A journal of its own for a test: give its tag to a job, and read what the job's hooks and task wrote (app/journal.ts). */
export class Journal {
  readonly id: string;

  constructor(id: string = randomUUID()) {
    this.id = id;
  }

  get tag(): string {
    return journalTag(this.id);
  }

  async entries(): Promise<readonly Entry[]> {
    const { entries = [] } = await storedRecord(journalKey(this.id));
    return entries as readonly Entry[];
  }

  /** The names of what was written, in their order. */
  async names(): Promise<readonly string[]> {
    return (await this.entries()).map(({ what }) => what);
  }

  /** The entries of this name, once there are `count`. */
  async until(what: string, count = 1): Promise<readonly Entry[]> {
    const ask = async () => {
      const value = (await this.entries()).filter((entry) => entry.what === what);
      return { value, done: value.length >= count };
    };
    return eventually(ask, `${count} of ${what} in the journal`);
  }
}

interface FunctionConfiguration {
  readonly FunctionName: string;
  readonly Environment?: { readonly Variables?: Record<string, string> };
}

/** The functions of Lambda's API. */
export const functionsUrl = () => `${stack().endpoint_url}/2015-03-31/functions`;

/** A request to Lambda's API, signed by the owner of the account: the emulator enforces IAM. */
export async function callLambda(url: string, method = 'GET', body = ''): Promise<Response> {
  return fetch(url, { method, headers: signed(OWNER, 'lambda', method, url, body), ...(body !== '' && { body }) });
}

/** What the functions have logged of a job, as JSON text. */
export async function logLinesOf(jobId: string): Promise<string> {
  const endpoint = stack().endpoint_url;
  const { logGroups } = (await callEmulator(endpoint, 'Logs_20140328.DescribeLogGroups', {})) as {
    logGroups: { logGroupName: string }[];
  };
  const found = logGroups.map(({ logGroupName }) =>
    callEmulator(endpoint, 'Logs_20140328.FilterLogEvents', { logGroupName, limit: 10_000 }),
  );
  const events = (await Promise.all(found)).flatMap((each) => (each as { events: { message: string }[] }).events);
  return JSON.stringify(events.map(({ message }) => message).filter((line) => line.includes(jobId)));
}

/** Runs the sweep now, as its minute's tick does, and waits for its end. */
export async function sweep(): Promise<void> {
  const listed = (await (await callLambda(functionsUrl())).json()) as { Functions: readonly FunctionConfiguration[] };
  const ours = listed.Functions.find(
    ({ FunctionName, Environment }) =>
      FunctionName.includes('Sweep') && Environment?.Variables?.STINT_TABLE_NAME === stack().table_name,
  );
  if (ours === undefined) return expect.fail('there is no sweep function');
  const answer = await callLambda(`${functionsUrl()}/${ours.FunctionName}/invocations`, 'POST', '{}');
  expect(answer.headers.get('x-amz-function-error'), await answer.text()).toBeNull();
}
