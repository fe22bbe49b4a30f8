import { expect, test } from 'vitest';
import type { StoredRecord } from './cloud.ts';
import type { Evidence } from './evidence.ts';
import type { AttemptLine, Line } from './journal.ts';
import type { Planned } from './plan.ts';
import type { Asked } from './send.ts';
import { judgeRun } from './verdict.ts';

type Changes = { -readonly [K in keyof Evidence]?: Evidence[K] };

const planned = (token: string, change: Partial<Planned> = {}): Planned => ({
  token,
  kind: 'quick',
  task: 'quick',
  input: { token },
  paddingLength: 0,
  maxAttempts: 2,
  ...change,
});

const line = (at: number, what: AttemptLine['what'], change: Partial<AttemptLine> = {}): AttemptLine => ({
  at,
  what,
  pid: 7,
  process: '7-a',
  token: 't1',
  job_id: 'j1',
  attempt: 1,
  ...change,
});

/** An attempt that returned, and whose success stands. */
const success = (at: number, change: Partial<AttemptLine> = {}): Line[] => [
  line(at, 'begin', change),
  line(at + 10, 'end', { how: 'returned', ...change }),
  line(at + 20, 'settled', { how: 'success', ...change }),
];

const failure = (at: number, change: Partial<AttemptLine> = {}): Line[] => [
  line(at, 'begin', change),
  line(at + 10, 'end', { how: 'threw', ...change }),
  line(at + 20, 'settled', { how: 'failure', ...change }),
];

const stored = (change: Partial<StoredRecord> = {}): StoredRecord =>
  ({
    pk: 'j1',
    run: 'j1',
    dispatch: 1,
    status: 'complete',
    attempt: 1,
    attempt_limit: 2,
    input: { json: '{"token":"t1"}' },
    result: { json: '{"token":"t1","attempt":1,"padding":""}' },
    ...change,
  }) as StoredRecord;

const asked = (change: Partial<Asked> = {}): Asked => ({ token: 't1', job_id: 'j1', sentAt: 100, ...change });

/** Names of the promises that a run of one job has broken; unchanged, it keeps them all. */
function broken(change: Changes = {}): string[] {
  const evidence: Evidence = {
    plan: [planned('t1')],
    promises: {
      accepted: [{ token: 't1', job_id: 'j1', deduplicated: false, at: 50 }],
      aborts: [],
      retries: [],
      refused: 0,
      ...change.promises,
    },
    lines: change.lines ?? success(100),
    deaths: change.deaths ?? [],
    records: change.records ?? [stored()],
    payloads: new Map(),
    envelopes: change.envelopes ?? [],
    messagesLeft: change.messagesLeft ?? 0,
    endedAt: 10_000,
    ...(change.plan && { plan: change.plan }),
  };
  return judgeRun(evidence)
    .filter(({ offences }) => offences.length > 0)
    .map(({ promise }) => promise);
}

const promises = (change: Partial<Evidence['promises']>): Pick<Evidence, 'promises'> => ({
  promises: {
    accepted: [{ token: 't1', job_id: 'j1', deduplicated: false, at: 50 }],
    aborts: [],
    retries: [],
    refused: 0,
    ...change,
  },
});

const failedRecord = stored({ status: 'failed', error_message: 'went wrong' });
const envelope = { job_id: 'j1', run: 'j1', dispatch: 2 };

test('a run that kept its promises breaks none', () => {
  expect(broken()).toEqual([]);
});

test('a job that failed, was buried, retried by hand and then completed breaks none', () => {
  expect(
    broken({
      lines: [...failure(100), ...success(300, { attempt: 2 })],
      records: [
        stored({
          dispatch: 2,
          attempt: 2,
          attempt_limit: 3,
          result: { json: '{"token":"t1","attempt":2,"padding":""}' },
        }),
      ],
      ...promises({ retries: [asked({ sentAt: 200, at: 210, status: 'queued' })] }),
    }),
  ).toEqual([]);
});

test('an attempt whose process died between two looks is not thought alive when its process id is used again', () => {
  expect(
    broken({
      lines: [line(100, 'begin'), ...success(500, { attempt: 2, pid: 8, process: '8-b' })],
      deaths: [
        { pid: 7, at: 90, noticedAt: 350 },
        { pid: 7, at: 9_000, noticedAt: 9_100 },
      ],
      records: [stored({ attempt: 2, result: { json: '{"token":"t1","attempt":2,"padding":""}' } })],
    }),
  ).toEqual([]);
});

test('an attempt cut off by a kill and the next one break none', () => {
  expect(
    broken({
      lines: [line(100, 'begin'), ...success(500, { attempt: 2, pid: 8, process: '8-b' })],
      deaths: [{ pid: 7, at: 450, noticedAt: 460 }],
      records: [stored({ attempt: 2, result: { json: '{"token":"t1","attempt":2,"padding":""}' } })],
    }),
  ).toEqual([]);
});

