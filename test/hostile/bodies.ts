import { inputKey } from '../../lambdas/core/payload.ts';
import { creating, type Innocents, messageFor, NEW_ID } from './setup.ts';

/**
 * What becomes of a message: it ends on `dead-letters` with a reason that says what is wrong, is acknowledged, waits for the job that
 * it names, or makes a job of its own, which ends so.
 */
export type Fate = { buried: RegExp } | 'acknowledged' | 'waits' | { job: 'complete' | 'failed' };

/** A message that a stranger puts on a queue. `bury` is its fate on `undeliverable`, where it differs. */
export interface Hostile {
  readonly title: string;
  readonly body: (others: Innocents, now: number) => unknown;
  readonly worker: Fate;
  readonly bury?: Fate;
}

const MIB = 1_048_576;
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const hostile = (title: string, body: Hostile['body'], worker: Fate, bury?: Fate): Hostile => ({
  title,
  body,
  worker,
  ...(bury === undefined ? {} : { bury }),
});
const refused = (title: string, body: Hostile['body'], reason: RegExp): Hostile =>
  hostile(title, body, { buried: reason });
/** A forged message for another job: its own id, run and dispatch, all of which a stranger may know. */
const forged = (of: keyof Innocents, change: Record<string, unknown>, title: string, worker: Fate, bury?: Fate) =>
  hostile(`${title}, the job being ${of}`, (others) => messageFor(others[of], change), worker, bury);
const CREATE = creating(0).create;
const noRecord = /no job record/;

