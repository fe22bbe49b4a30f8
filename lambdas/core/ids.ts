import { createHash } from 'node:crypto';

/** Job ids and runs as messages may bring them; our own are UUIDs. */
export const ID = /^[\w-]{1,128}$/;

/**
 * A job id derived from what the caller gave: the same parts, the same id. A UUIDv8 of their SHA-256.
 * https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8
 */
export function derivedId(kind: 'sqs-message' | 'idempotency-key' | 'key' | 'schedule', ...parts: string[]): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([kind, ...parts]))
    .digest()
    .subarray(0, 16);
  return uuid(bytes, 8);
}

/** Whether an id is a derived one, that who gave its parts can make again. */
export function isDerived(jobId: string): boolean {
  return jobId[VERSION_AT] === '8';
}

/** Where a UUID says its version. */
const VERSION_AT = 14;

/** A UUIDv7: the time in milliseconds, then 74 random bits. https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7 */
export function timeOrderedId(now: number, random: Uint8Array): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes.set(random.subarray(0, 10), 6);
  return uuid(bytes, 7);
}

function uuid(source: Uint8Array, version: 7 | 8): string {
  const bytes = Buffer.from(source);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A short hash of any JSON value, object keys in any order. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url').slice(0, 22);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
