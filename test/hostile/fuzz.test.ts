import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inputKey } from '../../lambdas/core/payload.ts';
import { creating, type Innocents, NEW_ID, setup } from './setup.ts';

const MINUTE = 60_000;
const RUNS = 150;

/** Any value, and now and then the one that is right, or that another field holds. */
const or = (right: fc.Arbitrary<unknown>, weight = 6) =>
  fc.oneof(
    { weight, arbitrary: right },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '__proto__', 'constructor', '\0', '\ud800', 1e15, -1, 1e308, 0.5, 2 ** 31, null),
    },
  );

function bodiesFor(others: Innocents, now: number): fc.Arbitrary<string> {
  const records = Object.values(others);
  const id = or(fc.constantFrom(...records.map(({ job_id }) => job_id), NEW_ID, 'another'));
  // Never 6 for a record of dispatch 5: that is what an envelope holds, and a redrive is no forgery.
  const dispatch = or(fc.constantFrom(1, 1, 2, 4, 5, 5, 7, 1_000_000)).filter((value) => value !== 6);
  const time = or(fc.constantFrom(now, now, now - MINUTE, now - 15 * 24 * 60 * MINUTE, now + MINUTE, 0, 1e15));
  const stored = records.map(({ job_id }) => ({ at: inputKey(job_id, job_id) }));
  const create = fc.record(
    {
      queue: or(fc.constantFrom('default', 'none')),
      input: or(fc.constantFrom({ json: '{}' }, { json: '[' }, { at: inputKey(NEW_ID, NEW_ID) }, ...stored)),
      max_attempts: or(fc.constantFrom(1, 3)),
      created_at: time,
      scheduled_at: or(fc.constantFrom(0, 0, now + MINUTE)),
      user_id: or(fc.string({ unit: 'binary', maxLength: 140 })),
      tags: or(fc.array(fc.string({ unit: 'binary' }))),
      key: or(fc.string({ maxLength: 300 })),
      depth: or(fc.nat()),
    },
    { requiredKeys: ['queue', 'input', 'max_attempts', 'created_at', 'scheduled_at'] },
  );
  const ours = fc.record(
    {
      v: or(fc.constant(1), 20),
      job_id: id,
      run: id,
      dispatch,
      task_name: or(fc.constantFrom('echo', 'gone')),
      create: or(create, 12),
      error: or(fc.string()),
    },
    { requiredKeys: ['v', 'job_id', 'run', 'dispatch', 'task_name'] },
  );
  /** Of a job of its own, run and id alike, so that more than the reading is tried. */
  const making = create.map((job) => creating(now, job as Record<string, unknown>));
  const foreign = fc.record(
    { task_name: or(fc.constantFrom('echo', 'gone')), input: fc.jsonValue(), tags: or(fc.array(fc.string())) },
    { requiredKeys: ['task_name'] },
  );
  const text = fc.oneof(ours, making, foreign).map((body) => JSON.stringify(body));
  /** A body with a piece cut out, or another put in its place. */
  const cut = fc
    .tuple(text, fc.nat(), fc.nat(20), fc.constantFrom('', '"', '{', '\0', '\\u', '1e999'))
    .map(([body, at, length, piece]) => {
      const from = at % (body.length + 1);
      return body.slice(0, from) + piece + body.slice(from + length);
    });
  return fc.oneof(
    { weight: 6, arbitrary: text },
    { weight: 2, arbitrary: cut },
    fc.string({ unit: 'binary' }),
    fc.json(),
  );
}

const anyBodies = (() => {
  const { innocents, w } = setup();
  return fc.array(bodiesFor(innocents, w.clock.now()), { minLength: 1, maxLength: 8 });
})();

test.each(['default', 'undeliverable'])(
  'no bodies on %s touch the jobs of others, stop a batch or loop',
  async (queue) => {
    await fc.assert(
      fc.asyncProperty(anyBodies, async (bodies) => {
        const s = setup();
        const { w, functions } = s;
        const neighbours = [await s.neighbour()];
        // `undeliverable` fails a waiting job whose message lies there (row 15): only the others are innocent there.
        const waiting = new Set(queue === 'default' ? [] : [s.innocents.queued.job_id, s.innocents.scheduled.job_id]);
        for (const body of bodies) await s.put(body, queue);
        neighbours.push(await s.neighbour());

        for (let minute = 0; minute < 13; minute++) {
          await functions.run(MINUTE);
          await w.sweep();
          await w.tidy();
        }

        const { before, now } = s.others();
        const innocent = ({ records, payloads }: typeof before) => [
          records.filter(([id]) => !waiting.has(id)),
          payloads,
        ];
        expect(innocent(now)).toEqual(innocent(before));
        for (const job of neighbours) expect(await w.record(job)).toMatchObject({ status: 'complete' });
        for (const times of functions.deliveries.byMessage.values()) expect(times).toBeLessThanOrEqual(2);
        expect(functions.deliveries.total).toBeLessThanOrEqual(3 * bodies.length + neighbours.length);
        for (const { reason } of w.queues.deadLetters) expect(reason).toMatch(/./);
        expect(w.messages('undeliverable')).toEqual([]);
        // What was read as a job of its own has ended.
        const stuck = [...w.records.values()].filter(
          ({ job_id, status }) =>
            !job_id.startsWith('00000000-0000-7000-9000') && !/complete|failed|aborted/.test(status),
        );
        expect(stuck).toEqual([]);
      }),
      { seed: 5, numRuns: RUNS },
    );
  },
);
