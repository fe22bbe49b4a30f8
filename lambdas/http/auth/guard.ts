import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Engine } from '../../core/engine.ts';
import { levelOf, toError } from '../../core/errors.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { HttpProblem } from '../problem.ts';
import { lowerCased } from '../request.ts';
import { type ApiKey, type ApiKeys, shownKeyHash } from './api-key.ts';
import type { AuthConfig } from './config.ts';
import { type Buckets, limiter } from './limits.ts';
import { mayDo, type Needs, NOBODY, type Principal } from './principal.ts';
import { type Authorizer, principalOf } from './principal-of.ts';
import { queuedLimiter } from './queued-limit.ts';

/** Lets requests in, or not. */
export interface Guard {
  /** How callers sign in. */
  readonly mode: AuthConfig['mode'];
  /**
   * The caller of a request, who may have what the route needs.
   * @throws HttpProblem `unauthenticated`, `forbidden`, `too_many_requests`; StintError `unavailable` when keys cannot be read
   */
  admit(event: APIGatewayProxyEventV2, needs: Needs): Promise<Principal>;
  /** Refuses a user one more queued job, above the limit. @throws HttpProblem `too_many_requests` */
  admitJob(userId: string, engine: Engine): Promise<void>;
}

export interface GuardParts {
  readonly config: AuthConfig;
  readonly keys: ApiKeys;
  readonly buckets: Buckets;
  readonly clock: Clock;
  readonly log: Log;
}

/** A revoked key opens for so long at most: an instance remembers it. */
export const KEY_MEMORY_MS = 10_000;
const USE_NOTED_EVERY_MS = 3_600_000;
const MOST_KEYS = 1_000;

/** A guard for one function instance: it remembers keys for some seconds. */
export function guard({ config, keys, buckets, clock, log }: GuardParts): Guard {
  const limit = limiter(config.limits ?? {}, buckets, { clock, log });
  const find = remembering(keys, clock);
  const most = config.limits?.queuedJobsPerUser;

  const noteUse = async (hash: string, { lastUsedAt = 0, id }: ApiKey, now: number) => {
    if (now - lastUsedAt < USE_NOTED_EVERY_MS) return;
    await keys.used(hash, now).then(
      () => find.noted(hash, now),
      // The use of a key is worth knowing, not worth failing a request for.
      (error: unknown) => log[levelOf(error)]('use of key not noted', { key: id, error: toError(error).message }),
    );
  };

  return {
    mode: config.mode,
    admitJob: most === undefined ? async () => {} : queuedLimiter(most),
    async admit(event, needs) {
      if (needs === 'nobody') return NOBODY;
      const now = clock.now();
      const hash = config.mode === 'api-key' ? shownKeyHash(lowerCased(event.headers)) : undefined;
      const key = hash === undefined ? undefined : await find.key(hash);
      const principal = principalOf({ authorizer: authorizerOf(event), key, now }, config);
      await limit(principal);
      if (hash !== undefined && key !== undefined) await noteUse(hash, key, now);
      if (mayDo(principal, { needs })) return principal;
      throw new HttpProblem(
        'forbidden',
        `This route is for the role '${needs}'; you have the role '${principal.role}'.`,
      );
    },
  };
}

const authorizerOf = (event: APIGatewayProxyEventV2): Authorizer | undefined =>
  (event.requestContext as { readonly authorizer?: Authorizer } | undefined)?.authorizer;

/** Only keys that are there are remembered: what is not may be any of 2^256. */
function remembering(keys: ApiKeys, clock: Clock) {
  const memory = new Map<string, { readonly key: ApiKey; readonly until: number }>();
  return {
    async key(hash: string): Promise<ApiKey | undefined> {
      const known = memory.get(hash);
      if (known !== undefined && known.until > clock.now()) return known.key;
      const key = await keys.find(hash);
      memory.delete(hash);
      if (memory.size >= MOST_KEYS) memory.clear();
      if (key !== undefined) memory.set(hash, { key, until: clock.now() + KEY_MEMORY_MS });
      return key;
    },
    noted(hash: string, now: number): void {
      const known = memory.get(hash);
      if (known !== undefined) memory.set(hash, { ...known, key: { ...known.key, lastUsedAt: now } });
    },
  };
}

/** A guard that lets everyone do everything: for tests of what is behind it. */
export const openGuard: Guard = {
  mode: 'none',
  admit: async () => ({ role: 'admin', name: 'anyone' }),
  admitJob: async () => {},
};
