import { expect, test } from 'vitest';
import { enqueue } from '../../lambdas/core/enqueue.ts';
import { readTraceparent, traceIdOf, traceparentOf } from '../../lambdas/core/trace.ts';
import { taskOf } from '../world/task-of.ts';
import { world } from '../world/world.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const VALID = `00-${TRACE}-${PARENT}-01`;

test.each([
  ['as it is', VALID, VALID],
  ['not sampled', `00-${TRACE}-${PARENT}-00`, `00-${TRACE}-${PARENT}-00`],
  ['flags of another day are cleared', `00-${TRACE}-${PARENT}-ff`, `00-${TRACE}-${PARENT}-03`],
  ['of a later version: what is known of it', `cc-${TRACE}-${PARENT}-09-what-comes`, VALID],
  ['of a later version, no longer than this one', `01-${TRACE}-${PARENT}-00`, `00-${TRACE}-${PARENT}-00`],
])('a traceparent is read: %s', (_what, given, read) => {
  expect(readTraceparent(given)).toBe(read);
});

test.each([
  ['none', undefined],
  ['empty', ''],
  ['no trace', `00-${'0'.repeat(32)}-${PARENT}-01`],
  ['no parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['capital letters', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
  ['a version that is none', `ff-${TRACE}-${PARENT}-01`],
  ['version 00 with more behind it', `${VALID}-more`],
  ['a later version with more behind it, not set apart', `01-${TRACE}-${PARENT}-01more`],
  ['too short', `00-${TRACE.slice(1)}-${PARENT}-01`],
  ['two, as one header', `${VALID},${VALID}`],
  ['space around it', ` ${VALID}`],
  ['a line more', `${VALID}\n`],
])('a traceparent that is not valid is ignored: %s', (_what, given) => {
  expect(readTraceparent(given)).toBeUndefined();
});

const RUN = '01a20d80-3aa2-7ac1-99f7-5d692cdd37f0';

test('a job is of the trace of what enqueued it; else of its own, which is its run', () => {
  expect(traceIdOf({ run: RUN, traceparent: VALID })).toBe(TRACE);
  expect(traceIdOf({ run: RUN })).toBe(RUN.replaceAll('-', ''));
  expect(traceIdOf({ run: RUN, traceparent: 'changed by hand' })).toBe(RUN.replaceAll('-', ''));
  expect(traceIdOf({ run: 'no_uuid' })).toMatch(/^[0-9a-f]{32}$/);
});

test('what an attempt causes has the attempt as its parent: the same for all of it, another for the next attempt', () => {
  const of = (attempt: number, traceparent?: string) =>
    traceparentOf({ run: RUN, attempt, ...(traceparent === undefined ? {} : { traceparent }) });

  expect(of(1, VALID)).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  expect(of(1, VALID)).toBe(of(1, VALID));
  expect(of(2, VALID)).not.toBe(of(1, VALID));
  expect(readTraceparent(of(1))).toBe(of(1));
  expect(of(1).slice(-2)).toBe('00');
});

function setup() {
  const seen: string[] = [];
  const child = taskOf(
    (ctx) => {
      seen.push(ctx.traceparent);
      return 'done';
    },
    { name: 'child' },
  );
  const parent = taskOf(async (ctx) => {
    seen.push(ctx.traceparent);
    ctx.log.info('at work');
    await ctx.enqueue(child, 1);
    return 'done';
  });
  const w = world({ tasks: [parent, child] });
  const linesOf = (jobId: string) =>
    w.logs
      .filter(({ fields }) => fields.job_id === jobId && fields.attempt !== undefined)
      .map(({ fields }) => fields.trace_id);
  return { w, seen, linesOf };
}

test('the trace goes through the message to the task, to each line of its attempt, and to the jobs that it enqueues', async () => {
  const { w, seen, linesOf } = setup();
  const { jobId } = await enqueue({ ...w.engine, traceparent: VALID }, 'work', 1);
  expect(JSON.parse(w.messages()[0]!.body).create.traceparent).toBe(VALID);
  w.records.delete(jobId); // the message makes the record, with its trace

  await w.work();
  const [message] = w.messages();
  await w.work();

  expect((await w.record(jobId))?.traceparent).toBe(VALID);
  expect(seen).toHaveLength(2);
  const childId = JSON.parse(message!.body).job_id as string;
  expect((await w.record(childId))?.traceparent).toBe(seen[0]);
  for (const id of [jobId, childId]) {
    expect(linesOf(id).length).toBeGreaterThan(0);
    expect(new Set(linesOf(id))).toEqual(new Set([TRACE]));
  }
});

test('a job of nobody’s trace stores none, and its children are in its own', async () => {
  const { w, seen } = setup();
  const { jobId } = await enqueue(w.engine, 'work', 1);

  await w.work();
  await w.work();

  expect(await w.record(jobId)).not.toHaveProperty('traceparent');
  expect(seen.map((traceparent) => traceparent.slice(3, 35))).toEqual(
    [jobId, jobId].map((id) => id.replaceAll('-', '')),
  );
});

test('a message from another AWS service may bring a trace; one that is not valid is ignored, and the job runs', async () => {
  const { w, seen } = setup();
  for (const traceparent of [VALID, 'not one'])
    await w.engine.queues.send('default', JSON.stringify({ task_name: 'child', input: 1, traceparent }), 0);

  expect([await w.work(), await w.work()]).toEqual(['ack', 'ack']);

  expect(seen.map((each) => each.slice(3, 35) === TRACE)).toEqual([true, false]);
});
