import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { connection } from './aws.ts';
import { eventually } from './client.ts';
import { isLocalstack, stack } from './stack.ts';

let client: SQSClient | undefined;
const sqs = (): SQSClient => {
  client ??= new SQSClient({ ...connection(), useQueueUrlAsEndpoint: false });
  return client;
};

export function queueUrl(name: string): string {
  return stack().queues[name] ?? expect.fail(`there is no queue ${name}`);
}

const text = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

/** Puts a message on a queue, as any AWS service may. */
export async function send(url: string, body: unknown): Promise<void> {
  await sqs().send(new SendMessageCommand({ QueueUrl: url, MessageBody: text(body) }));
}

/** Puts up to ten messages on a queue in one call, so that one worker is likely to receive them together. */
export async function sendTogether(url: string, bodies: readonly unknown[]): Promise<void> {
  const entries = bodies.map((body, i) => ({ Id: String(i), MessageBody: text(body) }));
  const { Failed = [] } = await sqs().send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
  expect(Failed).toEqual([]);
}

/** A message that lies on a queue. */
export interface Lying {
  readonly body: string;
  /** Why it was buried. */
  readonly reason: string | undefined;
  readonly receives: number;
}

interface Shown {
  readonly Body: string;
  readonly ReceiveCount: number;
  readonly MessageAttributes: { readonly reason?: { readonly StringValue?: string } };
}

/**
 * All that lies on a queue, delayed and hidden messages too: a page of the emulator. To receive them would hide them from the
 * other tests, from the workers and from the sweep.
 */
export async function messagesOn(url: string): Promise<readonly Lying[]> {
  if (isLocalstack()) return messagesOnLocalstack(url);
  const page = new URL('/_ministack/sqs/messages', stack().endpoint_url);
  page.searchParams.set('QueueUrl', url);
  const answer = await fetch(page);
  const { messages } = (await answer.json()) as { messages: Record<string, Record<string, Record<string, Shown[]>>> };
  const shown = Object.values(messages)
    .flatMap((regions) => Object.values(regions).flatMap(Object.values))
    .flat();
  return shown.map(({ Body, MessageAttributes, ReceiveCount }) => ({
    body: Body,
    reason: MessageAttributes.reason?.StringValue,
    receives: ReceiveCount,
  }));
}

/** XML turned JSON: what there is one of is no list. */
type Some<T> = T | readonly T[] | undefined;
const list = <T>(some: Some<T>): readonly T[] => [some ?? []].flat() as readonly T[];

interface ShownByLocalstack {
  readonly Body: string;
  readonly Attribute?: Some<{ readonly Name: string; readonly Value: string }>;
  readonly MessageAttribute?: Some<{ readonly Name: string; readonly Value: { readonly StringValue?: string } }>;
}

async function messagesOnLocalstack(url: string): Promise<readonly Lying[]> {
  const page = new URL('/_aws/sqs/messages', stack().endpoint_url);
  page.search = String(new URLSearchParams({ QueueUrl: url, ShowInvisible: 'true', ShowDelayed: 'true' }));
  const answer = (await (await fetch(page, { headers: { accept: 'application/json' } })).json()) as {
    ReceiveMessageResponse: { ReceiveMessageResult: { Message?: Some<ShownByLocalstack> } | null };
  };
  return list(answer.ReceiveMessageResponse.ReceiveMessageResult?.Message).map((message) => ({
    body: message.Body,
    reason: list(message.MessageAttribute).find(({ Name }) => Name === 'reason')?.Value.StringValue,
    receives: Number(list(message.Attribute).find(({ Name }) => Name === 'ApproximateReceiveCount')?.Value ?? 0),
  }));
}

export const deadLetters = (): Promise<readonly Lying[]> => messagesOn(stack().dead_letters_url);

/** The message on `dead-letters` whose body holds `part`, a job id say, once there is one. */
export async function deadLetter(part: string): Promise<Lying> {
  const found = await eventually(async () => {
    const value = (await deadLetters()).find(({ body }) => body.includes(part));
    return { value, done: value !== undefined };
  }, `the dead letter with ${part}`);
  return found ?? expect.fail();
}

/** Long enough to send it on and delete it; short, for it hides the others that were received with it. */
const HOLD_SECONDS = 3;

/** What AWS's redrive does with one of `dead-letters`: receives it, sends its body to the destination, deletes it. */
export async function redrive(part: string, url: string): Promise<void> {
  const QueueUrl = stack().dead_letters_url;
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: HOLD_SECONDS });
  const found = await eventually(async () => {
    const { Messages = [] } = await sqs().send(receive);
    const value = Messages.find(({ Body }) => Body?.includes(part));
    return { value, done: value !== undefined };
  }, `dead-letters without ${part}`);
  await send(url, found?.Body);
  await sqs().send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: found?.ReceiptHandle }));
}
