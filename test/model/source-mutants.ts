import type { Mutant } from './mutants.ts';

const change = (file: string, name: string, from: string, to: string): Mutant => ({
  name,
  of: file,
  source: { file: `${file}.ts`, from, to },
});

/** The orders and decisions of the use cases, each changed in one place. `from` stands exactly once in its file. */
export const SOURCE_MUTANTS: readonly Mutant[] = [
  // Enqueue
  change(
    'enqueue',
    'the record is put before the message is sent',
    'await engine.queues.send(job.queue, body,',
    'await engine.store.apply(record.job_id, create, { record });\n  await engine.queues.send(job.queue, body,',
  ),
  change(
    'enqueue',
    'the first message does not carry what makes the record',
    'writeMessage({ ...messageOf(record), create: job })',
    'writeMessage({ ...messageOf(record), ...(job && {}) })',
  ),
  change(
    'enqueue',
    'a first send that fails is accepted',
    'delayUntil(record.scheduled_at, now)).catch(refuseEnqueue);\n  try {',
    'delayUntil(record.scheduled_at, now)).catch(() => {});\n  try {',
  ),
  change(
    'enqueue',
    'a keyed record is not marked for the sweep',
    'return { ...record, due_at };',
    'return later ? { ...record, due_at } : record;',
  ),
  change(
    'enqueue',
    'a later record is not marked for the sweep',
    'return { ...record, due_at };',
    'return later ? record : { ...record, due_at };',
  ),
  change(
    'enqueue',
    'a record put first that fails is accepted',
    'apply(record.job_id, create, { record: marked }).catch(refuseEnqueue)',
    'apply(record.job_id, create, { record: marked }).catch(() => ({ ok: false as const, record: undefined }))',
  ),
  change(
    'enqueue',
    'an Idempotency-Key whose put fails is accepted',
    'if (record.idempotency !== undefined) return refuseEnqueue(error);',
    '',
  ),
  change(
    'enqueue',
    'two requests under one Idempotency-Key make jobs of their own',
    "derivedId('idempotency-key', idempotencyKey)",
    'engine.chance.id(now)',
  ),
  change(
    'enqueue',
    'one Idempotency-Key and one reusable key: the finished job is replaced',
    '(sameRequest || record.key === undefined)',
    '(record.key === undefined)',
  ),
  // Claim
  change(
    'claim',
    'a claim whose reply was lost is not known again',
    "return { is: 'claimed', record: verdict.record };",
    "return { is: 'leased', until: leaseExpiresAt };",
  ),
  change(
    'message',
    'a record is made from a message of any age',
    'create.created_at <= now - MESSAGE_LIFE_MS',
    'false as boolean',
  ),
  change(
    'claim',
    'a record is made before its time',
    'if (job.scheduled_at > now)',
    'if ((job.scheduled_at > now && false) as boolean)',
  ),
  // Deliver
  change('deliver', 'the lease has no room for clocks that differ', 'CLOCK_SKEW_MS = 5_000', 'CLOCK_SKEW_MS = 0'),
  change(
    'deliver',
    'the lease ends before the invocation',
    'invocationEnd + CLOCK_SKEW_MS);',
    'clock.now() + CLOCK_SKEW_MS);',
  ),
  change(
    'deliver',
    'a failed job: acknowledged without sending the envelope again',
    "case 'failed':\n      return buryRecord(engine, claimed.record, message);",
    "case 'failed':\n      return 'ack';",
  ),
  change(
    'deliver',
    'a message before its time is acknowledged',
    'return handBack(engine, settings, delivery, message, (claimed.until - now) / 1000);',
    "return 'ack';",
  ),
  change(
    'deliver',
    'a leased message is acknowledged',
    'return handBack(engine, settings, delivery, message, (claimed.until - now) / 1000 + 1);',
    "return 'ack';",
  ),
  change(
    'deliver',
    'an abandoned abort is acknowledged without being written',
    "return done.ok || done.record?.status === 'aborted' ? 'ack' : 'leave';",
    "return done.ok || done.record?.status === 'aborted' ? 'ack' : 'ack';",
  ),
  change(
    'deliver',
    'an exhausted job: acknowledged without an envelope',
    'return buryRecord(engine, done.record, message);',
    "return 'ack';",
  ),
  change(
    'deliver',
    'an exhausted job that another wrote meanwhile is acknowledged',
    "if (done.record?.status !== 'failed' || done.record.run !== message.run) return 'leave';",
    "if (done.record?.status !== 'failed' || done.record.run !== message.run) return 'ack';",
  ),
  change(
    'deliver',
    'a raced message is acknowledged',
    "case 'raced':\n      return 'leave';",
    "case 'raced':\n      return 'ack';",
  ),
  change(
    'deliver',
    'a message without a record, and nothing to make one from, is dropped',
    'return buryUnread(engine, delivery, claimed.reason, message);',
    "return 'ack';",
  ),
  change(
    'deliver',
    'at its last receive a message is handed back without a fresh copy',
    'if (delivery.receiveCount >= settings.maxReceiveCount)',
    'if ((delivery.receiveCount >= settings.maxReceiveCount && false) as boolean)',
  ),
  change(
    'deliver',
    'at its last receive a message is acknowledged without a fresh copy',
    'await queues.send(queueFor(engine, message), writeMessage(message), delayUntil(now + seconds * 1000, now) || 1);',
    'void now;',
  ),
  change(
    'deliver',
    'the fresh copy of a foreign message has no derived id',
    'await queues.send(queueFor(engine, message), writeMessage(message), delayUntil(now',
    'await queues.send(queueFor(engine, message), delivery.body, delayUntil(now',
  ),
  change(
    'deliver',
    'a message of another queue is acknowledged, not forwarded',
    'await queues.send(home, writeMessage(message), 0);',
    '',
  ),
  change(
    'deliver',
    'a delivery that failed is acknowledged',
    "stack: error.stack });\n    return 'leave';",
    "stack: error.stack });\n    return 'ack';",
  ),
  change(
    'message',
    'a foreign message is another job at each delivery',
    "derivedId('sqs-message', delivery.messageId)",
    "derivedId('sqs-message', delivery.messageId, String(Math.random()))",
  ),
  // Judge
  change(
    'judge',
    'a message of another run is judged by the record of this one',
    'record.run !== message.run || message.dispatch < record.dispatch',
    'message.dispatch < record.dispatch',
  ),
  change(
    'judge',
    'a message of an older dispatch is judged like one of the newest',
    'record.run !== message.run || message.dispatch < record.dispatch',
    'record.run !== message.run',
  ),
  change(
    'judge',
    'a redriven envelope is judged like the message that failed',
    'if (record.dispatch === message.dispatch) return',
    'if (record.dispatch <= message.dispatch) return',
  ),
  change(
    'judge',
    'a lease that runs is taken for over',
    "if (lease >= now) return { is: 'leased', until: lease };",
    '',
  ),
  // Settle
  change(
    'settle',
    'a zombie whose complete is refused acknowledges',
    'ackedAs(undefined) : left;',
    'ackedAs(undefined) : ackedAs(undefined);',
  ),
  change(
    'settle',
    'a failed job: acknowledged without an envelope',
    "return ackedOnceSent(attempt, failed, engine.queues.bury(envelope, failed.error_message ?? ''));",
    'return ackedAs(envelope ? failed : failed);',
  ),
  change(
    'settle',
    'a zombie whose fail is refused acknowledges',
    "return ackedOnceSent(attempt, failed, engine.queues.bury(envelope, failed.error_message ?? ''));\n  }\n  return now?.status === 'aborting' && now.owner === owner ? settleAborted(engine, attempt) : left;",
    "return ackedOnceSent(attempt, failed, engine.queues.bury(envelope, failed.error_message ?? ''));\n  }\n  return now?.status === 'aborting' && now.owner === owner ? settleAborted(engine, attempt) : ackedAs(undefined);",
  ),
  change(
    'settle',
    'a backoff: acknowledged without a new message',
    'return ackedOnceSent(attempt, queued, sent);',
    'return ackedAs(queued);',
  ),
  change(
    'settle',
    'what could not be sent is acknowledged',
    "return { answer: 'leave', record };",
    "return { answer: 'ack', record };",
  ),
  change(
    'settle',
    'a zombie whose retry is refused acknowledges',
    "return ackedOnceSent(attempt, queued, sent);\n  }\n  return now?.status === 'aborting' && now.owner === owner ? settleAborted(engine, attempt) : left;",
    "return ackedOnceSent(attempt, queued, sent);\n  }\n  return now?.status === 'aborting' && now.owner === owner ? settleAborted(engine, attempt) : ackedAs(undefined);",
  ),
  change(
    'settle',
    'a zombie whose abort is refused acknowledges',
    'apply(record.job_id, abortOwn, { ...end, owner });\n  if (done.ok) return ackedAs(done.record);',
    'apply(record.job_id, abortOwn, { ...end, owner });\n  return ackedAs(done.record);',
  ),
  change(
    'settle',
    'a zombie whose cancel is refused acknowledges',
    'error: messageOfError(error) });\n  if (done.ok) return ackedAs(done.record);',
    'error: messageOfError(error) });\n  return ackedAs(done.record);',
  ),
  change(
    'settle',
    'an attempt that lost its job acknowledges',
    "return { answer: 'leave', record: undefined };\n  }",
    "return { answer: 'ack', record: undefined };\n  }",
  ),
  change(
    'outcome',
    'the last attempt is sent back, too',
    'record.attempt >= record.attempt_limit',
    'record.attempt > record.attempt_limit',
  ),
  change(
    'attempt',
    'a heartbeat that reads an abort does not tell the task',
    "seen.ok && seen.record.status === 'aborting'",
    'false as boolean',
  ),
  change(
    'attempt',
    'a heartbeat that is refused does not tell the task',
    'if (!seen.ok) interrupt(',
    'if (false as boolean) interrupt(',
  ),
  // Bury
  change(
    'bury',
    'an undeliverable job: acknowledged without an envelope',
    'if (done.ok) return buryRecord(engine, done.record, message);',
    "if (done.ok) return 'ack';",
  ),
  change(
    'bury',
    'a failed job: acknowledged without sending the envelope again',
    'return buryRecord(engine, verdict.record, message);',
    "return 'ack';",
  ),
  change(
    'bury',
    'a redriven envelope is acknowledged, not sent back',
    "return buryRecord(engine, done.record, message);\n      case 'leased'",
    "return 'ack';\n      case 'leased'",
  ),
  change(
    'bury',
    'a job without a record: its envelope is not sent',
    'if (made !== undefined) return buryRecord(engine, made, message);',
    "if (made !== undefined) return 'ack';",
  ),
  change(
    'bury',
    'a job that runs: its message is acknowledged without a fresh copy',
    'await engine.queues.send(queueFor(engine, message), writeMessage(message), delay);',
    'void delay;',
  ),
  change(
    'bury',
    'what was not buried is acknowledged',
    "stack: error.stack });\n    return 'leave';",
    "stack: error.stack });\n    return 'ack';",
  ),
  change(
    'bury',
    'a message without a record, and nothing to make one from, is dropped',
    'if (!creation.can) return buryUnread(engine, delivery, creation.reason, message);',
    "if (!creation.can) return 'ack';",
  ),
  change(
    'message',
    'an envelope is of the dispatch that failed',
    'dispatch: Math.max(record.dispatch + 1, messageDispatch)',
    'dispatch: Math.max(record.dispatch, messageDispatch && 0)',
  ),
  // Sweep
  change(
    'sweep',
    'the mark is taken off before the message is sent',
    'await queues.send(queueFor(engine, record),',
    'await store.apply(jobId, sweepDone, { due_at: record.due_at, run: record.run });\n    await queues.send(queueFor(engine, record),',
  ),
  change(
    'sweep',
    'the mark is never taken off',
    'await store.apply(jobId, sweepDone, { due_at: record.due_at, run: record.run });',
    '',
  ),
  change(
    'sweep',
    'the mark is taken off, and nothing sent',
    'await queues.send(queueFor(engine, record), writeMessage(messageOf(record)), delayUntil(record.scheduled_at, now));',
    '',
  ),
  change('sweep', 'an envelope of another run stays', 'record.run !== run ||', ''),
  change('sweep', 'an envelope of an older dispatch stays', 'record.dispatch > dispatch ||', ''),
  change('sweep', 'an envelope that was redriven stays', 'redriven ||', ''),
  change(
    'sweep',
    "a message of the job's own dispatch is removed like an envelope",
    'record.dispatch === dispatch && error !== undefined',
    'record.dispatch === dispatch && (error ?? "") !== 0 as unknown',
  ),
  change(
    'sweep',
    'an envelope that is not stale is removed',
    'if (movedOn) await held.remove();',
    'await held.remove();',
  ),
  change('sweep', 'no envelope is removed', 'if (movedOn) await held.remove();', ''),
  // Retry by hand
  change(
    'retry-job',
    'the message is sent before the record is written',
    'const done = await store.apply(jobId, retryByHand',
    'await engine.queues.send(queueFor(engine, seen), writeMessage({ ...messageOf(seen), dispatch: dispatch + 1 }), 0);\n  const done = await store.apply(jobId, retryByHand',
  ),
  // Records, entry points
  change(
    'record',
    'a record is deleted at the end of its retention, whatever still lives',
    'Math.max(expires, now + MESSAGE_LIFE_MS + DAY_MS)',
    'Math.max(expires, now)',
  ),
  change(
    '../adapters/lambda/queue-handler',
    'what is left is not reported as failed',
    "answers[i] !== 'ack'",
    "(answers[i] !== 'ack' && false)",
  ),
];
