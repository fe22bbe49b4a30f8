import { createHash, randomBytes } from 'node:crypto';
import type { Role } from './principal.ts';

/** A key as it is kept: everything but the key itself, of which only the SHA-256 is stored. */
export interface ApiKey {
  /** The beginning of its hash: says which key is meant, opens nothing. */
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Whose jobs it makes and sees. Always there for the role `user`. */
  readonly userId?: string;
  /** Epoch milliseconds, as all times here. */
  readonly createdAt: number;
  /** From then on it opens nothing. */
  readonly expiresAt?: number;
  /** Up to an hour old. */
  readonly lastUsedAt?: number;
}

/** What the API needs of the keys. */
export interface ApiKeys {
  /** The key with this hash, also one that has expired. @throws StintError `unavailable` */
  find(hash: string): Promise<ApiKey | undefined>;
  /** Notes that a key was used, unless that was noted less than an hour ago. */
  used(hash: string, now: number): Promise<void>;
}

/** Starts every key, so that scanners of source code know one when they see it. */
const PREFIX = 'stint_';

/** A new key: 256 random bits, so that a plain hash of it is as good as a slow one. */
export function newKey(): string {
  return `${PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** What is stored of a key. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** How a key is called by those who may not know it. */
export function idOf(hash: string): string {
  return hash.slice(0, 12);
}

const SHAPE = /^stint_[\w-]{43}$/;

/**
 * The hash of the key that a request shows, in `x-api-key` or as a bearer token; undefined when it shows none, or what
 * cannot be one: that is not worth a read.
 * @param headers their names in lower case
 */
export function shownKeyHash(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const key = headers['x-api-key'] ?? bearer;
  return key !== undefined && SHAPE.test(key) ? hashOf(key) : undefined;
}