test.each<[string, string, Changes]>([
  ['an accepted job without a record', 'lost', { records: [], lines: [] }],
  ['a job that is still active', 'stuck', { records: [stored({ status: 'active' })], lines: [line(100, 'begin')] }],
  [
    'a failed job whose envelope is missing',
    'failed without an envelope',
    { records: [failedRecord], lines: failure(100) },
  ],
  [
    'a failed job whose only envelope is of an earlier dispatch',
    'failed without an envelope',
    { records: [{ ...failedRecord, dispatch: 2 }], lines: failure(100), envelopes: [envelope] },
  ],
  [
    'a second attempt while the first still runs',
    'ran at once twice',
    {
      lines: [
        line(100, 'begin'),
        line(200, 'begin', { attempt: 2, pid: 8, process: '8-b' }),
        line(250, 'end', { how: 'threw' }),
        line(300, 'end', { attempt: 2, pid: 8, process: '8-b', how: 'returned' }),
      ],
      records: [stored({ attempt: 2, result: { json: '{"token":"t1","attempt":2,"padding":""}' } })],
    },
  ],
  [
    'a second attempt while the process of the first, killed later, was alive',
    'ran at once twice',
    {
      lines: [line(100, 'begin'), ...success(400, { attempt: 2, pid: 8, process: '8-b' })],
      deaths: [{ pid: 7, at: 450, noticedAt: 460 }],
      records: [stored({ attempt: 2, result: { json: '{"token":"t1","attempt":2,"padding":""}' } })],
    },
  ],
  [
    'one attempt begun by two processes',
    'one attempt begun twice',
    { lines: [line(90, 'begin', { process: '8-b', pid: 8 }), ...success(100)] },
  ],
  ['two successes', 'finished twice', { lines: [...success(100), ...success(200)] }],
  [
    'a begin after the success',
    'ran again after its end',
    { lines: [...success(100), line(500, 'begin', { attempt: 2 }), line(510, 'end', { attempt: 2, how: 'threw' })] },
  ],
  [
    'a begin after the failure that nobody asked for',
    'ran again after its end',
    { lines: [...failure(100), ...success(300, { attempt: 2 })] },
  ],
  [
    'a success written after a later attempt began',
    'zombie writes',
    {
      lines: [
        line(100, 'begin'),
        line(110, 'end', { how: 'returned' }),
        line(200, 'begin', { attempt: 2, pid: 8, process: '8-b' }),
        line(210, 'end', { attempt: 2, pid: 8, process: '8-b', how: 'threw' }),
        line(220, 'settled', { how: 'success' }),
      ],
    },
  ],
  ['a completed job that fails', 'zombie writes', { records: [failedRecord], envelopes: [envelope] }],
  [
    'the result of another attempt',
    'zombie writes',
    { records: [stored({ attempt: 2 })], lines: [...success(100), line(99, 'end', { attempt: 2, how: 'returned' })] },
  ],
  [
    'the result of another job',
    'wrong result, or none that a task returned',
    { records: [stored({ result: { json: '{"token":"t2","attempt":1,"padding":""}' } })] },
  ],
  [
    'a complete job of which no attempt returned',
    'wrong result, or none that a task returned',
    { lines: [line(100, 'begin')] },
  ],
  ['a record beyond its limit', 'attempts beyond the limit', { records: [stored({ attempt: 3 })] }],
  [
    'a begin beyond the limit that was asked for',
    'attempts beyond the limit',
    { lines: [...success(100), line(90, 'begin', { attempt: 3 })] },
  ],
  [
    'a begin after an abort of the queued job was acknowledged',
    'aborted while queued, and started',
    {
      ...promises({ aborts: [asked({ sentAt: 60, at: 80, status: 'aborted' })] }),
      records: [stored({ status: 'aborted' })],
      lines: [line(100, 'begin'), line(110, 'end', { how: 'threw' })],
    },
  ],
  [
    'an abort acknowledged, and later attempts all the same',
    'aborted, and went on',
    {
      ...promises({ aborts: [asked({ sentAt: 60, at: 80, status: 'aborting' })] }),
      lines: [line(100, 'begin'), line(110, 'end', { how: 'threw' }), ...success(200, { attempt: 2 })],
    },
  ],
  [
    'an abort acknowledged, and the job failed',
    'aborted, and went on',
    {
      ...promises({ aborts: [asked({ sentAt: 60, at: 180, status: 'aborting' })] }),
      records: [failedRecord],
      envelopes: [envelope],
      lines: failure(100),
    },
  ],
  ['one request, two jobs', 'two jobs of one request', { lines: [...success(100), ...success(300, { job_id: 'j2' })] }],
  [
    'a begin when all had ended',
    'started by an old message after all had ended',
    { lines: [...success(100), line(10_001, 'begin', { attempt: 2 })] },
  ],
  ['a message that goes round and round', 'messages that never end', { messagesLeft: 1 }],
])('%s: %s', (_what, promise, change) => {
  expect(broken(change)).toContain(promise);
});
