// The command `stint keys`: makes, lists and revokes the keys of an API whose `auth` is `api-key`.
import { parseArgs } from 'node:util';
import type { ApiKeyAdmin } from '../lambdas/adapters/dynamodb/api-keys.ts';
import { type ApiKey, hashOf, idOf, newKey } from '../lambdas/http/auth/api-key.ts';
import { Complaint } from './local/steps.mjs';

export const KEYS_USAGE = `Usage: npm run stint -- keys create NAME --role admin
       npm run stint -- keys create NAME --role user --user USER_ID [--expires 90d]
       npm run stint -- keys list [--json]
       npm run stint -- keys revoke NAME_OR_ID
Which table: --table NAME, or STINT_TABLE (the stack's output TableName); --local for that of npm start.`;

/** What the command writes, and to whom: a new key alone goes to `out`, so that it can be piped into a vault. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
}

const OPTIONS = {
  role: { type: 'string' },
  user: { type: 'string' },
  expires: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** Runs one `keys` command. @throws Complaint that says what to do */
export async function runKeys(
  args: readonly string[],
  { keys, terminal, now }: { keys: ApiKeyAdmin; terminal: Terminal; now: number },
): Promise<void> {
  const { positionals, values } = parse(args);
  const [command, subject, ...more] = positionals;
  if (more.length > 0) throw new Complaint(KEYS_USAGE);
  switch (command) {
    case 'create':
      return create(keyFrom(subject, values, now), keys, terminal);
    case 'list':
      return list(keys, terminal, values.json === true, now);
    case 'revoke':
      return revoke(subject, keys, terminal);
    default:
      throw new Complaint(KEYS_USAGE);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Complaint(`${(error as Error).message}\n${KEYS_USAGE}`);
  }
}

type NewKey = Omit<ApiKey, 'id' | 'lastUsedAt'>;

function keyFrom(
  name: string | undefined,
  { role, user, expires }: { role?: string | undefined; user?: string | undefined; expires?: string | undefined },
  now: number,
): NewKey {
  if (name === undefined) throw new Complaint(KEYS_USAGE);
  if (!/^[\w.-]{1,64}$/.test(name))
    throw new Complaint('The name of a key has 1 to 64 letters, digits, dots, hyphens or underscores.');
  if (role !== 'admin' && role !== 'user') throw new Complaint('Say --role admin or --role user.');
  if (role === 'user' && !/^[^\s\p{C}]{1,128}$/u.test(user ?? ''))
    throw new Complaint('A key with --role user needs --user USER_ID: 1 to 128 visible characters, without spaces.');
  if (role === 'admin' && user !== undefined)
    throw new Complaint('An admin acts for any user: leave --user out, or say --role user.');
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
    throw new Complaint(`'${duration}' is no duration: say --expires 12h, 90d or 1y.`);
  return Number(count) * millis;
}

async function create(wanted: NewKey, keys: ApiKeyAdmin, { out, err }: Terminal): Promise<void> {
  if ((await keys.list()).some(({ key }) => key.name === wanted.name))
    throw new Complaint(`There is a key '${wanted.name}' already: revoke it first, or choose another name.`);
  const secret = newKey();
  const hash = hashOf(secret);
  await keys.add(hash, wanted);
  err(`Key '${wanted.name}' (${idOf(hash)}), ${describe(wanted)}. It is shown once, here; only its hash is kept:`);
  out(secret);
}

async function list(keys: ApiKeyAdmin, { out, err }: Terminal, json: boolean, now: number): Promise<void> {
  const all = (await keys.list()).map(({ key }) => key);
  if (json) return out(JSON.stringify(all.map(onTheWire), null, 2));
  if (all.length === 0) return err('There are no keys.');
  for (const key of all) out([key.id, key.name, describe(key, now), used(key)].join('  '));
}

async function revoke(nameOrId: string | undefined, keys: ApiKeyAdmin, { err }: Terminal): Promise<void> {
  if (nameOrId === undefined) throw new Complaint(KEYS_USAGE);
  const meant = (await keys.list()).filter(({ key }) => key.name === nameOrId || key.id === nameOrId);
  const [found, another] = meant;
  if (found === undefined)
    throw new Complaint(`There is no key '${nameOrId}': \`keys list\` shows all; a new one after a moment.`);
  if (another !== undefined)
    throw new Complaint(`Several keys are named '${nameOrId}': say which, by id: ${meant.map(({ key }) => key.id)}.`);
  await keys.remove(found.hash);
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
