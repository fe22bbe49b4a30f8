import { isFinished, type JobRecord } from '../../lambdas/core/record.ts';
import type { StoredRecord } from './cloud.ts';
import { type Case, type Evidence, openCase, type Span } from './evidence.ts';
import { paddingOf } from './plan.ts';
import type { Asked } from './send.ts';

/** A broken promise: of which job, and how. */
export interface Offence {
  readonly job_id: string;
  readonly why: string;
}

/** What protocol.md promises never happens, and where it did. */
export interface Finding {
  readonly promise: string;
  readonly offences: readonly Offence[];
}

type Find = (of: Case) => Offence[];

/** Judges the evidence of a run. Each promise bites: verdict.test.ts breaks every one. */
export function judgeRun(evidence: Evidence): Finding[] {
  const opened = openCase(evidence);
  return Object.entries(PROMISES).map(([promise, find]) => ({ promise, offences: find(opened) }));
}

const lost: Find = (of) =>
  of.promises.accepted
    .filter(({ deduplicated }) => !deduplicated)
    .flatMap(({ token, job_id }) => {
      const record = of.recordOf.get(job_id);
      if (record === undefined) return [{ job_id, why: `accepted (${token}), and there is no record` }];
      // The next run of a reused key has taken the record over: the journal must know of this one.
      const known = of.tokenOf(record) === token || of.spansOf(token).length > 0 || of.settledOf(token).length > 0;
      return known ? [] : [{ job_id, why: `accepted (${token}), another run has its record, and it never ran` }];
    });

const stuck: Find = ({ records }) =>
  records.filter(({ status }) => !isFinished(status)).map(({ pk, status }) => ({ job_id: pk, why: `is ${status}` }));

const withoutEnvelope: Find = ({ records, envelopes }) => {
  const byJob = Map.groupBy(envelopes, ({ job_id }) => job_id);
  const buried = ({ pk, run, dispatch }: StoredRecord) =>
    (byJob.get(pk) ?? []).some((envelope) => envelope.run === run && envelope.dispatch > dispatch);
  return records
    .filter((record) => record.status === 'failed' && !buried(record))
    .map(({ pk, error_message }) => ({ job_id: pk, why: `failed (${error_message}), and no envelope is there` }));
};

/** Of a job id, so that the runs of a reused key count as one. */
const atOnceTwice: Find = ({ spans }) => {
  const offences: Offence[] = [];
  for (const [job_id, runs] of Map.groupBy(spans, (span) => span.job_id)) {
    let latest: Span | undefined;
    for (const span of runs) {
      if (latest !== undefined && span.begin < latest.end)
        offences.push({ job_id, why: `attempt ${span.attempt} began ${latest.end - span.begin} ms too early` });
      if (latest === undefined || span.end > latest.end) latest = span;
    }
  }
  return offences;
};

const attemptTwice: Find = ({ spans }) =>
  [...Map.groupBy(spans, ({ token, attempt }) => `${token} ${attempt}`).values()]
    .filter((same) => same.length > 1)
    .flatMap(([first]) => (first ? [{ job_id: first.job_id, why: `attempt ${first.attempt} began twice` }] : []));

const finishedTwice: Find = (of) =>
  of.plan.flatMap(({ token }) => {
    const settled = of.settledOf(token);
    const successes = settled.filter(({ how }) => how === 'success').length;
    const most = 1 + of.retriesOf(token);
    const job_id = settled[0]?.job_id ?? '';
    return successes > 1 || settled.length > most ? [{ job_id, why: `ended ${settled.length} times` }] : [];
  });

const ranAgain: Find = (of) =>
  of.spans.flatMap(({ token, job_id, attempt, begin }) => {
    const ends = of.settledOf(token).filter(({ at }) => at < begin);
    const succeeded = ends.some(({ how }) => how === 'success');
    const allowed = !succeeded && ends.length <= of.retriesOf(token, begin);
    return allowed ? [] : [{ job_id, why: `attempt ${attempt} began after the job had ended` }];
  });

/** A write of an attempt that no longer held its job. */
const zombies: Find = (of) => {
  const late = of.plan.flatMap(({ token }) =>
    of.settledOf(token).flatMap(({ how, attempt, at, job_id }) => {
      const successor = of.spansOf(token).some((span) => span.attempt > attempt && span.begin < at);
      return how === 'success' && successor
        ? [{ job_id, why: `attempt ${attempt} wrote after a later one began` }]
        : [];
    }),
  );
  const overwritten = of.records.flatMap((record) => {
    const settled = of.settledOf(of.tokenOf(record) ?? '').find(({ how }) => how === 'success');
    if (settled === undefined || record.status === 'complete') return [];
    return [{ job_id: record.pk, why: `attempt ${settled.attempt} had completed it, and it is ${record.status}` }];
  });
  const foreign = completed(of).flatMap(({ record, result }) =>
    result.attempt === record.attempt
      ? []
      : [{ job_id: record.pk, why: `attempt ${record.attempt} holds the result of attempt ${result.attempt}` }],
  );
  return [...late, ...overwritten, ...foreign];
};