export const HOSTILE: readonly Hostile[] = [
  // Not a message at all
  refused('nothing', () => '', /not JSON/),
  refused('a word', () => 'hello', /not JSON/),
  refused('half a message', () => '{"v":1,"job_id":', /not JSON/),
  refused('NUL', () => '\0', /not JSON/),
  refused('NUL in a text of JSON', () => '{"v":1,"job_id":"a\0b"}', /not JSON/),
  refused('XML', () => '<job/>', /not JSON/),
  refused('a number', () => '1e999', /not a JSON object/),
  refused('null', () => 'null', /not a JSON object/),
  refused('a list', () => '[{"v":1}]', /not a JSON object/),
  refused('a MiB of a', () => 'a'.repeat(MIB), /not JSON/),
  refused('a MiB of an unknown field', () => ({ task_name: 'echo', x: 'a'.repeat(MIB - 100) }), /\bx\b/),
  refused('100,000 levels of lists', () => deep(100_000), /not a JSON object/),
  refused('500,000 levels, never closed', () => '{"a":'.repeat(200_000), /not JSON/),

  // Of no task, or of none that there is
  refused('an empty object', () => ({}), /task_name/),
  refused('a foreign message of a task that cannot be named so', () => ({ task_name: '__proto__' }), /task_name/),
  hostile('a foreign message of an unknown task', () => ({ task_name: 'no_such_task' }), { job: 'failed' }),
  hostile('a foreign message of a name that objects have', () => ({ task_name: 'constructor' }), { job: 'failed' }),
  hostile('a message that makes a job of an unknown task', (_, now) => creating(now, {}, { task_name: 'gone' }), {
    job: 'failed',
  }),

  // Foreign messages
  refused('a foreign message with an unknown field', () => ({ task_name: 'echo', inputs: {} }), /inputs/),
  refused('with tags that are none', () => ({ task_name: 'echo', tags: 'a' }), /tags/),
  refused('with 11 tags', () => ({ task_name: 'echo', tags: Array(11).fill('a') }), /tags/),
  refused('with an endless user', () => ({ task_name: 'echo', user_id: 'a'.repeat(100_000) }), /user_id/),
  refused('with a user of half a character', () => ({ task_name: 'echo', user_id: 'a\ud800' }), /user_id/),
  refused('with a tag of half a character', () => ({ task_name: 'echo', tags: ['\udfff'] }), /tags/),
  refused('with a thousand attempts', () => ({ task_name: 'echo', max_attempts: 1_000 }), /max_attempts/),
  refused('with no attempt', () => ({ task_name: 'echo', max_attempts: 0 }), /max_attempts/),
  refused('with an input of a MiB', () => ({ task_name: 'echo', input: 'a'.repeat(MIB - 100) }), /262144 bytes/),
  refused(
    'with an input of 100,000 levels',
    () => `{"task_name":"echo","input":${deep(100_000)}}`,
    /nested too deeply/,
  ),
  refused('with an input of 1,001 levels', () => `{"task_name":"echo","input":${deep(1_001)}}`, /nested too deeply/),
  hostile('with an input of 1,000 levels', () => `{"task_name":"echo","input":${deep(1_000)}}`, { job: 'complete' }),
  hostile('with a __proto__ in its input', () => '{"task_name":"echo","input":{"__proto__":{"admin":true}}}', {
    job: 'complete',
  }),
  hostile('with half characters in its input', () => ({ task_name: 'echo', input: '\ud800 \udfff' }), {
    job: 'complete',
  }),
  hostile('with NUL in its input', () => ({ task_name: 'echo', input: 'a\0b', user_id: 'a\0b' }), { job: 'complete' }),
  hostile('with every field twice', () => '{"task_name":"x","task_name":"echo","input":1,"input":2}', {
    job: 'complete',
  }),

  // Of our own shape, malformed
  refused('of a newer version', () => ({ v: 2, job_id: NEW_ID, run: NEW_ID, dispatch: 1, task_name: 'echo' }), /\bv\b/),
  refused('of a version in words', (_, now) => creating(now, {}, { v: '1' }), /\bv\b/),
  ...[0, -1, 1.5, 1e10, '1', null, [1], {}].map((dispatch) =>
    refused(`of dispatch ${JSON.stringify(dispatch)}`, ({ failed }) => messageFor(failed, { dispatch }), /dispatch/),
  ),
  refused('of a dispatch without end', () => `{"v":1,"job_id":"a","run":"a","dispatch":1e999}`, /dispatch/),
  ...[7, null, '', ['a'], { id: 'a' }, 'a'.repeat(129), 'a b', 'a\0', '\ud800', '../a', 'ä'].map((job_id) =>
    refused(
      `of job ${JSON.stringify(job_id).slice(0, 20)}`,
      (_, now) => creating(now, {}, { job_id, run: job_id }),
      /job_id/,
    ),
  ),
  refused(
    'of a job whose record would lie where a payload does',
    ({ complete }, now) => creating(now, {}, { job_id: inputKey(complete.job_id, complete.run) }),
    /job_id/,
  ),
  refused('without a run', ({ failed }) => messageFor(failed, { run: undefined }), /run/),
  refused('of the job of __proto__', () => '{"v":1,"__proto__":{"job_id":"a","run":"a","dispatch":1}}', /job_id/),

  // That makes a record, malformed
  refused('that makes a job from nothing', () => ({ ...creating(0), create: null }), /create/),
  refused('that makes a job from a list', () => ({ ...creating(0), create: [] }), /create/),
  refused('made without an input', (_, now) => creating(now, { input: undefined }), /create\.input/),
  refused('made with an input in two places', (_, now) => creating(now, { input: { json: '1', at: 'a' } }), /input/),
  refused('made with a MiB of input', (_, now) => creating(now, { input: { json: 'a'.repeat(MIB) } }), /262144 bytes/),
  refused('made with half a character', (_, now) => creating(now, { input: { json: '"\ud800"' } }), /Unicode/),
  refused('made with a user of half a character', (_, now) => creating(now, { user_id: '\ud800' }), /user_id/),
  refused('made with a queue of half a character', (_, now) => creating(now, { queue: '\udc00' }), /queue/),
  refused('made with a thousand tags', (_, now) => creating(now, { tags: Array(1_000).fill('a') }), /tags/),
  refused('made with a fraction of attempts', (_, now) => creating(now, { max_attempts: 2.5 }), /max_attempts/),
  refused('made at 10^15', () => creating(1e15), /in the future/),
  refused('made tomorrow', (_, now) => creating(now + 86_400_000), /in the future/),
  refused('made before 1970', () => creating(-1), /created_at/),
  refused('made at a time that no number can tell', () => creating(5e-324), /created_at/),
  refused('made in 1970', () => creating(0), noRecord),
  refused('made in the year 3000, in words', () => creating('3000-01-01' as unknown as number), /created_at/),
  refused('due at 10^15', (_, now) => creating(now, { scheduled_at: 1e15 }), /scheduled_at/),
  refused('due in an hour', (_, now) => creating(now, { scheduled_at: now + 3_600_000 }), /scheduled_at/),
  refused('made with dispatch 2', (_, now) => creating(now, {}, { dispatch: 2 }), /dispatch/),
  refused('made with the last dispatch', (_, now) => creating(now, {}, { dispatch: 2 ** 31 }), /dispatch/),
  refused(
    "made with another job's input",
    ({ complete }, now) => creating(now, { input: complete.input }),
    /create\.input\.at.*own key/,
  ),
  refused(
    "made with another job's input, under its run",
    ({ complete }, now) => creating(now, { input: complete.input }, { run: complete.run }),
    /own key/,
  ),
  refused("made with another job's result", (_, now) => creating(now, { input: { at: 'a#result#b' } }), /own key/),

  // That makes a job of its own, oddly
  hostile('made with what is not JSON', (_, now) => creating(now, { input: { json: 'oops' } }), { job: 'failed' }),
  hostile('made with 100,000 levels', (_, now) => creating(now, { input: { json: deep(100_000) } }), { job: 'failed' }),
  hostile(
    'made with an input that is not stored',
    (_, now) => creating(now, { input: { at: inputKey(NEW_ID, NEW_ID) } }),
    {
      job: 'failed',
    },
  ),
  hostile('made for a queue that is none', (_, now) => creating(now, { queue: 'no-such-queue' }), { job: 'complete' }),
  hostile('made for the queue __proto__', (_, now) => creating(now, { queue: '__proto__' }), { job: 'complete' }),
  hostile('made with fields of tomorrow', (_, now) => creating(now, { colour: 'red' }, { trace: 'x' }), {
    job: 'complete',
  }),
  hostile('made at 10^6 levels of jobs', (_, now) => creating(now, { depth: 1_000_000 }), { job: 'complete' }),
  hostile('made under the id __proto__', (_, now) => creating(now, {}, { job_id: '__proto__', run: 'constructor' }), {
    job: 'complete',
  }),
  hostile('made with an envelope of a reason', (_, now) => creating(now, {}, { error: 'a'.repeat(100_000) }), {
    job: 'complete',
  }),

  // Forged for the jobs of others. Their real messages would do no more.
  refused(
    'of a job that is none',
    () => ({ v: 1, job_id: NEW_ID, run: NEW_ID, dispatch: 1, task_name: 'echo' }),
    noRecord,
  ),
  ...(['complete', 'aborted', 'failed'] as const).flatMap((of) => [
    forged(of, { dispatch: 4 }, 'a stale message', 'acknowledged'),
    forged(of, { run: 'another' }, 'a message of another run', 'acknowledged'),
    forged(of, { dispatch: 1, create: CREATE }, 'a message that would make it anew', 'acknowledged'),
    forged(
      of,
      { dispatch: 1, run: 'another', create: CREATE },
      'that would make it anew, of another run',
      'acknowledged',
    ),
    forged(of, { dispatch: 7 }, 'a dispatch that it was never given', { buried: /dispatch 7/ }),
    forged(of, { dispatch: 1e9 }, 'a dispatch of 10^9', { buried: /dispatch 1000000000/ }),
  ]),
  forged('complete', {}, 'a message of its own', 'acknowledged'),
  forged('complete', { dispatch: 6 }, 'an envelope', 'acknowledged'),
  forged('aborted', {}, 'a message of its own', 'acknowledged'),
  forged('failed', {}, 'a message of its own', { buried: /it went wrong/ }),
  forged('failed', { task_name: 'no_such_task' }, 'a message of another task', { buried: /it went wrong/ }),
  ...(['active', 'aborting'] as const).flatMap((of) => [
    forged(of, {}, 'a message of its own', 'waits'),
    forged(of, { task_name: 'no_such_task' }, 'a message of another task', 'waits'),
    forged(of, { dispatch: 1, create: CREATE }, 'a message that would make it anew', 'acknowledged'),
    forged(of, { run: 'another' }, 'a message of another run', 'acknowledged'),
    forged(of, { dispatch: 1e9 }, 'a dispatch of 10^9', { buried: /dispatch 1000000000/ }),
  ]),
  ...(['queued', 'scheduled'] as const).flatMap((of) => [
    forged(of, { dispatch: 1, create: CREATE }, 'a message that would make it anew', 'acknowledged'),
    forged(of, { run: 'another' }, 'a message of another run', 'acknowledged'),
  ]),
];

/**
 * On the worker's queue these wait for the job's time; on `undeliverable` they say that no worker could claim it, and fail it (row 15 of
 * the protocol). That is why nobody but SQS and the worker may send there.
 */
export const OF_WAITING_JOBS: readonly Hostile[] = (['queued', 'scheduled'] as const).flatMap((of) => [
  forged(of, {}, 'a message of its own', 'waits'),
  forged(of, { task_name: 'no_such_task' }, 'a message of another task', 'waits'),
]);

export const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));
