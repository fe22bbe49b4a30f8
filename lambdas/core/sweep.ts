import { damageOf } from './damage.ts';
import { delayUntil, type Engine, queueFor } from './engine.ts';
import { levelOf, toError } from './errors.ts';
import { messageOf, readMessage, writeMessage } from './message.ts';
import type { DeadLetters, Held, Page } from './ports.ts';
import { sweepDone } from './protocol.ts';
import { SHARDS } from './record.ts';

const AT_ONCE = 10;
/** Most messages of `dead-letters` that one pass looks at. */
const DEAD_LETTERS_A_PASS = 100;

/**
 * Sends the jobs that come due: row 13 of the protocol. Two sweeps at once send two messages, which is harmless.
 *
 * A page of each shard in turn: a shard with more than a pass can send does not keep the others waiting for ever.
 * @param stopAt epoch milliseconds after which no further job is begun: the next tick goes on
 * @returns how many messages were sent
 */
export async function sweep(engine: Engine, stopAt: number): Promise<number> {
  let sent = 0;
  let unread: { shard: number; after?: Page }[] = Array.from({ length: SHARDS.attention }, (_each, shard) => ({
    shard,
  }));
  while (unread.length > 0) {
    const further: typeof unread = [];
    for (const { shard, after } of unread) {
      const page = await engine.store.due(shard, engine.clock.now(), after);
      for (let i = 0; i < page.jobIds.length; i += AT_ONCE) {
        if (engine.clock.now() >= stopAt) return sent;
        const sends = page.jobIds.slice(i, i + AT_ONCE).map((jobId) => sendDue(engine, jobId));
        sent += (await Promise.all(sends)).filter(Boolean).length;
      }
      if (page.next !== undefined) further.push({ shard, after: page.next });
    }
    unread = further;
  }
  return sent;
}

async function sendDue(engine: Engine, jobId: string): Promise<boolean> {
  const { store, queues, clock, log } = engine;
  try {
    const record = await store.get(jobId); // the index lags and holds keys only: the record decides
    const now = clock.now();
    if (typeof record?.due_at !== 'number' || record.due_at > now) return false;
    const damage = damageOf(record);
    if (damage !== undefined) {
      // Its message could not be read, or its mark not be taken away: to send it would be to send one at each tick.
      log.error('not swept: fix the record, or delete it', { job_id: jobId, error: damage });
      return false;
    }
    await queues.send(queueFor(engine, record), writeMessage(messageOf(record)), delayUntil(record.scheduled_at, now));
    const { due_at, run, dispatch } = record;
    await store.apply(jobId, sweepDone, { due_at, run, dispatch });
    return true;
  } catch (error) {
    log[levelOf(error)]('not swept, the next tick will', { job_id: jobId, error: toError(error).message });
    return false;
  }
}

/**
 * Removes envelopes whose job has moved on from `dead-letters`, so that its count, and the alarm on it, tell what is still
 * buried. Looks at a bounded number; what it does not remove is back within seconds.
 * @returns how many were removed
 */
export async function tidyDeadLetters(engine: Engine, deadLetters: DeadLetters, stopAt: number): Promise<number> {
  let removed = 0;
  for (let seen = 0; seen < DEAD_LETTERS_A_PASS && engine.clock.now() < stopAt; ) {
    const held = await deadLetters.receive();
    if (held.length === 0) break;
    seen += held.length;
    removed += (await Promise.all(held.map((each) => removeStale(engine, each)))).filter(Boolean).length;
  }
  return removed;
}

async function removeStale(engine: Engine, held: Held): Promise<boolean> {
  const read = readMessage({ body: held.body, messageId: '', sentAt: 0 }, () => ({ queue: '', maxAttempts: 1 }));
  if (!read.ok || !held.body.includes('"job_id"')) return false; // not ours to judge: a person looks at it
  const { job_id, run, dispatch, error } = read.message;
  const record = await engine.store.get(job_id);
  if (record === undefined || damageOf(record, ['run', 'dispatch']) !== undefined) return false;
  const endedWell = record.status === 'complete' || record.status === 'aborted';
  // It failed again, and has an envelope of the next dispatch. While it is unfinished, one of its own dispatch stays: SQS may have
  // moved the job's only message here.
  const failedAgain = record.status === 'failed' && record.dispatch === dispatch && error !== undefined;
  const movedOn = record.run !== run || record.dispatch > dispatch || endedWell || failedAgain;
  if (movedOn) await held.remove();
  return movedOn;
}
