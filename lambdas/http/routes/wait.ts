import { notFound } from '../../core/abort.ts';
import type { Engine } from '../../core/engine.ts';
import { levelOf, toError } from '../../core/errors.ts';
import type { Clock, WaitSlots } from '../../core/ports.ts';
import { isExpired, isFinished, type JobRecord } from '../../core/record.ts';

/** What a wait leaves of its invocation, to load the payloads and answer. */
export const TO_ANSWER_MS = 2_000;

/** The first pause between two looks; each next one is half as long again, up to the longest: 15 reads in 20 s. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;

/** A wait this short is free; a longer one takes a slot (docs/decisions/0021). */
const FREE_WAIT_MS = 500;

export interface Looked {
  readonly record: JobRecord;
  /** No slot could be had: the wait ended before its time. */
  readonly crowded: boolean;
}

/**
 * The record when the job has ended, or after the time given; at once, when too many wait already.
 * @throws StintError `not_found`
 */
export async function readAtEnd(engine: Engine, jobId: string, waitMillis: number): Promise<Looked> {
  const { clock, waits } = engine;
  const began = clock.now();
  const until = began + waitMillis;
  let slot: Awaited<ReturnType<WaitSlots['take']>>;
  try {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      const record = await read(engine, jobId);
      const now = clock.now();
      const left = until - now;
      if (isFinished(record.status) || left <= 0) return { record, crowded: false };
      if (waits !== undefined && slot === undefined && now + Math.min(pause, left) - began >= FREE_WAIT_MS) {
        slot = await waits.take(now, until + TO_ANSWER_MS).catch((error: unknown) => {
          engine.log[levelOf(error)]('no slot to wait in', { job_id: jobId, error: toError(error).message });
          return undefined;
        });
        if (slot === undefined) return { record, crowded: true };
      }
      await sleep(clock, Math.min(pause, left));
    }
  } finally {
    // Who waits is not to fail for it: a slot that is not released is free again at its time.
    await slot?.release().catch((error) => engine.log.debug('slot not released', { error: toError(error).message }));
  }
}

async function read({ store, clock }: Engine, jobId: string): Promise<JobRecord> {
  const record = await store.get(jobId);
  if (record === undefined || isExpired(record, clock.now())) throw notFound(jobId);
  return record;
}

const sleep = (clock: Clock, millis: number) => new Promise<void>((resolve) => clock.after(millis, resolve));
