import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { Complaint } from './steps.mjs';

const acceptedSchema = z.object({ job_id: z.string() });
const recordSchema = z.object({
  status: z.enum(['queued', 'active', 'aborting', 'aborted', 'failed', 'complete']),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullish(),
  completed_at: z.iso.datetime().nullish(),
  error_message: z.string().nullish(),
});
type JobRecord = z.infer<typeof recordSchema>;

export interface FirstJobOptions {
  apiUrl: string;
  withinMs?: number;
  pollMs?: number;
  signal?: AbortSignal;
}

/**
 * Sends one `poc_test_task` through the whole path and waits for its end. Answers its life in a line, with the times
 * of its record. Throws a Complaint that says where it stopped.
 */
export async function runFirstJob({
  apiUrl,
  withinMs = 30_000,
  pollMs = 50,
  signal,
}: FirstJobOptions): Promise<string> {
  const ask = (path: string, init: RequestInit = {}) =>
    askJson(`${apiUrl}${path}`, { ...init, ...(signal && { signal }) });
  const message = JSON.stringify({ message: 'First job of this start' });
  const headers = { 'content-type': 'application/json' };
  const accepted = await ask('/tasks/trigger-test', { method: 'POST', headers, body: message });
  const { job_id } = acceptedSchema.parse(accepted);
  const deadline = Date.now() + withinMs;
  for (;;) {
    const record = recordSchema.parse(await ask(`/jobs/${job_id}`));
    if (record.status === 'complete') return lifeOf(record);
    if (record.status === 'failed' || record.status === 'aborted' || Date.now() > deadline) {
      throw new Complaint(`Job ${job_id} ${whereItStopped(record, withinMs)}`);
    }
    await sleep(pollMs, undefined, signal && { signal });
  }
}

async function askJson(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Complaint(`${init.method ?? 'GET'} ${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

function lifeOf(record: JobRecord): string {
  const after = (at: string | null | undefined) =>
    at ? ` (${Date.parse(at) - Date.parse(record.created_at)} ms)` : '';
  return `queued → active${after(record.started_at)} → complete${after(record.completed_at)}`;
}

function whereItStopped(record: JobRecord, withinMs: number): string {
  const waited = `after ${withinMs / 1000} s`;
  switch (record.status) {
    case 'queued':
      return record.error_message
        ? `is queued again ${waited}, after an attempt that failed: ${record.error_message}`
        : `is still queued ${waited}: no worker has claimed it.`;
    case 'active':
    case 'aborting':
      return `is still ${record.status} ${waited}: a worker has claimed it and not finished it.`;
    case 'failed':
    case 'aborted':
    case 'complete':
      return `ended as ${record.status}: ${record.error_message ?? 'its record names no error'}`;
  }
}
