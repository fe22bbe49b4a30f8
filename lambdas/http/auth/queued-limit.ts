import type { Engine } from '../../core/engine.ts';
import { levelOf, toError } from '../../core/errors.ts';
import { partitionsOf } from '../../core/record.ts';
import { tooMany } from './limits.ts';

/** A count is believed for so long, with what this instance has accepted since. */
const COUNT_MEMORY_MS = 10_000;
const MOST_REMEMBERED = 10_000;
const MOST_LOOKED_AT = 1_000;

interface Count {
  readonly counted: Promise<number>;
  readonly until: number;
  /** Jobs that have asked since: what was refused asks again after `until`. */
  asked: number;
}

/**
 * Keeps users to `most` queued jobs each, by reading rather than by writing: a counter would cost each job two writes, and
 * be wrong after the first crash.
 *
 * A soft limit: another instance may accept as many in the ten seconds for which a count is believed, and only the newest
 * `2 × most` jobs of a user are looked at (1,000 at most), so one that has waited since before them does not count. When
 * the table does not answer, jobs pass.
 */
export function queuedLimiter(most: number): (userId: string, engine: Engine) => Promise<void> {
  const counts = new Map<string, Count>();
  return async (userId, engine) => {
    const now = engine.clock.now();
    const known = counts.get(userId);
    const count = known !== undefined && known.until > now ? known : begin(engine, userId, most, now);
    if (count !== known) {
      if (counts.size >= MOST_REMEMBERED) counts.clear();
      counts.set(userId, count);
    }
    const place = ++count.asked; // before the wait, for many may ask at once
    if ((await count.counted) + place <= most) return;
    throw tooMany(
      count.until - now,
      `You have ${most} jobs queued, which is your limit: wait for some, or abort them.`,
    );
  };
}

function begin(engine: Engine, userId: string, most: number, now: number): Count {
  const counted = countQueued(engine, userId, Math.min(2 * most, MOST_LOOKED_AT)).catch((error: unknown) => {
    engine.log[levelOf(error)]('queued jobs not counted', { error: toError(error).message });
    return Number.NEGATIVE_INFINITY;
  });
  return { counted, until: now + COUNT_MEMORY_MS, asked: 0 };
}

/** Of the newest jobs of a user, those that are queued. */
async function countQueued({ store, clock }: Engine, userId: string, among: number): Promise<number> {
  const range = { from: 0, to: clock.now() + COUNT_MEMORY_MS, limit: among };
  const shards = await Promise.all(partitionsOf('user', userId).map((key) => store.entries('by-user', key, range)));
  const newest = shards
    .flatMap(({ entries }) => entries)
    .sort((a, b) => b.at - a.at)
    .slice(0, among)
    .map(({ jobId }) => jobId);
  let queued = 0;
  for (let i = 0; i < newest.length; i += 100) {
    const records = await store.getMany(newest.slice(i, i + 100));
    queued += records.filter(({ status }) => status === 'queued').length;
  }
  return queued;
}
