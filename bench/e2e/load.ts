import { setTimeout as sleep } from 'node:timers/promises';
import type { SQS } from '@aws-sdk/client-sqs';
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import type { Subject } from './subjects.ts';

/** A job's times, in milliseconds of the one clock of this machine. */
export interface Times {
  /** When its request was begun, and when it was answered. */
  readonly asked: number;
  readonly accepted: number;
  readonly started: number;
  readonly completed: number;
}

/** As many jobs as fast as they are taken, so many requests at once. */
export function burst(subject: Subject, jobs: number, atOnce: number): Promise<Enqueued[]> {
  const enqueued: Promise<Enqueued>[] = [];
  const some = async () => {
    while (enqueued.length < jobs) {
      const one = enqueue(subject);
      enqueued.push(one);
      await one;
    }
  };
  return Promise.all(Array.from({ length: atOnce }, some)).then(() => Promise.all(enqueued));
}

/** Jobs at a steady pace, whether or not those before were answered. */
export async function paced(subject: Subject, jobs: number, everyMs: number): Promise<Enqueued[]> {
  const began = performance.now();
  const enqueued: Promise<Enqueued>[] = [];
  for (let i = 0; i < jobs; i++) {
    await sleep(Math.max(0, began + i * everyMs - performance.now()));
    enqueued.push(enqueue(subject));
  }
  return Promise.all(enqueued);
}

interface Enqueued extends Pick<Times, 'asked' | 'accepted'> {
  readonly id: string;
}

/** As `Date.now()`, and finer: a time that is a few milliseconds would else be known to a tenth only. */
const now = () => performance.timeOrigin + performance.now();

async function enqueue({ url, body }: Subject): Promise<Enqueued> {
  const asked = now();
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const text = await answer.text();
  if (answer.status !== 202) throw new Error(`${url}: ${answer.status} ${text}`);
  return { id: (JSON.parse(text) as { job_id: string }).job_id, asked, accepted: now() };
}

/** Waits until the queue is empty. */
export async function drained(sqs: SQS, { queueUrl }: Subject): Promise<void> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  for (;;) {
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: queueUrl, AttributeNames: [...names] });
    if (names.every((name) => Attributes?.[name] === '0')) return;
    await sleep(250);
  }
}

/**
 * Deletes the records of these jobs. The emulator reads a whole table for each query of an index, which AWS does not: what the
 * rounds before left there would make the sweep's tick dearer with each of them.
 */
export async function emptied(documents: DynamoDBDocument, { table }: Subject, jobs: Enqueued[]): Promise<void> {
  for (let from = 0; from < jobs.length; from += 25) {
    const deletes = jobs.slice(from, from + 25).map(({ id }) => ({ DeleteRequest: { Key: { pk: id } } }));
    await documents.batchWrite({ RequestItems: { [table]: deletes } });
  }
}

/** @throws Error if one of these jobs is not complete */
export async function timesOf(documents: DynamoDBDocument, { table }: Subject, jobs: Enqueued[]): Promise<Times[]> {
  const ends = new Map<string, Record<string, unknown>>();
  for (let from = 0; from < jobs.length; from += 100) {
    const Keys = jobs.slice(from, from + 100).map(({ id }) => ({ pk: id }));
    const { Responses } = await documents.batchGet({ RequestItems: { [table]: { Keys } } });
    for (const item of Responses?.[table] ?? []) ends.set(String(item.pk), item);
  }
  return jobs.map(({ id, asked, accepted }) => {
    const { status, started_at, completed_at } = ends.get(id) ?? {};
    if (status !== 'complete') throw new Error(`Job ${id} is ${status}.`);
    return { asked, accepted, started: Number(started_at), completed: Number(completed_at) };
  });
}
