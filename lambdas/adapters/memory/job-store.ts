import { type Entry, type JobStore, LIST_KEYS } from '../../core/ports.ts';
import type { JobRecord } from '../../core/record.ts';
import { type Given, holds, written } from '../../core/transition.ts';

/** Job records in memory, judged by the same transitions as DynamoDB's. For tests and the test kit. */
export interface MemoryJobStore extends JobStore {
  /** Every record as it stands, to look at or to damage. */
  readonly records: Map<string, JobRecord>;
}

export function memoryJobStore(): MemoryJobStore {
  const records = new Map<string, JobRecord>();
  return {
    records,
    async apply(jobId, transition, values) {
      const record = records.get(jobId);
      const given = values as Partial<Given>;
      if (!holds(transition.when, record, given)) return { ok: false, record: record && structuredClone(record) };
      const after = structuredClone(written(record, transition, given));
      records.set(jobId, after);
      return { ok: true, record: structuredClone(after) };
    },
    async get(jobId) {
      const record = records.get(jobId);
      return record && structuredClone(record);
    },
    async due(shard, until) {
      const due = [...records.values()]
        .filter((record) => record.shard === shard && record.due_at !== undefined && record.due_at <= until)
        .sort((a, b) => (a.due_at ?? 0) - (b.due_at ?? 0));
      return { jobIds: due.map((record) => record.job_id) };
    },
    async entries(index, key, { from, to, after, limit }) {
      const { partition, sort } = LIST_KEYS[index];
      const all = [...records.values()]
        .filter((record) => record[partition] === key && record[sort] !== undefined)
        .map((record): Entry => ({ jobId: record.job_id, at: record[sort] as number }))
        .filter(({ at }) => at >= from && at <= to)
        .sort(newestFirst)
        .filter((entry) => after === undefined || newestFirst(after, entry) < 0);
      return { entries: all.slice(0, limit), more: all.length > limit };
    },
    async getMany(jobIds) {
      const found = [...new Set(jobIds)].map((jobId) => records.get(jobId));
      return found.filter((record) => record !== undefined).map((record) => structuredClone(record));
    },
  };
}

const newestFirst = (a: Entry, b: Entry): number => b.at - a.at || (a.jobId < b.jobId ? -1 : a.jobId > b.jobId ? 1 : 0);
