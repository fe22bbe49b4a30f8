import { NonRetryableError, StintError } from './errors.ts';
import type { PayloadStore } from './ports.ts';
import type { JobRecord, Payload } from './record.ts';

/** The largest input or result, in bytes of JSON. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

/**
 * Up to so many bytes of JSON a payload lives in the record itself. Every transition bills the whole item in units of
 * 1 KB: put, claim and finish of a record this small take one unit each, and a larger payload in an item of its own is
 * billed once rather than three times.
 */
const INLINE_BYTES = 384;

/** A stored input outlives its record by what a job may wait for retries by hand; each of those prolongs it. */
const SPARE_DAYS = 90;

const DAY_SECONDS = 86_400;

/** How deep a payload may be nested: far above what people mean, far below what runs whoever walks it out of stack. */
const MAX_NESTING = 1_000;

/** Whether JSON text holds objects and arrays nested too deeply to be walked by recursion. Counts without recursion. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case 0x22: // "
        inText = !inText;
        break;
      case 0x5c: // backslash
        i++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (!inText && ++depth > MAX_NESTING) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        if (!inText) depth--;
    }
  }
  return false;
}

/** Epoch seconds until which an input must be kept for a job that may start at `startsAt`. */
export function inputTtl(startsAt: number, retention: number): number {
  return Math.ceil(startsAt / 1000 + (retention + SPARE_DAYS) * DAY_SECONDS);
}

/** JSON of a value that a task or caller gave. @throws StintError `invalid_input` when it has none, `too_large` over 256 KB */
export function toJson(value: unknown, what: string): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw new StintError('invalid_input', `The ${what} cannot be written as JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (json === undefined)
    throw new StintError('invalid_input', `The ${what} cannot be written as JSON: it is ${typeof value}.`);
  if (isTooDeep(json))
    throw new StintError(
      'invalid_input',
      `The ${what} is nested over ${MAX_NESTING} levels deep; it cannot be written as JSON that everyone can read.`,
    );
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_PAYLOAD_BYTES)
    throw new StintError(
      'too_large',
      `The ${what} is ${bytes} bytes of JSON; ${MAX_PAYLOAD_BYTES} at most. Store it elsewhere, in S3 say, and pass its key.`,
    );
  return json;
}

/** Puts JSON where it belongs: inline, or stored under `key` before this resolves. */
export async function storePayload(payloads: PayloadStore, key: string, json: string, ttl: number): Promise<Payload> {
  if (Buffer.byteLength(json) <= INLINE_BYTES) return { json };
  await payloads.put(key, json, ttl);
  return { at: key };
}

/** Puts the deletion of a payload off to `ttl`, if it is stored apart and that is later. */
export async function keepPayload(payloads: PayloadStore, payload: Payload, ttl: number): Promise<void> {
  const key = keyOf(payload);
  if (key !== undefined) await payloads.keep(key, ttl);
}

/** Where a payload is stored apart. Records are changed by hand, and messages forged: what names the place may be anything. */
function keyOf(payload: Payload): string | undefined {
  const { at } = (payload ?? {}) as { readonly at?: unknown };
  return typeof at === 'string' && at !== '' ? at : undefined;
}

/** The input's place. Of its run: the runs of a reused key do not share it. */
export function inputKey(jobId: string, run: string): string {
  return `${jobId}#input#${run}`;
}

/** The result's place. Of its owner: a zombie's late result overwrites nobody's. */
export function resultKey(record: Pick<JobRecord, 'job_id'>, owner: string): string {
  return `${record.job_id}#result#${owner}`;
}

/** The JSON value of a payload. @throws NonRetryableError when its item is gone, or damaged */
export async function loadPayload(payloads: PayloadStore, payload: Payload, what: string): Promise<unknown> {
  const key = keyOf(payload);
  const json = key === undefined ? (payload as { readonly json?: unknown } | undefined)?.json : await payloads.get(key);
  if (json === undefined) throw new NonRetryableError(`The ${what} of this job is no longer stored.`);
  const unreadable = (cause?: unknown) =>
    new NonRetryableError(`The ${what} of this job is not stored as JSON, or nested too deeply.`, { cause });
  if (typeof json !== 'string' || isTooDeep(json)) throw unreadable();
  try {
    return JSON.parse(json);
  } catch (error) {
    throw unreadable(error);
  }
}
