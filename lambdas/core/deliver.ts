import { beginAttempt } from './attempt.ts';
import { type Claimed, claimJob } from './claim.ts';
import { delayUntil, type Engine, endOfJob, queueFor } from './engine.ts';
import { toError } from './errors.ts';
import { measureEnd, measureEnded, measureStart } from './measure.ts';
import { envelopeOf, type Message, readMessage, reasonOf, writeMessage } from './message.ts';
import { runPipeline } from './pipeline.ts';
import type { Delivery } from './ports.ts';
import { abortAbandoned, failExhausted } from './protocol.ts';
import type { JobRecord } from './record.ts';
import type { Answer } from './settle.ts';
import { traceIdOf } from './trace.ts';

/** The worker's function and queue, as far as a delivery depends on them. */
export interface WorkerSettings {
  readonly queue: string;
  /** After so many receives SQS moves a message to `undeliverable`, whatever its job's state. */
  readonly maxReceiveCount: number;
}

/** Kept back from the invocation's time for writing the record and sending what follows. */
const MARGIN_MS = 1_500;
/** Less than this for the task itself, and it is not begun: the message goes back without using up an attempt. */
const LEAST_RUN_MS = 500;
/** Machines' clocks differ: a lease is judged by another machine's clock. */
const CLOCK_SKEW_MS = 5_000;
/** The longest that SQS hides a message is 12 hours from its receipt, and an invocation may have had it for 15 minutes. */
const MAX_VISIBILITY_SECONDS = 43_200 - 900;

/**
 * Deals with one message of a job queue: claims its job, runs it, writes how it ended; or gives the one right answer to the
 * refusal (rows 4 to 5 and 14 of the protocol). Never throws.
 *
 * @param invocationEnd epoch milliseconds when the invocation is killed
 * @returns `ack` only if nothing would be lost by deleting the message
 */
export async function deliver(
  engine: Engine,
  settings: WorkerSettings,
  delivery: Delivery,
  invocationEnd: number,
): Promise<Answer> {
  try {
    return await answer(engine, settings, delivery, invocationEnd);
  } catch (thrown) {
    const error = toError(thrown);
    engine.log.error('delivery failed', { message_id: delivery.messageId, error: error.message, stack: error.stack });
    return 'leave';
  }
}

async function answer(
  engine: Engine,
  settings: WorkerSettings,
  delivery: Delivery,
  invocationEnd: number,
): Promise<Answer> {
  const { clock, chance, queues, store } = engine;
  const read = readMessage(delivery, (name) => {
    const task = engine.tasks.find(name);
    return { queue: task?.queue ?? settings.queue, maxAttempts: task?.maxAttempts ?? 1 };
  });
  if (!read.ok) return buryUnread(engine, delivery, read.reason);
  const { message } = read;
  const log = engine.log.with({ job_id: message.job_id, task_name: message.task_name });

  const home = engine.tasks.find(message.task_name)?.queue;
  if (home !== undefined && home !== settings.queue && queues.names.includes(home)) {
    await queues.send(home, writeMessage(message), 0);
    log.debug('forwarded', { queue: home });
    return 'ack';
  }
  const latestEnd = invocationEnd - MARGIN_MS;
  if (latestEnd - clock.now() < LEAST_RUN_MS) return handBack(engine, settings, delivery, message, 1);

  const claimed = await claimJob(engine, message, chance.token(), invocationEnd + CLOCK_SKEW_MS);
  const now = clock.now();
  switch (claimed.is) {
    case 'claimed':
      return runClaimed(engine, claimed, latestEnd);
    case 'superseded':
    case 'finished':
      log.debug('stale message dropped', { verdict: claimed.is });
      return 'ack';
    case 'failed':
      return buryRecord(engine, claimed.record, message);
    case 'early':
      return handBack(engine, settings, delivery, message, (claimed.until - now) / 1000);
    case 'leased': // never acknowledged: a copy of the same message would take the original with it
      return handBack(engine, settings, delivery, message, (claimed.until - now) / 1000 + 1);
    case 'abort abandoned': {
      const given = { ...message, now, ...endOfJob(engine, message, now) };
      const done = await store.apply(message.job_id, abortAbandoned, given);
      measureEnded(engine, done, now);
      return done.ok || done.record?.status === 'aborted' ? 'ack' : 'leave';
    }
    case 'exhausted': {
      const error = 'The last attempt ended without a word: its worker crashed or ran out of time or memory.';
      const given = { ...message, now, error, ...endOfJob(engine, message, now) };
      const done = await store.apply(message.job_id, failExhausted, given);
      if (done.record?.status !== 'failed' || done.record.run !== message.run) return 'leave';
      if (measureEnded(engine, done, now)) log.error('job failed', { error, trace_id: traceIdOf(done.record) });
      return buryRecord(engine, done.record, message);
    }
    case 'raced':
      return 'leave';
    case 'orphan':
    case 'damaged':
      return buryUnread(engine, delivery, claimed.reason, message);
  }
}

