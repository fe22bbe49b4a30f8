import { notFound } from '../lambdas/core/abort.ts';
import type { Message } from '../lambdas/core/message.ts';
import { isExpired, type JobRecord, type Payload, type Status } from '../lambdas/core/record.ts';
import { type JobOnTheWire, jobOnTheWire } from '../lambdas/http/wire/answers.ts';
import type { World } from './world.ts';

/** The jobs of a world as callers of the API see them. */
export interface View {
  /** The records that can be read, the oldest first. */
  records(): readonly JobRecord[];
  /** @throws StintError `not_found` */
  job(jobId: string): JobOnTheWire;
  jobs(filter?: { readonly task?: string; readonly status?: Status }): readonly JobOnTheWire[];
  /** The same jobs, each with its input as it was given, nothing redacted. */
  enqueued(): readonly { readonly job: JobOnTheWire; readonly input: unknown }[];
  /** The newest envelope of each job on `dead-letters`, but of those that have moved on. */
  deadLetters(): readonly Message[];
}

export function viewOf({ engine, records, payloads, clock, envelopes }: World): View {
  const isReadable = (record: JobRecord) => !isExpired(record, clock.now());
  const loaded = (payload: Payload | undefined): unknown => {
    if (payload === undefined) return null;
    const json = 'json' in payload ? payload.json : payloads.stored.get(payload.at)?.json;
    return json === undefined ? null : JSON.parse(json);
  };
  const shown = (record: JobRecord): JobOnTheWire =>
    jobOnTheWire(engine.tasks, record, { input: loaded(record.input), result: loaded(record.result) });
  const readable = () => [...records.values()].filter(isReadable);
  return {
    records: readable,
    job(jobId) {
      const record = records.get(jobId);
      if (record === undefined || !isReadable(record)) throw notFound(jobId);
      return shown(record);
    },
    jobs: ({ task, status } = {}) =>
      readable()
        .filter((record) => task === undefined || record.task_name === task)
        .filter((record) => status === undefined || record.status === status)
        .map(shown),
    deadLetters() {
      const newest = new Map(envelopes().map((envelope) => [envelope.job_id, envelope]));
      const isBuried = ({ job_id }: Message) => (records.get(job_id)?.status ?? 'failed') === 'failed';
      return [...newest.values()].filter(isBuried);
    },
    enqueued: () => readable().map((record) => ({ job: shown(record), input: loaded(record.input) })),
  };
}
