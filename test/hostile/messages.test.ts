import { describe, expect, test } from 'vitest';
import { envelopeOf, writeMessage } from '../../lambdas/core/message.ts';
import { retryJob } from '../../lambdas/core/retry-job.ts';
import { bodyOf } from '../world/world.ts';
import { type Fate, HOSTILE, OF_WAITING_JOBS, textOf } from './bodies.ts';
import { type Setup, setup } from './setup.ts';

const MINUTE = 60_000;

/** What became of the message, seen from outside: what is asserted of every fate. */
async function expectFate(s: Setup, fate: Fate, id: string, known: ReadonlySet<string>, deliveries: number) {
  const { w } = s;
  const there = [...w.messages(), ...w.messages('undeliverable')];
  expect(deliveries, 'deliveries').toBe(1);
  expect(s.others().now).toEqual(s.others().before);
  if (fate === 'waits') {
    expect(there.map(({ messageId }) => messageId)).toEqual([id]);
    expect(there[0]!.visibleAt - w.clock.now(), 'is hidden while it waits').toBeGreaterThan(MINUTE);
    return;
  }
  expect(there).toEqual([]);
  if (fate === 'acknowledged') return expect(s.reasons()).toEqual([]);
  if ('buried' in fate) {
    expect(s.reasons()).toEqual([expect.stringMatching(fate.buried)]);
    return;
  }
  const made = [...w.records.values()].filter(({ job_id }) => !known.has(job_id));
  expect(made.map(({ status }) => status)).toEqual([fate.job]);
  expect(s.reasons()).toEqual(fate.job === 'failed' ? [made[0]!.error_message] : []);
}

describe('a message that a stranger puts on the worker’s queue', () => {
  test.each([...HOSTILE, ...OF_WAITING_JOBS])('$title', async ({ body, worker }) => {
    const s = setup();
    const { w, functions } = s;
    const jobs = [await s.neighbour(), await s.neighbour()];
    const id = await s.put(textOf(body(s.innocents, w.clock.now())));
    jobs.push(await s.neighbour());
    const known = new Set(w.records.keys());

    const answer = await functions.batch('default');
    await functions.run(12 * MINUTE);

    // The batch goes on: only what waits is reported as failed, and its neighbours are complete.
    const waits = worker === 'waits' ? [{ itemIdentifier: id }] : [];
    expect(answer).toEqual({ batchItemFailures: waits });
    for (const job of jobs) expect(await w.record(job)).toMatchObject({ status: 'complete' });
    await expectFate(s, worker, id, known, functions.deliveries.byMessage.get(id)!);
  });
});

describe('the same on undeliverable', () => {
  test.each(HOSTILE)('$title', async ({ body, worker, bury = worker }) => {
    const s = setup();
    const { w, functions } = s;
    const before = await s.put('not JSON', 'undeliverable');
    const id = await s.put(textOf(body(s.innocents, w.clock.now())), 'undeliverable');
    const known = new Set(w.records.keys());

    const answer = await functions.batch('undeliverable');

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(s.others().now).toEqual(s.others().before);
    expect(w.messages('undeliverable')).toEqual([]);
    expect([before, id].map((each) => functions.deliveries.byMessage.get(each))).toEqual([1, 1]);
    const reasons = s.reasons().slice(1);
    if (bury === 'acknowledged') expect(reasons).toEqual([]);
    else if (bury === 'waits') {
      // A fresh copy waits in the job's queue for the lease to end.
      expect(reasons).toEqual([]);
      expect(w.messages()).toMatchObject([{ visibleAt: w.clock.now() + 15 * MINUTE }]);
    } else if ('buried' in bury) expect(reasons).toEqual([expect.stringMatching(bury.buried)]);
    else {
      // What could have been run has not been: a failed record and its envelope say so, and it can be run again.
      const made = [...w.records.values()].filter(({ job_id }) => !known.has(job_id));
      expect(made).toMatchObject([{ status: 'failed', attempt: 0 }]);
      expect(reasons).toEqual([expect.stringMatching(/^Undeliverable/)]);
      expect(bodyOf(w.queues.deadLetters[1]!)).toEqual(envelopeOf(made[0]!));
    }
  });

  test.each(OF_WAITING_JOBS)('$title: it fails, and can be run again', async ({ body }) => {
    const s = setup();
    const { w, functions } = s;
    const message = body(s.innocents, w.clock.now()) as { job_id: string };
    await s.put(textOf(message), 'undeliverable');

    await functions.run(MINUTE);

    const others = Object.values(s.innocents).filter(({ job_id }) => job_id !== message.job_id);
    for (const other of others) expect(await w.record(other.job_id)).toEqual(other);
    expect(await w.record(message.job_id)).toMatchObject({ status: 'failed', attempt: 0 });
    expect(s.reasons()).toEqual([expect.stringMatching(/^Undeliverable/)]);
    await retryJob(w.engine, message.job_id);
    await functions.run(MINUTE);
    expect(await w.record(message.job_id)).toMatchObject({ status: 'complete' });
  });
});

