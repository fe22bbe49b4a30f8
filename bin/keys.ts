// The keys of an API whose `auth` is `api-key`: made, listed, revoked.
import type { ApiKeyAdmin } from '../lambdas/adapters/dynamodb/api-keys.ts';
import { type ApiKey, hashOf, idOf, newKey } from '../lambdas/http/auth/api-key.ts';
import { CommandError, EXIT } from './cli/exit-code.ts';

/** What is written, and to whom: a new key alone goes to `out`, so that it can be piped into a vault. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
}

/** What a command about keys works on. */
export interface KeysContext {
  readonly keys: ApiKeyAdmin;
  readonly terminal: Terminal;
  readonly now: number;
}

/** What a new key is to be, as it is asked for. */
export interface KeyOptions {
  readonly role?: string;
  readonly user?: string;
  /** `12h`, `90d`, `1y`. */
  readonly expires?: string;
}

type NewKey = Omit<ApiKey, 'id' | 'lastUsedAt'>;

function keyFrom(name: string, { role, user, expires }: KeyOptions, now: number): NewKey {
  if (!/^[\w.-]{1,64}$/.test(name))
    throw new CommandError(EXIT.usage, 'The name of a key has 1 to 64 letters, digits, dots, hyphens or underscores.');
  if (role !== 'admin' && role !== 'user') throw new CommandError(EXIT.usage, 'Say --role admin or --role user.');
  if (role === 'user' && !/^[^\s\p{C}]{1,128}$/u.test(user ?? ''))
    throw new CommandError(
      EXIT.usage,
      'A key with --role user needs --user USER_ID: 1 to 128 visible characters, without spaces.',
    );
  if (role === 'admin' && user !== undefined)
    throw new CommandError(EXIT.usage, 'An admin acts for any user: leave --user out, or say --role user.');
  return {
    name,
    role,
    createdAt: now,
    ...(user === undefined ? {} : { userId: user }),
    ...(expires === undefined ? {} : { expiresAt: now + millisOf(expires) }),
  };
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, y: 365 * 86_400_000 };

function millisOf(duration: string): number {
  const [, count, unit] = /^([1-9]\d{0,3})([hdy])$/.exec(duration) ?? [];
  const millis = UNITS[unit ?? ''];
  if (count === undefined || millis === undefined)
    throw new CommandError(EXIT.usage, `'${duration}' is no duration: say --expires 12h, 90d or 1y.`);
  return Number(count) * millis;
}

/** Makes a key and shows it, once. @throws CommandError that says what to do */
export async function createKey(
  name: string,
  options: KeyOptions,
  { keys, terminal: { out, err }, now }: KeysContext,
  json: boolean,
): Promise<void> {
  const wanted = keyFrom(name, options, now);
  if ((await keys.list()).some(({ key }) => key.name === wanted.name))
    throw new CommandError(
      EXIT.refused,
      `There is a key '${wanted.name}' already: revoke it first, or choose another name.`,
    );
  const secret = newKey();
  const hash = hashOf(secret);
  await keys.add(hash, wanted);
  if (json) return out(JSON.stringify({ ...onTheWire({ ...wanted, id: idOf(hash) }), key: secret }));
  err(`Key '${wanted.name}' (${idOf(hash)}), ${describe(wanted)}. It is shown once, here; only its hash is kept:`);
  out(secret);
}

export async function listKeys({ keys, terminal: { out, err }, now }: KeysContext, json: boolean): Promise<void> {
  const all = (await keys.list()).map(({ key }) => key);
  if (json) {
    for (const key of all) out(JSON.stringify(onTheWire(key)));
    return;
  }
  if (all.length === 0) return err('There are no keys.');
  for (const key of all) out([key.id, key.name, describe(key, now), used(key)].join('  '));
}

/** @throws CommandError when no key, or several, are named so */
export async function revokeKey(
  nameOrId: string,
  { keys, terminal: { out, err } }: KeysContext,
  json: boolean,
): Promise<void> {
  const meant = (await keys.list()).filter(({ key }) => key.name === nameOrId || key.id === nameOrId);
  const [found, another] = meant;
  if (found === undefined)
    throw new CommandError(
      EXIT.refused,
      `There is no key '${nameOrId}': \`keys list\` shows all; a new one after a moment.`,
    );
  if (another !== undefined)
    throw new CommandError(
      EXIT.usage,
      `Several keys are named '${nameOrId}': say which, by id: ${meant.map(({ key }) => key.id)}.`,
    );
  await keys.remove(found.hash);
  if (json) return out(JSON.stringify(onTheWire(found.key)));
  err(`Key '${found.key.name}' (${found.key.id}) is revoked. Within ten seconds it opens nothing any more.`);
}

function describe({ role, userId, expiresAt }: NewKey, now = 0): string {
  const whose = userId === undefined ? role : `${role} ${userId}`;
  if (expiresAt === undefined) return whose;
  return `${whose}, ${expiresAt <= now ? 'expired' : 'expires'} ${iso(expiresAt)}`;
}

const used = ({ lastUsedAt }: ApiKey): string => (lastUsedAt === undefined ? 'never used' : `used ${iso(lastUsedAt)}`);
const iso = (millis: number): string => new Date(millis).toISOString();

function onTheWire({ id, name, role, userId, createdAt, expiresAt, lastUsedAt }: ApiKey) {
  return {
    id,
    name,
    role,
    user_id: userId ?? null,
    created_at: iso(createdAt),
    expires_at: expiresAt === undefined ? null : iso(expiresAt),
    last_used_at: lastUsedAt === undefined ? null : iso(lastUsedAt),
  };
}
