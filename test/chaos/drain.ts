import { setTimeout as sleep } from 'node:timers/promises';
import { isFinished } from '../../lambdas/core/record.ts';
import type { Cloud, StoredRecord } from './cloud.ts';
import type { Evidence } from './evidence.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { JournalReader } from './journal.ts';
import type { Random } from './random.ts';
import type { Sender } from './send.ts';

export interface DrainOptions {
  readonly cloud: Cloud;
  readonly sender: Sender;
  readonly journal: JournalReader;
  readonly proxy: FaultProxy;
  /** Epoch milliseconds. */
  readonly until: number;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const LOOK_MS = 500;
/** A message that meets a finished job is gone at its next delivery: a visibility of 10 s, and slack. */
const MESSAGES_GONE_MS = 25_000;
/** How many of the messages that ever were are sent again when all is over, most. */
const OLD_MESSAGES = 300;

/**
 * Waits until all jobs have ended and every failed one is buried, or the time is over; then sends some of the old messages again,
 * waits until the queues are empty, and gathers what is there.
 */
export async function drain(
  options: DrainOptions,
): Promise<Pick<Evidence, 'records' | 'payloads' | 'envelopes' | 'messagesLeft' | 'endedAt'>> {
  const { cloud, proxy, random, say } = options;
  await untilEnded(options);
  const endedAt = Date.now();
  const old = Array.from({ length: Math.min(OLD_MESSAGES, proxy.messages.length) }, () => random.pick(proxy.messages));
  say(`all have ended, or the time is over; sending ${old.length} old messages again`);
  await Promise.all(old.map((message) => cloud.send(message)));
  const messagesLeft = await untilQueuesEmpty(options);
  const records = await cloud.allRecords();
  const payloads = await cloud.payloads(records.flatMap(keysOf));
  return { records, payloads, envelopes: await cloud.envelopes(), messagesLeft, endedAt };
}

async function untilEnded({ cloud, sender, journal, until, signal }: DrainOptions): Promise<void> {
  /** Looks that saw nothing open, in a row: a job's last hook writes after its record is there, and may ask for a retry. */
  let quiet = 0;
  let open = [...new Set(sender.promises.accepted.map(({ job_id }) => job_id))];
  for (;;) {
    signal.throwIfAborted();
    open = await stillOpen(cloud, open);
    const ended = open.length === 0 && (await nothingOpen(cloud)) && !(await sender.catchUp(journal.readNew()));
    quiet = ended ? quiet + 1 : 0;
    if (quiet === 2 || Date.now() > until) return;
    await sleep(LOOK_MS);
  }
}

/** Of these jobs those that have not ended, or have failed and are not buried yet. */
async function stillOpen(cloud: Cloud, jobIds: readonly string[]): Promise<string[]> {
  const records = await cloud.records(jobIds);
  return jobIds.filter((jobId) => {
    const record = records.get(jobId);
    return record === undefined || !isFinished(record.status);
  });
}

/** Jobs that nobody acknowledged count too; and a failed one is buried a moment after its record says so. */
async function nothingOpen(cloud: Cloud): Promise<boolean> {
  const records = await cloud.allRecords();
  if (records.some(({ status }) => !isFinished(status))) return false;
  const buried = new Set((await cloud.envelopes()).map(({ job_id, run, dispatch }) => `${job_id} ${run} ${dispatch}`));
  return records
    .filter(({ status }) => status === 'failed')
    .every(({ pk, run, dispatch }) => buried.has(`${pk} ${run} ${dispatch + 1}`));
}

async function untilQueuesEmpty({ cloud, signal }: DrainOptions): Promise<number> {
  const until = Date.now() + MESSAGES_GONE_MS;
  for (;;) {
    signal.throwIfAborted();
    const left = await cloud.messagesLeft();
    if (left === 0 || Date.now() > until) return left;
    await sleep(LOOK_MS);
  }
}

function keysOf({ input, result }: StoredRecord): string[] {
  return [input, result].flatMap((payload) => (payload !== undefined && 'at' in payload ? [payload.at] : []));
}