test('tidying dead-letters changes no record, and takes away no more than envelopes that do nothing', async () => {
  const s = setup();
  const { w } = s;
  const bodies = [...HOSTILE, ...OF_WAITING_JOBS].map(({ title, body, worker }) => ({
    title,
    worker,
    text: textOf(body(s.innocents, w.clock.now())),
  }));
  for (const { text, title } of bodies) await w.queues.bury(text, title);
  const live = envelopeOf(s.innocents.failed);
  await w.queues.bury(writeMessage(live), 'it went wrong');

  for (let pass = 0; pass < 5; pass++) {
    expect(await w.tidy()).not.toBe('crashed');
    await w.clock.advance(MINUTE);
  }

  expect(s.others().now).toEqual(s.others().before);
  expect(w.logs.filter(({ level }) => level === 'error')).toEqual([]);
  const left = new Set(w.queues.deadLetters.map(({ reason }) => reason));
  expect(left).toContain('it went wrong');
  // Only messages for the jobs of others go; what could not be read stays for a person to look at.
  const gone = bodies.filter(({ title }) => !left.has(title));
  expect(gone.map(({ title }) => title).filter((title) => !/the job being/.test(title))).toEqual([]);
  expect(gone.length).toBeGreaterThan(10);
});

test('a message for a failed job of the dispatch after its own is a redrive, whoever sends it', async () => {
  const s = setup();
  await s.put(writeMessage(envelopeOf(s.innocents.failed)));

  await s.functions.run(MINUTE);

  expect(await s.w.record(s.innocents.failed.job_id)).toMatchObject({ status: 'complete', dispatch: 6, attempt: 4 });
  const { failed: _failed, ...rest } = s.innocents;
  for (const other of Object.values(rest)) expect(await s.w.record(other.job_id)).toEqual(other);
});

test('a forged dispatch cannot make a failed job one that no retry by hand can start', async () => {
  const s = setup();
  const { w, functions } = s;
  const { failed } = s.innocents;
  for (const queue of ['default', 'undeliverable'])
    await s.put(writeMessage({ ...envelopeOf(failed), dispatch: 2 ** 31 }), queue);
  await functions.run(MINUTE);

  await retryJob(w.engine, failed.job_id);
  await functions.run(MINUTE);

  expect(await w.record(failed.job_id)).toMatchObject({ status: 'complete', dispatch: 6 });
});

test('the envelope of a job that a forged dispatch led to bury can be redriven', async () => {
  const s = setup();
  const { w, functions } = s;
  const { queued } = s.innocents;
  await s.put(writeMessage({ ...envelopeOf(queued), dispatch: 2 ** 31 }), 'undeliverable');
  await functions.run(MINUTE);
  expect(await w.record(queued.job_id)).toMatchObject({ status: 'failed' });

  w.redrive();
  await functions.run(MINUTE);

  expect(await w.record(queued.job_id)).toMatchObject({ status: 'complete', dispatch: 6 });
});
