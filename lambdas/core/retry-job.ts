import { notFound } from './abort.ts';
import { damageOf } from './damage.ts';
import { type Engine, queueFor, retentionDays, SEND_GRACE_MS } from './engine.ts';
import { levelOf, StintError, toError } from './errors.ts';
import { messageOf, writeMessage } from './message.ts';
import { inputTtl, keepPayload } from './payload.ts';
import { retryByHand } from './protocol.ts';
import { isExpired, type JobRecord, type Status } from './record.ts';

/**
 * Runs a failed or aborted job again, with as many attempts as it had at first (row 12 of the protocol).
 *
 * The record is marked for the sweep before the message is sent, so a send that fails costs a minute, never the job.
 * @param from only a job that is so
 * @returns the record: `queued`, unless its reply was lost and the job has moved on
 * @throws StintError `not_found`, or `conflict` for a job that is queued, running or complete
 */
export async function retryJob(
  engine: Engine,
  jobId: string,
  from: readonly Status[] = ['failed', 'aborted'],
): Promise<JobRecord> {
  const { store, clock } = engine;
  const now = clock.now();
  const seen = await store.get(jobId);
  if (seen === undefined || isExpired(seen, now)) throw notFound(jobId);
  const damage = damageOf(seen);
  if (damage !== undefined) throw new StintError('conflict', `Job ${jobId} cannot be retried. ${damage}`);
  if ((seen.status === 'failed' || seen.status === 'aborted') && !from.includes(seen.status))
    throw new StintError('conflict', `Job ${jobId} is ${seen.status}, not ${from.join(' or ')}.`, {
      jobStatus: seen.status,
    });
  const { run, dispatch } = seen;
  await keepPayload(engine.payloads, seen.input, inputTtl(now, retentionDays(engine, seen)));
  const done = await store.apply(jobId, retryByHand, { run, dispatch, due_at: now + SEND_GRACE_MS });
  const record = done.record;
  // Whatever became of the job since: only a retry leads from an ended job to its next dispatch.
  const ownEffect = record?.run === run && record.dispatch === dispatch + 1;
  if (record === undefined) throw notFound(jobId);
  if (!done.ok && !ownEffect)
    throw new StintError(
      'conflict',
      `Job ${jobId} is ${record.status}: only a failed or an aborted job can be retried.`,
      {
        jobStatus: record.status,
      },
    );
  if (record.status !== 'queued') return record;
  try {
    await engine.queues.send(queueFor(engine, record), writeMessage(messageOf(record)), 0);
  } catch (error) {
    engine.log[levelOf(error)]('message not sent, the sweep will', { job_id: jobId, error: toError(error).message });
  }
  return record;
}
