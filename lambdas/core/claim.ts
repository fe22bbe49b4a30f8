import { type Engine, retentionDays } from './engine.ts';
import { judge, type Verdict } from './judge.ts';
import { creationBy, isMadeAfter, type Message, recordOf } from './message.ts';
import { inputKey, inputTtl, storePayload } from './payload.ts';
import type { Applied } from './ports.ts';
import { claim, claimRedriven, create, reuseKey } from './protocol.ts';
import type { JobRecord, NewJob, Payload } from './record.ts';

/** The job is ours until the lease ends. */
export interface Claimed {
  readonly is: 'claimed';
  readonly record: JobRecord;
}

/** What became of a claim: the job is ours, or the one reason why not. */
export type Claim =
  | Claimed
  | Exclude<Verdict, { is: 'mine' | 'redriven' }>
  /** No record, and nothing to make one from. */
  | { readonly is: 'orphan'; readonly reason: string };

/** A refusal that a new look contradicts is tried again so often; then the message is left to come back. */
const TRIES = 3;

/**
 * Claims a message's job for one attempt: rows 4, 4a and 4b of the protocol, and the judgement of row 5.
 *
 * @param owner the fresh random token of this claim: the fence of all that the attempt writes
 * @param leaseExpiresAt the end of this invocation, with slack for clock skew
 */
export async function claimJob(
  engine: Engine,
  message: Message,
  owner: string,
  leaseExpiresAt: number,
): Promise<Claim> {
  const { store, clock } = engine;
  let seen: JobRecord | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    const now = clock.now();
    if (now >= leaseExpiresAt) break; // suspended, and gone on after its end: others have its message by now
    const given = { ...message, now, owner, lease_expires_at: leaseExpiresAt };
    const claimed = await store.apply(message.job_id, claim, given);
    if (claimed.ok) return { is: 'claimed', record: claimed.record };
    if (claimed.record === undefined || isMadeAfter(claimed.record, message)) {
      const made = await claimFirst(engine, message, owner, leaseExpiresAt, claimed.record);
      if (made !== 'raced') return made;
      continue;
    }
    seen = claimed.record;
    const verdict = judge(seen, message, owner, now);
    switch (verdict.is) {
      case 'mine':
        return { is: 'claimed', record: verdict.record };
      case 'redriven': {
        if (clock.now() >= leaseExpiresAt) break; // its condition knows no time, so look again
        const anew = await store.apply(message.job_id, claimRedriven, given);
        if (anew.ok) return { is: 'claimed', record: anew.record };
        break;
      }
      case 'raced':
        break;
      default:
        return verdict;
    }
  }
  // A job that waits, and whose time has come, refuses a claim for one reason: and with no attempt left it should not wait.
  if (seen?.status === 'queued' && seen.attempt >= seen.attempt_limit)
    return { is: 'damaged', reason: 'The record is queued, with no attempt left: it was changed by hand.' };
  return { is: 'raced' };
}

/** Row 4a: the message makes the record, already active; over one that has expired, as row 3b. */
async function claimFirst(
  engine: Engine,
  message: Message,
  owner: string,
  leaseExpiresAt: number,
  expired: JobRecord | undefined,
): Promise<Claim | 'raced'> {
  const now = engine.clock.now();
  const creation = creationBy(message, now);
  if (!creation.can) return { is: 'orphan', reason: creation.reason };
  const { create: job } = creation.message;
  if (job.scheduled_at > now) return { is: 'early', until: job.scheduled_at };
  const input = await storedInput(engine, creation.message);
  const record: JobRecord = {
    ...recordOf({ ...message, create: { ...job, input } }),
    status: 'active',
    attempt: 1,
    owner,
    lease_expires_at: leaseExpiresAt,
    started_at: now,
  };
  const put = await putNew(engine, record, expired);
  return put.ok ? { is: 'claimed', record } : 'raced';
}

/** Puts the first record of a run: where there is none, or in the place of one that has expired. */
export function putNew(engine: Engine, record: JobRecord, expired: JobRecord | undefined): Promise<Applied> {
  const { store } = engine;
  if (expired === undefined) return store.apply(record.job_id, create, { record });
  return store.apply(record.job_id, reuseKey, { record, run: expired.run });
}

/** The input of a message that makes its record, moved out of it when it is large: a foreign message carries all inline. */
export async function storedInput(engine: Engine, message: Message & { create: NewJob }): Promise<Payload> {
  const { input, scheduled_at } = message.create;
  if ('at' in input) return input;
  const ttl = inputTtl(Math.max(engine.clock.now(), scheduled_at), retentionDays(engine, message));
  return storePayload(engine.payloads, inputKey(message.job_id, message.run), input.json, ttl);
}
