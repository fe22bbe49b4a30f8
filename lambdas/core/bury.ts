import { putNew, storedInput } from './claim.ts';
import { buryRecord, buryUnread } from './deliver.ts';
import { delayUntil, type Engine, endOfJob, queueFor } from './engine.ts';
import { toError } from './errors.ts';
import { judge } from './judge.ts';
import { measureEnd, measureEnded } from './measure.ts';
import { creationBy, isMadeAfter, type Message, readMessage, recordOf, writeMessage } from './message.ts';
import type { Delivery } from './ports.ts';
import { abortAbandoned, failUndeliverable } from './protocol.ts';
import type { JobRecord } from './record.ts';
import type { Answer } from './settle.ts';
import { traceIdOf } from './trace.ts';

const TRIES = 3;

/**
 * Deals with one message of `undeliverable`, which no worker could read or claim in `maxReceiveCount` deliveries: marks the
 * job failed, if there is one and no attempt holds it, and passes the envelope on to `dead-letters` (row 15 of the
 * protocol). Never throws; what is left comes back, and in the end SQS itself moves it to `dead-letters`.
 */
export async function buryUndeliverable(engine: Engine, delivery: Delivery): Promise<Answer> {
  try {
    const read = readMessage(delivery, (name) => {
      const task = engine.tasks.find(name);
      return { queue: queueFor(engine, { task_name: name }), maxAttempts: task?.maxAttempts ?? 1 };
    });
    if (!read.ok) return await buryUnread(engine, delivery, read.reason);
    return await buryMessage(engine, delivery, read.message);
  } catch (thrown) {
    const error = toError(thrown);
    engine.log.error('not buried', { message_id: delivery.messageId, error: error.message, stack: error.stack });
    return 'leave';
  }
}

async function buryMessage(engine: Engine, delivery: Delivery, message: Message): Promise<Answer> {
  const { store, clock } = engine;
  const error = `Undeliverable: no worker could claim the job in ${delivery.receiveCount} or more deliveries. A broken deploy, an outage or throttling are the usual causes.`;
  for (let tries = 0; tries < TRIES; tries++) {
    const now = clock.now();
    const end = { now, ...endOfJob(engine, message, now) };
    const done = await store.apply(message.job_id, failUndeliverable, { ...message, ...end, error });
    if (done.ok) return buryFailed(engine, done.record, message);
    if (done.record === undefined || isMadeAfter(done.record, message)) {
      const creation = creationBy(message, now);
      if (!creation.can) return buryUnread(engine, delivery, creation.reason, message);
      const made = await createFailed(engine, creation.message, error, done.record);
      if (made !== undefined) return buryFailed(engine, made, message);
      continue;
    }
    const verdict = judge(done.record, message, '', now);
    switch (verdict.is) {
      case 'superseded':
      case 'finished':
        return 'ack';
      case 'failed':
        if (measureEnded(engine, done, now)) tellFailed(engine, verdict.record);
        return buryRecord(engine, verdict.record, message);
      case 'redriven':
        return buryRecord(engine, done.record, message);
      case 'leased': {
        const delay = delayUntil(verdict.until + 1000, now);
        await engine.queues.send(queueFor(engine, message), writeMessage(message), delay);
        return 'ack';
      }
      case 'abort abandoned': {
        const ended = await store.apply(message.job_id, abortAbandoned, { ...message, ...end });
        measureEnded(engine, ended, now);
        if (ended.ok || ended.record?.status === 'aborted') return 'ack';
        break;
      }
      case 'damaged':
        return buryUnread(engine, delivery, verdict.reason, message);
      case 'early':
      case 'exhausted':
      case 'mine':
      case 'raced':
    }
  }
  return 'leave';
}

function tellFailed({ log }: Engine, record: JobRecord): void {
  const { job_id, task_name, error_message: error } = record;
  log.error('job failed', { job_id, task_name, error, trace_id: traceIdOf(record) });
}

/** Counts a job that has just failed, tells of it, and passes its envelope on. */
function buryFailed(engine: Engine, record: JobRecord, message: Message): Promise<Answer> {
  measureEnd(engine, record);
  tellFailed(engine, record);
  return buryRecord(engine, record, message);
}

/** The failed record of a job whose message never made one: it spares its caller a 404. */
async function createFailed(
  engine: Engine,
  message: Parameters<typeof storedInput>[1],
  error: string,
  expired: JobRecord | undefined,
): Promise<JobRecord | undefined> {
  const now = engine.clock.now();
  const input = await storedInput(engine, message);
  const record: JobRecord = {
    ...recordOf({ ...message, create: { ...message.create, input } }),
    status: 'failed',
    error_message: error,
    completed_at: now,
    failed_at: now,
    ...endOfJob(engine, message, now),
  };
  const put = await putNew(engine, record, expired);
  return put.ok ? put.record : undefined;
}
