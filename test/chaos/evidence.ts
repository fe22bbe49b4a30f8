import type { Envelope, StoredRecord } from './cloud.ts';
import { type AttemptLine, isAttemptLine, type Line } from './journal.ts';
import type { Planned } from './plan.ts';
import type { Death } from './processes.ts';
import type { Promises } from './send.ts';

/** All that a run has gathered, none of it by the code under test but the records and envelopes, which are judged by the rest. */
export interface Evidence {
  readonly plan: readonly Planned[];
  readonly promises: Promises;
  readonly lines: readonly Line[];
  readonly deaths: readonly Death[];
  /** Every job record in the table. */
  readonly records: readonly StoredRecord[];
  /** Payloads that live beside their records, by key. */
  readonly payloads: ReadonlyMap<string, string>;
  readonly envelopes: readonly Envelope[];
  readonly messagesLeft: number;
  /** When all jobs had ended, and old messages were sent once more. */
  readonly endedAt: number;
}

/** One run of a task, as it wrote it down. */
export interface Span {
  readonly token: string;
  readonly job_id: string;
  readonly attempt: number;
  readonly pid: number;
  readonly begin: number;
  /** Of one that was cut off: until when its process lived, for sure. */
  readonly end: number;
  readonly how: 'returned' | 'threw' | 'crashes' | 'cut off';
}

/** The evidence, ready to be asked. */
export interface Case extends Evidence {
  readonly planned: ReadonlyMap<string, Planned>;
  readonly recordOf: ReadonlyMap<string, StoredRecord>;
  /** Of the request that a record is of. */
  readonly tokenOf: (record: StoredRecord) => string | undefined;
  readonly spans: readonly Span[];
  readonly spansOf: (token: string) => readonly Span[];
  readonly settledOf: (token: string) => readonly AttemptLine[];
  /** Retries by hand that were sent for a job, acknowledged or not, before a time. */
  readonly retriesOf: (token: string, before?: number) => number;
}

export function openCase(evidence: Evidence): Case {
  const { plan, promises, lines, records, payloads } = evidence;
  const attempts = lines.filter(isAttemptLine);
  const spans = spansIn(evidence, attempts);
  const spansByToken = Map.groupBy(spans, ({ token }) => token);
  const settled = Map.groupBy(
    attempts.filter(({ what }) => what === 'settled'),
    ({ token }) => token,
  );
  const retries = Map.groupBy(promises.retries, ({ token }) => token);
  return {
    ...evidence,
    planned: new Map(plan.map((job) => [job.token, job])),
    recordOf: new Map(records.map((record) => [record.pk, record])),
    tokenOf: ({ input }) => tokenIn('json' in input ? input.json : payloads.get(input.at)),
    spans,
    spansOf: (token) => spansByToken.get(token) ?? [],
    settledOf: (token) => settled.get(token) ?? [],
    retriesOf: (token, before = Number.POSITIVE_INFINITY) =>
      (retries.get(token) ?? []).filter(({ sentAt }) => sentAt <= before).length,
  };
}

function tokenIn(json: string | undefined): string | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as { token?: string }).token;
}

/** Each begin with its end, in the order of their begins. */
function spansIn({ lines, deaths }: Evidence, attempts: readonly AttemptLine[]): Span[] {
  const key = ({ process, token, attempt }: AttemptLine) => `${process} ${token} ${attempt}`;
  const ends = new Map(attempts.filter(({ what }) => what === 'end').map((line) => [key(line), line]));
  const lastLines = new Map(lines.map((line) => [line.process, line.at]));
  const firstLines = new Map(lines.toReversed().map((line) => [line.process, line.at]));
  const deathsOf = Map.groupBy(deaths, ({ pid }) => pid);
  const begins = attempts.filter(({ what }) => what === 'begin').toSorted((a, b) => a.at - b.at);
  return begins.map((line) => {
    const { token, job_id, attempt, pid, process, at: begin } = line;
    const end = ends.get(key(line));
    if (end !== undefined) return { token, job_id, attempt, pid, begin, end: end.at, how: end.how as Span['how'] };
    // Process ids are used again: its own death is the first that was noticed after it had begun to write.
    const since = firstLines.get(process) ?? begin;
    const death = (deathsOf.get(pid) ?? []).find(({ noticedAt }) => noticedAt >= since);
    const alive = Math.max(begin, lastLines.get(process) ?? 0, death?.at ?? 0);
    return { token, job_id, attempt, pid, begin, end: alive, how: 'cut off' };
  });
}