async function runClaimed(engine: Engine, claimed: Claimed, latestEnd: number): Promise<Answer> {
  const { record } = claimed;
  const task = engine.tasks.find(record.task_name);
  const began = engine.clock.now();
  const deadline = Math.min(began + (task?.timeoutSeconds ?? 30) * 1000, latestEnd);
  measureStart(engine, claimed, began);
  const attempt = beginAttempt(engine, record, task, deadline);
  const settled = await runPipeline(engine, attempt, latestEnd);
  const { status, error, retryAt } = attempt.ctx;
  const line = { status: settled.record?.status ?? 'unsettled', ms: engine.clock.now() - began };
  if (settled.record !== undefined) measureEnd(engine, settled.record, line.ms);
  if (status === 'failed') attempt.log.error('job failed', { ...line, error: error?.message, stack: error?.stack });
  else if (status === 'queued')
    attempt.log.warn('job will be retried', { ...line, error: error?.message, retry_at: retryAt && new Date(retryAt) });
  else if (settled.record === undefined) attempt.log.warn('job left', { ...line, error: error?.message });
  else attempt.log.info(`job ${status}`, line);
  return settled.answer;
}

/** Sends the envelope of a failed record, again if need be: an envelope too many does nothing. */
export async function buryRecord(engine: Engine, record: JobRecord, message: Message): Promise<Answer> {
  const forged = message.dispatch > record.dispatch + 1; // no redrive would take an envelope of such a dispatch
  await engine.queues.bury(writeMessage(envelopeOf(record, forged ? 0 : message.dispatch)), reasonOf(record));
  return 'ack';
}

/** To `dead-letters` as it is; a foreign message with the id that was derived for it. */
export async function buryUnread(
  engine: Engine,
  delivery: Delivery,
  reason: string,
  message?: Message,
): Promise<Answer> {
  const job = message && { job_id: message.job_id, task_name: message.task_name };
  engine.log.error('message is not ours', { message_id: delivery.messageId, ...job, reason });
  await engine.queues.bury(message === undefined ? delivery.body : writeMessage(message), reason);
  return 'ack';
}

/** Shows the message again later. At the last receive before SQS would move it away, a fresh copy takes its place. */
async function handBack(
  engine: Engine,
  settings: WorkerSettings,
  delivery: Delivery,
  message: Message,
  seconds: number,
): Promise<Answer> {
  const { queues, clock } = engine;
  if (delivery.receiveCount >= settings.maxReceiveCount) {
    const now = clock.now();
    await queues.send(queueFor(engine, message), writeMessage(message), delayUntil(now + seconds * 1000, now) || 1);
    return 'ack';
  }
  const whole = Math.min(MAX_VISIBILITY_SECONDS, Math.max(1, Math.ceil(seconds)));
  try {
    await delivery.handBack(whole);
  } catch (error) {
    // Its visibility ends by itself: with 120,000 messages in flight SQS refuses, and nothing is lost.
    engine.log.debug('not handed back', { message_id: delivery.messageId, error: toError(error).message });
  }
  return 'leave';
}
