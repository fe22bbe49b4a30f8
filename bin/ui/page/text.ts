import type { Job } from '../../../client/records.ts';
import { lengthOf } from '../../cli/relative-time.ts';

/** As a person would say it, and for what is over in a moment exactly. */
export function duration(millis: number): string {
  if (millis < 1_000) return `${Math.max(0, Math.round(millis))} ms`;
  return millis < 10_000 ? `${(millis / 1_000).toFixed(1)} s` : lengthOf(millis / 1_000);
}

/** How long the newest attempt has taken, or takes by now. Undefined: none has begun, or it waits for another. */
export function took({ started_at, completed_at, status }: Job, now: number): string | undefined {
  if (started_at === null) return undefined;
  if (completed_at !== null) return duration(Date.parse(completed_at) - Date.parse(started_at));
  return status === 'active' || status === 'aborting' ? duration(now - Date.parse(started_at)) : undefined;
}

export const counted = (count: number, one: string): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : `${one}s`}`;

/** The end of an id: of ids made at about the same time, what differs. */
export const shortId = (jobId: string): string => `…${jobId.slice(-8)}`;

export const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

export const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
