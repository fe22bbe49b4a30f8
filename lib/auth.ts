import { Stack, Token } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { Construct } from 'constructs';

/** A role: `admin` sees and does all; `user` enqueues as itself, and knows of its own jobs only. */
export type Role = 'admin' | 'user';

/** Callers of this account who sign their requests (SigV4) and hold `execute-api:Invoke`. */
export interface IamAuth {
  readonly mode: 'iam';
  /** Which IAM roles and users are what. Default: every caller whom IAM lets through is an admin. Given: only these. */
  readonly callers?: readonly IamCaller[];
}

export interface IamCaller {
  /** Of an IAM role or an IAM user: `arn:aws:iam::123456789012:role/web`. */
  readonly arn: string;
  readonly role: Role;
  /**
   * Whose jobs they are, for the role `user`. Default: the name of the role's session (or the Cognito identity), which
   * whoever assumes the role chooses; of an IAM user, its name.
   */
  readonly userId?: string;
}

/** Bearers of a token that an OpenID Connect issuer signed. API Gateway checks signature, issuer, audience and expiry. */
export interface JwtAuth {
  readonly mode: 'jwt';
  /** As the token's `iss` has it, to the letter: `https://login.example.com/`. */
  readonly issuer: string;
  /** The token's `aud`, or its `client_id` where it has no `aud`, is one of these. */
  readonly audience: readonly string[];
  /** Makes an admin. Default `stint:admin`. */
  readonly adminScope?: string;
  /** Makes a user. Default `stint:user`. */
  readonly userScope?: string;
  /** Whether a valid token is a user's, whatever its scopes. Default false. */
  readonly everyTokenIsAUser?: boolean;
  /**
   * The claim that holds the scopes. Default: `scope` and `scp`.
   *
   * Another one, such as `cognito:groups`, only when none but administrators name its values: API Gateway makes an
   * array `[a b]`, in which the group "x stint:admin" reads like two.
   */
  readonly roleClaim?: string;
  /** The claim that says whose jobs they are. Default `sub`. */
  readonly userClaim?: string;
}

/** Bearers of a key that `npm run stint -- keys create` made. The API's own function checks it. */
export interface ApiKeyAuth {
  readonly mode: 'api-key';
}

/** Anyone. */
export interface NoAuth {
  readonly mode: 'none';
}

export type Auth = IamAuth | JwtAuth | ApiKeyAuth | NoAuth;

/** Who may call the API, in full or as one word. */
export type AuthProp = Auth | Exclude<Auth['mode'], 'jwt'>;

/** A bucket of requests. */
export interface RequestLimit {
  /** In the long run. */
  readonly requestsPerSecond: number;
  /** At once, after a pause. */
  readonly burst: number;
}

/** What one caller may do, beside all others. */
export interface PrincipalLimits {
  /** Of each admin (a key, a token's subject, an IAM identity). Default: no limit. */
  readonly admin?: RequestLimit;
  /** Of each caller with the role `user`. Default: no limit. */
  readonly user?: RequestLimit;
  /** Jobs that each user may have queued, 1–1,000. Default: no limit. */
  readonly queuedJobsPerUser?: number;
}

export const toAuth = (auth: AuthProp): Auth => (typeof auth === 'string' ? { mode: auth } : auth);

/** API Gateway's part: none of it is asked of a key, which the function looks up itself. */
export function authorizerOf(auth: Auth): apigateway.IHttpRouteAuthorizer | undefined {
  switch (auth.mode) {
    case 'iam':
      return new HttpIamAuthorizer();
    case 'jwt':
      return new HttpJwtAuthorizer('Jwt', auth.issuer, { jwtAudience: [...auth.audience] });
    case 'api-key':
    case 'none':
      return undefined;
  }
}

/** The function's part, for its environment: what `lambdas/http/auth/config.ts` reads. It holds no secret. */
export function authEnvironment(scope: Construct, auth: Auth, limits: PrincipalLimits | undefined): string {
  return Stack.of(scope).toJsonString({ ...functionPart(auth), ...(limits && { limits }) });
}

function functionPart(auth: Auth): object {
  if (auth.mode !== 'jwt') return auth;
  return {
    mode: 'jwt',
    adminScope: auth.adminScope ?? 'stint:admin',
    userScope: auth.userScope ?? 'stint:user',
    everyTokenIsAUser: auth.everyTokenIsAUser ?? false,
    userClaim: auth.userClaim ?? 'sub',
    ...(auth.roleClaim !== undefined && { roleClaim: auth.roleClaim }),
  };
}

/**
 * Refuses what AWS would refuse minutes later, or what nobody means.
 * @param local whether the stack goes to the local cloud, where an API may be open and an issuer on plain http
 * @throws Error that says what to do
 */
export function checkAuth(auth: Auth, { local, mayBePublic }: { local: boolean; mayBePublic: boolean }): void {
  if (auth.mode === 'none' && !local && !mayBePublic)
    throw new Error(
      "auth: 'none' lets anyone on the internet run your tasks, at your cost. Leave it out, and callers sign their " +
        'requests (IAM); or say iUnderstandThisIsPublic: true.',
    );
  if (auth.mode === 'jwt') checkJwt(auth, local);
  if (auth.mode === 'iam') for (const caller of auth.callers ?? []) checkCaller(caller);
}

/** Refuses limits that nobody could mean. @throws Error that says what to do */
export function checkLimits({ admin, user, queuedJobsPerUser }: PrincipalLimits): void {
  for (const [role, limit] of Object.entries({ admin, user }))
    if (limit && !isSound(limit))
      throw new Error(`limits.${role}: requestsPerSecond must be a number above 0, and burst a whole number from 1.`);
  if (queuedJobsPerUser === undefined) return;
  if (!Number.isInteger(queuedJobsPerUser) || queuedJobsPerUser < 1 || queuedJobsPerUser > 1_000)
    throw new Error(`limits.queuedJobsPerUser must be a whole number from 1 to 1000, not ${queuedJobsPerUser}.`);
}

const isSound = ({ requestsPerSecond, burst }: RequestLimit): boolean =>
  requestsPerSecond > 0 && Number.isFinite(requestsPerSecond) && Number.isInteger(burst) && burst >= 1;

function checkJwt({ issuer, audience, adminScope, userScope, roleClaim, userClaim }: JwtAuth, local: boolean): void {
  if (!Token.isUnresolved(issuer) && !issuer.startsWith('https://') && !local)
    throw new Error(`auth.issuer must begin with https://, as the token's iss does; it is '${issuer}'.`);
  if (audience.length === 0)
    throw new Error('auth.audience is empty: tokens that the issuer made for other services would open this one.');
  for (const name of [adminScope, userScope, roleClaim, userClaim])
    if (name !== undefined && !/^[^\s,[\]]+$/.test(name))
      throw new Error(
        `'${name}' in auth cannot be told apart in a token: use a name without spaces, commas or brackets.`,
      );
}

/** As the function checks it (lambdas/http/auth/principal-of.ts), which would let such a caller in nowhere. */
const USER_ID = /^[^\s\p{C}]{1,128}$/u;

function checkCaller({ arn, userId }: IamCaller): void {
  if (userId !== undefined && !Token.isUnresolved(userId) && !USER_ID.test(userId))
    throw new Error(`auth.callers: the userId of ${arn} must have 1 to 128 visible characters, without spaces.`);
  if (Token.isUnresolved(arn) || /^arn:[\w-]+:iam::\d{12}:(role|user)\/./.test(arn)) return;
  throw new Error(
    `auth.callers: '${arn}' is not the ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/web.`,
  );
}