const wrongResult: Find = (of) =>
  completed(of).flatMap(({ record, result }) => {
    const token = of.tokenOf(record);
    const planned = of.planned.get(token ?? '');
    const right = result.token === token && planned !== undefined && result.padding === paddingOf(planned);
    const returned = of.spansOf(token ?? '').some((span) => span.how === 'returned' && span.attempt === record.attempt);
    if (right && returned) return [];
    return [
      { job_id: record.pk, why: right ? 'is complete, and no task returned' : 'holds a result that is not its own' },
    ];
  });

interface Result {
  readonly token?: string;
  readonly attempt?: number;
  readonly padding?: string;
}

function completed(of: Case): { record: StoredRecord; result: Result }[] {
  return of.records
    .filter(({ status }) => status === 'complete')
    .map((record) => ({ record, result: resultOf(of, record) }));
}

function resultOf({ payloads }: Case, { result }: Pick<JobRecord, 'result'>): Result {
  const json = result === undefined ? undefined : 'json' in result ? result.json : payloads.get(result.at);
  return json === undefined ? {} : (JSON.parse(json) as Result);
}

const beyondLimit: Find = (of) => {
  const byRecord = of.records
    .filter(({ attempt, attempt_limit }) => attempt > attempt_limit)
    .map(({ pk, attempt, attempt_limit }) => ({ job_id: pk, why: `attempt ${attempt} of ${attempt_limit}` }));
  const byJournal = of.plan.flatMap(({ token, maxAttempts }) => {
    const limit = maxAttempts * (1 + of.retriesOf(token));
    const beyond = of.spansOf(token).find(({ attempt }) => attempt > limit);
    return beyond === undefined ? [] : [{ job_id: beyond.job_id, why: `began attempt ${beyond.attempt} of ${limit}` }];
  });
  return [...byRecord, ...byJournal];
};

/** Begins of a job after an acknowledged abort that no retry by hand explains. */
function begunAfter(of: Case, { token, at = 0 }: Asked): readonly Span[] {
  const retries = of.promises.retries.filter((retry) => retry.token === token && retry.sentAt >= at);
  return of.spansOf(token).filter(({ begin }) => begin > at && !retries.some(({ sentAt }) => sentAt <= begin));
}

const startedAfterAbort: Find = (of) =>
  of.promises.aborts
    .filter(({ status }) => status === 'aborted')
    .filter((abort) => begunAfter(of, abort).length > 0)
    .map(({ job_id }) => ({ job_id, why: 'the abort was acknowledged as `aborted`, and then an attempt began' }));

/** The attempt that was running may have been claimed and not yet begun: one begin is its own. */
const abortIgnored: Find = (of) =>
  of.promises.aborts.flatMap((abort) => {
    const { token, job_id, status } = abort;
    if (status === undefined || of.retriesOf(token) > 0) return [];
    const later = status === 'aborting' && begunAfter(of, abort).length > 1;
    const end = of.recordOf.get(job_id)?.status;
    const allowed = status === 'aborted' ? ['aborted'] : ['aborted', 'complete'];
    if (!later && allowed.includes(end ?? '')) return [];
    return [
      { job_id, why: `the abort was acknowledged as \`${status}\`, and the job ${later ? 'ran on' : `is ${end}`}` },
    ];
  });

const twoJobsOfOne: Find = ({ promises, spans }) => {
  const byToken = Map.groupBy([...promises.accepted, ...spans], ({ token }) => token);
  return [...byToken].flatMap(([token, each]) => {
    const ids = new Set(each.map(({ job_id }) => job_id));
    return ids.size > 1
      ? [...ids].map((job_id) => ({ job_id, why: `one of ${ids.size} jobs of request ${token}` }))
      : [];
  });
};

const stirredByOldMessage: Find = ({ spans, endedAt }) =>
  spans
    .filter(({ begin }) => begin > endedAt)
    .map(({ job_id, attempt }) => ({ job_id, why: `attempt ${attempt} began when all had ended` }));

const endlessMessages: Find = ({ messagesLeft }) =>
  messagesLeft === 0 ? [] : [{ job_id: '', why: `${messagesLeft} messages are still on the queues` }];

const PROMISES: Readonly<Record<string, Find>> = {
  lost,
  stuck,
  'failed without an envelope': withoutEnvelope,
  'ran at once twice': atOnceTwice,
  'one attempt begun twice': attemptTwice,
  'finished twice': finishedTwice,
  'ran again after its end': ranAgain,
  'zombie writes': zombies,
  'wrong result, or none that a task returned': wrongResult,
  'attempts beyond the limit': beyondLimit,
  'aborted while queued, and started': startedAfterAbort,
  'aborted, and went on': abortIgnored,
  'two jobs of one request': twoJobsOfOne,
  'started by an old message after all had ended': stirredByOldMessage,
  'messages that never end': endlessMessages,
};
