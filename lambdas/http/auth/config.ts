import * as z from 'zod';

const role = z.enum(['admin', 'user']);

/** A bucket of requests: so many a second in the long run, and so many at once. */
const rate = z.strictObject({ requestsPerSecond: z.number().positive(), burst: z.int().positive() });

const limits = z.strictObject({
  admin: rate.optional(),
  user: rate.optional(),
  /** Of each user, jobs that wait to be run. */
  queuedJobsPerUser: z.int().positive().max(1_000).optional(),
});

const modes = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('none'), limits: limits.optional() }),
  z.strictObject({
    mode: z.literal('iam'),
    callers: z.array(z.strictObject({ arn: z.string(), role, userId: z.string().optional() })).optional(),
    limits: limits.optional(),
  }),
  z.strictObject({
    mode: z.literal('jwt'),
    adminScope: z.string(),
    userScope: z.string(),
    everyTokenIsAUser: z.boolean(),
    roleClaim: z.string().optional(),
    userClaim: z.string(),
    limits: limits.optional(),
  }),
  z.strictObject({ mode: z.literal('api-key'), limits: limits.optional() }),
]);

/** How callers are told apart, as `lib/auth.ts` writes it into the function's environment. It holds no secret. */
export type AuthConfig = z.output<typeof modes>;
export type IamConfig = Extract<AuthConfig, { mode: 'iam' }>;
export type JwtConfig = Extract<AuthConfig, { mode: 'jwt' }>;
export type Limits = z.output<typeof limits>;
export type Rate = z.output<typeof rate>;

/** Reads the configuration. @throws for one that is not whole: better no API than an open one */
export function readAuthConfig(json: string): AuthConfig {
  return modes.parse(JSON.parse(json));
}
