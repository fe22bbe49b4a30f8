import { type Case, type Evidence, openCase } from './evidence.ts';

/** What a run did, apart from what it promised. Times in milliseconds. */
export interface Figures {
  readonly requests: number;
  readonly accepted: number;
  readonly deduplicated: number;
  readonly refused: number;
  readonly complete: number;
  readonly failed: number;
  readonly aborted: number;
  /** Runs of a reused key whose record the next run has taken over. */
  readonly replaced: number;
  readonly attempts: number;
  readonly cutOff: number;
  readonly abortsAcknowledged: number;
  readonly retriesAcknowledged: number;
  readonly uninvited: number;
  readonly healMs: number;
  readonly longestMs: number;
}

export function figuresOf(evidence: Evidence): Figures {
  const of = openCase(evidence);
  const { accepted, aborts, retries, refused } = evidence.promises;
  const own = new Map(accepted.filter(({ deduplicated }) => !deduplicated).map((each) => [each.token, each]));
  const statuses = [...own.values()].map(({ token, job_id }) => {
    const record = of.recordOf.get(job_id);
    return record !== undefined && of.tokenOf(record) === token ? record.status : 'replaced';
  });
  const count = (status: string) => statuses.filter((each) => each === status).length;
  const acknowledged = (asked: readonly { at?: number }[]) => asked.filter(({ at }) => at !== undefined).length;
  const answered = new Set(accepted.map(({ token }) => token));
  return {
    requests: accepted.length + refused,
    accepted: own.size,
    deduplicated: accepted.length - own.size,
    refused,
    complete: count('complete'),
    failed: count('failed'),
    aborted: count('aborted'),
    replaced: count('replaced'),
    attempts: of.spans.length,
    cutOff: of.spans.filter(({ how }) => how === 'cut off' || how === 'crashes').length,
    abortsAcknowledged: acknowledged(aborts),
    retriesAcknowledged: acknowledged(retries),
    uninvited: new Set(of.spans.filter(({ token }) => !answered.has(token)).map(({ token }) => token)).size,
    healMs: Math.max(0, ...healingTimes(of)),
    longestMs: Math.max(0, ...[...own.values()].map((each) => lastedMs(of, each))),
  };
}

/** From the moment an attempt was cut off until the job's next one began, or the job had ended. */
function healingTimes(of: Case): number[] {
  return of.spans
    .filter(({ how }) => how === 'cut off' || how === 'crashes')
    .flatMap(({ token, job_id, end, begin }) => {
      const next = of.spansOf(token).find((span) => span.begin > begin)?.begin;
      const record = of.recordOf.get(job_id);
      const ended = record !== undefined && of.tokenOf(record) === token ? record.completed_at : undefined;
      const healed = next ?? ended;
      return healed === undefined ? [] : [Math.max(0, healed - end)];
    });
}

function lastedMs(of: Case, { token, job_id, at }: { token: string; job_id: string; at: number }): number {
  const record = of.recordOf.get(job_id);
  if (record === undefined || of.tokenOf(record) !== token) return 0;
  return (record.completed_at ?? at) - at;
}
