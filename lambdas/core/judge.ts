import { damageOf, type SoundField } from './damage.ts';
import type { Message } from './message.ts';
import type { JobRecord } from './record.ts';

/** Why a claim was refused. Each has its one answer (deliver.ts, bury.ts). */
export type Verdict =
  /** Another run of a reused key, or a message older than the record's dispatch. */
  | { readonly is: 'superseded' }
  /** The claim took effect, and its reply was lost. */
  | { readonly is: 'mine'; readonly record: JobRecord }
  | { readonly is: 'finished' }
  /** Buried: its envelope may not have been sent. */
  | { readonly is: 'failed'; readonly record: JobRecord }
  /** Buried, and the message is of a later dispatch. */
  | { readonly is: 'redriven' }
  | { readonly is: 'early'; readonly until: number }
  | { readonly is: 'leased'; readonly until: number }
  /** An abort was asked for, and the attempt that should have seen it is gone. */
  | { readonly is: 'abort abandoned' }
  /** The last attempt is gone. */
  | { readonly is: 'exhausted' }
  /** The record would take the claim now: it changed meanwhile. */
  | { readonly is: 'raced' }
  /** Not a record that this system writes, or not a message that it wrote for this record: changed by hand, or forged. */
  | { readonly is: 'damaged'; readonly reason: string };

/** No lease lasts longer: an invocation of 15 minutes, with slack for clocks that differ. */
const LONGEST_LEASE_MS = 1_200_000;

/**
 * Judges a refused claim (row 5 of the protocol), in the protocol's order. Pure.
 * @param record as the refusal showed it
 * @param owner the token of the claim that was refused
 */
export function judge(record: JobRecord, message: Message, owner: string, now: number): Verdict {
  const unreadable = damagedIn(record, ['run', 'dispatch']);
  if (unreadable !== undefined) return unreadable;
  if (record.run !== message.run || message.dispatch < record.dispatch) return { is: 'superseded' };
  if (message.dispatch > record.dispatch + 1)
    return {
      is: 'damaged',
      reason: `The message is of dispatch ${message.dispatch}, its job only of ${record.dispatch}.`,
    };
  switch (record.status) {
    case 'complete':
    case 'aborted':
      return { is: 'finished' };
    case 'failed':
      if (record.dispatch === message.dispatch) return { is: 'failed', record };
      return damagedIn(record, ['attempt', 'max_attempts']) ?? { is: 'redriven' };
    case 'queued': {
      const damaged = damagedIn(record, ['scheduled_at', 'attempt', 'attempt_limit']);
      if (damaged !== undefined) return damaged;
      return record.scheduled_at > now ? { is: 'early', until: record.scheduled_at } : { is: 'raced' };
    }
    case 'active':
    case 'aborting': {
      if (record.status === 'active' && record.owner === owner) return { is: 'mine', record };
      const lease = record.lease_expires_at;
      if (typeof lease !== 'number' || lease > now + LONGEST_LEASE_MS)
        return { is: 'damaged', reason: `The record's lease_expires_at is ${lease}, which no attempt wrote.` };
      if (lease >= now) return { is: 'leased', until: lease };
      if (record.status === 'aborting') return { is: 'abort abandoned' };
      const damaged = damagedIn(record, ['attempt', 'attempt_limit']);
      return damaged ?? (record.attempt >= record.attempt_limit ? { is: 'exhausted' } : { is: 'raced' });
    }
    default:
      return {
        is: 'damaged',
        reason: `The record's status is ${JSON.stringify(record.status)}, which is none of a job.`,
      };
  }
}

function damagedIn(record: JobRecord, fields: readonly SoundField[]): Verdict | undefined {
  const reason = damageOf(record, fields);
  return reason === undefined ? undefined : { is: 'damaged', reason };
}
