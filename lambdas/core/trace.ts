import { hash } from 'node:crypto';
import type { JobRecord } from './record.ts';

/**
 * Trace context as W3C has it: which trace a piece of work belongs to, and what in it caused it. `00-<trace id>-<parent id>-<flags>`.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
const TRACEPARENT = /^([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Flags that version 00 knows: sampled, and (level 2) that the trace id is random. Others are to be cleared. */
const KNOWN_FLAGS = 0x03;
const SAMPLED = 0x01;

/**
 * A caller's `traceparent`, as version 00 has it.
 * @returns undefined for one that is not valid, which the standard says to ignore: the work begins a trace of its own
 */
export function readTraceparent(header: string | undefined): string | undefined {
  const [, version, traceId, parentId, flags = '', more] = TRACEPARENT.exec(header ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  const known = Number.parseInt(flags, 16) & (version === '00' ? KNOWN_FLAGS : SAMPLED);
  return `00-${traceId}-${parentId}-0${known}`;
}

type Traced = Pick<JobRecord, 'traceparent' | 'run'>;

/**
 * The trace that a job belongs to: that of what enqueued it; else one of its own, whose id is the job's run, a UUID, so that nothing
 * is stored for it.
 */
export function traceIdOf(record: Traced): string {
  return readTraceparent(record.traceparent)?.slice(3, 35) ?? ownTraceId(record.run);
}

/** The `traceparent` of what an attempt causes: the attempt is its parent. */
export function traceparentOf(record: Traced & Pick<JobRecord, 'attempt'>): string {
  const flags = readTraceparent(record.traceparent)?.slice(-2) ?? '00';
  return `00-${traceIdOf(record)}-${hash('sha256', `${record.run}#${record.attempt}`).slice(0, 16)}-${flags}`;
}

function ownTraceId(run: string): string {
  const id = run.replaceAll('-', '');
  return /^(?!0{32})[0-9a-f]{32}$/.test(id) ? id : hash('sha256', run).slice(0, 32);
}
