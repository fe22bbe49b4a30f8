import { notFound } from './abort.ts';
import { damageOf } from './damage.ts';
import {
  delayUntil,
  dueForSweep,
  type Engine,
  MAX_DELAY_MS,
  queueFor,
  retentionDays,
  SEND_GRACE_MS,
} from './engine.ts';
import { checkInput } from './enqueue.ts';
import { checkOptions } from './enqueue-options.ts';
import { levelOf, StintError, toError } from './errors.ts';
import { messageOf, writeMessage } from './message.ts';
import { inputKey, inputTtl, keepPayload, storePayload, toJson } from './payload.ts';
import { amendInput, reschedule } from './protocol.ts';
import { isExpired, type JobRecord, type Payload } from './record.ts';

/** What is to change of a job that waits. */
export interface Amendment {
  /** When it is due, in epoch milliseconds, within ten years from now; 0: at once. Default: as it was. */
  readonly scheduledAt?: number | undefined;
  /** Its new input, in a box, for an input may be undefined. Default: as it was. */
  readonly input?: { readonly value: unknown } | undefined;
}

const TRIES = 3;

/** What a write asked for, of the record as it was seen. */
interface Wanted extends Pick<JobRecord, 'run' | 'dispatch' | 'scheduled_at'> {
  /** Undefined: it stays. */
  readonly input: Payload | undefined;
}

/**
 * Reschedules a job that waits, or replaces the input of one that has not begun (rows 12b and 12c of the protocol).
 *
 * What was sent for the job before counts no more: the record moves to the next dispatch, marked for the sweep, and then its
 * message is sent. A send that fails costs a minute after the job's time, never the job.
 * @returns the record, `queued`; or what has become of it since, where the first reply was lost
 * @throws StintError `not_found`; `conflict` for a job that does not wait, and for the input of one that has begun, or is the
 * system's own; `invalid_input`, `too_large`
 */
export async function amend(engine: Engine, jobId: string, amendment: Amendment): Promise<JobRecord> {
  const { store, clock } = engine;
  const { scheduledAt } = amendment;
  checkOptions({ scheduledAt: scheduledAt === undefined ? undefined : new Date(scheduledAt) }, clock.now());
  let tried: Wanted | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    const now = clock.now();
    const seen = await store.get(jobId);
    if (seen === undefined || isExpired(seen, now)) throw notFound(jobId);
    // The SDK may have sent the last one twice, and the slower copy landed after the refusal of the other.
    if (tried !== undefined && ownEffect(seen, tried)) return sent(engine, seen, tried.scheduled_at, now);
    checkWaits(engine, seen, amendment);
    const { run, dispatch } = seen;
    const scheduled_at = scheduledAt ?? seen.scheduled_at;
    const given = { run, dispatch, scheduled_at, due_at: markOf(scheduled_at, now) };
    const input = await keptInput(engine, seen, amendment, scheduled_at);
    const done =
      amendment.input === undefined
        ? await store.apply(jobId, reschedule, given)
        : await store.apply(jobId, amendInput, { ...given, input });
    const { record } = done;
    if (record === undefined) throw notFound(jobId);
    tried = { run, dispatch, scheduled_at, input: amendment.input && input };
    if (done.ok || ownEffect(record, tried)) return sent(engine, record, scheduled_at, now);
    // It changed meanwhile: once more.
  }
  throw new StintError('unavailable', `Job ${jobId} changes too fast to be changed by hand; try again.`);
}

/** When the sweep must act, unless the message does. */
function markOf(scheduledAt: number, now: number): number {
  const later = scheduledAt - now > MAX_DELAY_MS;
  return later ? dueForSweep(scheduledAt) : Math.max(now, scheduledAt) + SEND_GRACE_MS;
}

function checkWaits({ tasks }: Engine, seen: JobRecord, { input }: Amendment): void {
  const { job_id, task_name, status, attempt } = seen;
  const damage = damageOf(seen);
  if (damage !== undefined) throw new StintError('conflict', `Job ${job_id} cannot be changed. ${damage}`);
  const refuse = (why: string) => {
    throw new StintError('conflict', `Job ${job_id} ${why}`, { jobStatus: status });
  };
  if (status !== 'queued') refuse(`is ${status}: only a job that waits can be changed.`);
  if (input !== undefined && tasks.isSystem(task_name))
    refuse("is the system's own: its input stays. Abort it, and order anew.");
  if (input !== undefined && attempt > 0)
    refuse(`has begun its attempt ${attempt}: its input stays. Abort it, and enqueue another.`);
}

/** The input to be written, stored under a key of its own; one that stays is kept for as long as the job may wait now. */
async function keptInput(engine: Engine, seen: JobRecord, { input }: Amendment, scheduledAt: number): Promise<Payload> {
  const { payloads, clock, chance } = engine;
  const ttl = inputTtl(Math.max(clock.now(), scheduledAt), retentionDays(engine, seen));
  if (input === undefined) {
    await keepPayload(payloads, seen.input, ttl);
    return seen.input;
  }
  const json = toJson(input.value ?? {}, 'input');
  const task = engine.tasks.find(seen.task_name);
  if (task === undefined)
    throw new StintError('conflict', `This version has no task '${seen.task_name}': it cannot check an input for it.`);
  await checkInput(task, JSON.parse(json));
  // A key is never written twice with other content: whoever loses a race must not change the winner's input.
  return storePayload(payloads, `${inputKey(seen.job_id, seen.run)}#${chance.token()}`, json, ttl);
}

/**
 * The write took effect, and its reply was lost. Whatever has become of the job since: the sweep may have sent it, and it may have
 * run. One that has begun keeps its input, but no longer its time: a backoff sets another.
 */
function ownEffect(record: JobRecord, { input, ...wanted }: Wanted): boolean {
  if (record.run !== wanted.run || record.dispatch !== wanted.dispatch + 1) return false;
  const onTime = record.scheduled_at === wanted.scheduled_at;
  if (input === undefined) return onTime;
  return JSON.stringify(record.input) === JSON.stringify(input) && (onTime || record.attempt > 0);
}

/** The change stands: sends its message, unless it is the sweep's to send. */
async function sent(engine: Engine, written: JobRecord, scheduled_at: number, now: number): Promise<JobRecord> {
  if (written.status === 'queued' && scheduled_at - now <= MAX_DELAY_MS) await send(engine, written);
  return written;
}

async function send(engine: Engine, record: JobRecord): Promise<void> {
  const delay = delayUntil(record.scheduled_at, engine.clock.now());
  try {
    await engine.queues.send(queueFor(engine, record), writeMessage(messageOf(record)), delay);
  } catch (error) {
    engine.log[levelOf(error)]('message not sent, the sweep will', {
      job_id: record.job_id,
      error: toError(error).message,
    });
  }
}
