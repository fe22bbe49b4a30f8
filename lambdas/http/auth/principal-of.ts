import { HttpProblem } from '../problem.ts';
import type { ApiKey } from './api-key.ts';
import type { AuthConfig, IamConfig, JwtConfig } from './config.ts';
import type { Principal } from './principal.ts';

/** What API Gateway, or a function URL, says of a caller whom it has let through. */
export interface Authorizer {
  readonly iam?: {
    readonly userArn?: string | null;
    readonly cognitoIdentity?: { readonly identityId?: string | null } | null;
  } | null;
  /** API Gateway makes every claim a string: an array becomes `[a b]`. */
  readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> } | null;
}

/** What a request shows of its caller. */
export interface Shown {
  readonly authorizer?: Authorizer | undefined;
  /** The key that it carries, if there is such a key. */
  readonly key?: ApiKey | undefined;
  readonly now: number;
}

/**
 * Who calls. Signatures were checked before: by API Gateway, or by finding the key.
 *
 * Without the block that the gateway's authorizer adds, nobody is let in: a route whose authorizer was lost answers 401.
 * @throws HttpProblem `unauthenticated`; `forbidden` for a caller who is known and has no role here
 */
export function principalOf({ authorizer, key, now }: Shown, config: AuthConfig): Principal {
  switch (config.mode) {
    case 'none':
      return { role: 'admin', name: 'anyone' };
    case 'iam':
      return ofIam(authorizer?.iam ?? undefined, config);
    case 'jwt':
      return ofJwt(authorizer?.jwt?.claims, config);
    case 'api-key':
      return ofKey(key, now);
  }
}

function ofIam(iam: Authorizer['iam'], { callers }: IamConfig): Principal {
  const arn = iam?.userArn ?? undefined;
  if (arn === undefined) throw unauthenticated('Sign the request with AWS Signature Version 4.');
  if (callers === undefined) return { role: 'admin', name: arn };
  const caller = iamCaller(arn);
  const known = callers.find((each) => nameOfArn(each.arn) === caller.of);
  if (known === undefined) throw forbidden('This AWS identity is not among those that may call this API.');
  if (known.role === 'admin') return { role: 'admin', name: arn };
  return user(arn, known.userId ?? iam?.cognitoIdentity?.identityId ?? caller.session);
}

/**
 * Whose credentials signed: an IAM user, or a role, and under which session of it.
 *
 * `arn:aws:sts::1:assumed-role/web/7f1c` is session `7f1c` of role `web`; of its role's ARN the path is not there.
 */
function iamCaller(arn: string): { readonly of: string; readonly session: string | undefined } {
  const [, partition, account, role, session] = /^arn:([\w-]+):sts::(\d+):assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
  if (role !== undefined) return { of: `${partition}:${account}:role/${role}`, session };
  return { of: nameOfArn(arn) ?? arn, session: arn.split('/').at(-1) };
}

/** `arn:aws:iam::1:role/team/web` → `aws:1:role/web`: names are unique in an account, whatever their path. */
function nameOfArn(arn: string): string | undefined {
  const [, partition, account, kind, name] = /^arn:([\w-]+):iam::(\d+):(role|user)\/(?:.+\/)?([^/]+)$/.exec(arn) ?? [];
  return name === undefined ? undefined : `${partition}:${account}:${kind}/${name}`;
}

function ofJwt(claims: Readonly<Record<string, unknown>> | undefined, config: JwtConfig): Principal {
  if (claims === undefined) throw unauthenticated('Send a token of the issuer: `Authorization: Bearer …`.');
  const subject = textOf(claims.sub) ?? textOf(claims.client_id);
  if (subject === undefined) throw forbidden('The token names neither a subject (sub) nor a client (client_id).');
  const names = config.roleClaim === undefined ? ['scope', 'scp'] : [config.roleClaim];
  const held = new Set(names.flatMap((name) => listOf(claims[name])));
  if (held.has(config.adminScope)) return { role: 'admin', name: subject };
  if (config.everyTokenIsAUser || held.has(config.userScope)) return user(subject, textOf(claims[config.userClaim]));
  throw forbidden(`The token holds neither '${config.userScope}' nor '${config.adminScope}'.`);
}

const textOf = (claim: unknown): string | undefined => (typeof claim === 'string' && claim !== '' ? claim : undefined);

/** Scopes are separated by spaces (RFC 8693); an array arrives as `[a b]`. */
function listOf(claim: unknown): string[] {
  const text = textOf(claim) ?? '';
  const array = /^\[(.*)\]$/s.exec(text)?.[1];
  return array === undefined ? text.split(' ') : array.split(/[ ,]+/);
}

function ofKey(key: ApiKey | undefined, now: number): Principal {
  if (key === undefined || (key.expiresAt !== undefined && key.expiresAt <= now))
    throw unauthenticated('Send a valid key: `x-api-key: stint_…`. It may have expired, or been revoked.');
  const name = `key:${key.id}`;
  return key.role === 'admin' ? { role: 'admin', name } : user(name, key.userId);
}

/** As core checks user ids (enqueue-options.ts), and without spaces, as the wire does. */
const USER_ID = /^[^\s\p{C}]{1,128}$/u;

function user(name: string, userId: string | undefined): Principal {
  if (userId !== undefined && USER_ID.test(userId)) return { role: 'user', name, userId };
  throw forbidden('These credentials name no user: a user id has 1 to 128 visible characters, without spaces.');
}

function unauthenticated(detail: string): HttpProblem {
  return new HttpProblem('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer realm="stint"' } });
}

const forbidden = (detail: string): HttpProblem => new HttpProblem('forbidden', detail);
