import { expect, test } from 'vitest';
import type { ApiKey } from '../../../lambdas/http/auth/api-key.ts';
import { type AuthConfig, readAuthConfig } from '../../../lambdas/http/auth/config.ts';
import { mayDo, NOBODY, type Principal } from '../../../lambdas/http/auth/principal.ts';
import { type Authorizer, principalOf } from '../../../lambdas/http/auth/principal-of.ts';

const NOW = 1_000_000;
const jwt = (more: object = {}): AuthConfig =>
  readAuthConfig(
    JSON.stringify({
      mode: 'jwt',
      adminScope: 'stint:admin',
      userScope: 'stint:user',
      everyTokenIsAUser: false,
      userClaim: 'sub',
      ...more,
    }),
  );
const claims = (given: Record<string, unknown>): Authorizer => ({ jwt: { claims: given } });
const arn = (userArn: string): Authorizer => ({ iam: { userArn } });
const iam = (...callers: object[]): AuthConfig => ({ mode: 'iam', callers }) as AuthConfig;
const key = (more: Partial<ApiKey> = {}): ApiKey => ({ id: 'abc', name: 'n', role: 'admin', createdAt: 0, ...more });

const SESSION = 'arn:aws:sts::123456789012:assumed-role/web/u-1';
const WEB = 'arn:aws:iam::123456789012:role/team/web';

const admitted: [title: string, AuthConfig, Authorizer | undefined, ApiKey | undefined, Principal][] = [
  ['none: anyone is an admin', { mode: 'none' }, undefined, undefined, { role: 'admin', name: 'anyone' }],
  [
    'iam: whom IAM lets through is an admin',
    { mode: 'iam' },
    arn(SESSION),
    undefined,
    { role: 'admin', name: SESSION },
  ],
  [
    'iam: a role that is mapped is a user, by the name of its session; the path of its ARN does not matter',
    iam({ arn: WEB, role: 'user' }),
    arn(SESSION),
    undefined,
    { role: 'user', name: SESSION, userId: 'u-1' },
  ],
  [
    'iam: a role that is mapped to one user is that user in every session',
    iam({ arn: WEB, role: 'user', userId: 'robot' }),
    arn(SESSION),
    undefined,
    { role: 'user', name: SESSION, userId: 'robot' },
  ],
  [
    'iam: a Cognito identity is itself, whatever the session is called',
    iam({ arn: WEB, role: 'user' }),
    { iam: { userArn: SESSION, cognitoIdentity: { identityId: 'us-east-1:7f1c' } } },
    undefined,
    { role: 'user', name: SESSION, userId: 'us-east-1:7f1c' },
  ],
  [
    'iam: an IAM user that is mapped is a user by its name',
    iam({ arn: 'arn:aws:iam::123456789012:user/ann', role: 'user' }),
    arn('arn:aws:iam::123456789012:user/ann'),
    undefined,
    { role: 'user', name: 'arn:aws:iam::123456789012:user/ann', userId: 'ann' },
  ],
  [
    'iam: an admin among others',
    iam({ arn: WEB, role: 'admin' }),
    arn(SESSION),
    undefined,
    { role: 'admin', name: SESSION },
  ],
  [
    'jwt: the admin scope among others',
    jwt(),
    claims({ sub: 'u-1', scope: 'openid stint:admin' }),
    undefined,
    { role: 'admin', name: 'u-1' },
  ],
  [
    'jwt: the user scope',
    jwt(),
    claims({ sub: 'u-1', scope: 'stint:user' }),
    undefined,
    { role: 'user', name: 'u-1', userId: 'u-1' },
  ],
  [
    'jwt: scopes as an array, which the gateway flattens (scp)',
    jwt(),
    claims({ sub: 'u-1', scp: '[openid stint:user]' }),
    undefined,
    { role: 'user', name: 'u-1', userId: 'u-1' },
  ],
  [
    'jwt: a machine has no subject, but a client id',
    jwt(),
    claims({ client_id: 'm', scope: 'stint:admin' }),
    undefined,
    { role: 'admin', name: 'm' },
  ],
  [
    'jwt: roles in a claim of their own, the user in another',
    jwt({ roleClaim: 'cognito:groups', userClaim: 'email' }),
    claims({ sub: 'u-1', email: 'a@example.org', 'cognito:groups': '[stint:user]' }),
    undefined,
    { role: 'user', name: 'u-1', userId: 'a@example.org' },
  ],
  [
    'jwt: any token is a user, if that is wanted',
    jwt({ everyTokenIsAUser: true }),
    claims({ sub: 'auth0|1' }),
    undefined,
    { role: 'user', name: 'auth0|1', userId: 'auth0|1' },
  ],
  ['api-key: an admin', { mode: 'api-key' }, undefined, key(), { role: 'admin', name: 'key:abc' }],
  [
    'api-key: a user, until the key expires',
    { mode: 'api-key' },
    undefined,
    key({ role: 'user', userId: 'u', expiresAt: NOW + 1 }),
    { role: 'user', name: 'key:abc', userId: 'u' },
  ],
];

test.each(admitted)('%s', (_, config, authorizer, shown, principal) => {
  expect(principalOf({ authorizer, key: shown, now: NOW }, config)).toEqual(principal);
});

const refused: [title: string, AuthConfig, Authorizer | undefined, ApiKey | undefined, 401 | 403][] = [
  ['iam: no block of the gateway', { mode: 'iam' }, undefined, undefined, 401],
  ['iam: a block without an identity', { mode: 'iam' }, { iam: { userArn: null } }, undefined, 401],
  ['iam: a token instead', { mode: 'iam' }, claims({ sub: 'u', scope: 'stint:admin' }), undefined, 401],
  [
    'iam: a role that is not listed',
    iam({ arn: WEB, role: 'user' }),
    arn(SESSION.replace('web', 'other')),
    undefined,
    403,
  ],
  [
    'iam: a role of that name in another account',
    iam({ arn: WEB, role: 'user' }),
    arn(SESSION.replace('1234', '9999')),
    undefined,
    403,
  ],
  [
    'iam: an IAM user with the name of a role that is listed',
    iam({ arn: WEB, role: 'admin' }),
    arn('arn:aws:iam::123456789012:user/web'),
    undefined,
    403,
  ],
  [
    'iam: the root of the account, where callers are listed',
    iam({ arn: WEB, role: 'admin' }),
    arn('arn:aws:iam::123456789012:root'),
    undefined,
    403,
  ],
  ['jwt: no block of the gateway', jwt(), undefined, undefined, 401],
  ['jwt: a signature instead', jwt(), arn(SESSION), undefined, 401],
  ['jwt: a token without scopes', jwt(), claims({ sub: 'u' }), undefined, 403],
  [
    'jwt: scopes that only resemble ours',
    jwt(),
    claims({ sub: 'u', scope: 'stint:administrator xstint:user' }),
    undefined,
    403,
  ],
  ['jwt: a scope in a claim that is not asked for', jwt(), claims({ sub: 'u', groups: 'stint:admin' }), undefined, 403],
  [
    'jwt: `scope`, where another claim is asked for',
    jwt({ roleClaim: 'r' }),
    claims({ sub: 'u', scope: 'stint:admin' }),
    undefined,
    403,
  ],
  ['jwt: a token of nobody', jwt(), claims({ scope: 'stint:admin' }), undefined, 403],
  [
    'jwt: a user whose claim is not there',
    jwt({ userClaim: 'email' }),
    claims({ sub: 'u', scope: 'stint:user' }),
    undefined,
    403,
  ],
  ['jwt: a user id that no job can have', jwt(), claims({ sub: 'a b', scope: 'stint:user' }), undefined, 403],
  ['jwt: a user id that is too long', jwt(), claims({ sub: 'u'.repeat(129), scope: 'stint:user' }), undefined, 403],
  ['api-key: no key', { mode: 'api-key' }, undefined, undefined, 401],
  ['api-key: a key from the millisecond of its end', { mode: 'api-key' }, undefined, key({ expiresAt: NOW }), 401],
  ['api-key: a user’s key that names no user', { mode: 'api-key' }, undefined, key({ role: 'user' }), 403],
  ['api-key: a token instead', { mode: 'api-key' }, claims({ sub: 'u', scope: 'stint:admin' }), undefined, 401],
];

test.each(refused)('lets nobody in by %s', (_, config, authorizer, shown, status) => {
  expect(() => principalOf({ authorizer, key: shown, now: NOW }, config)).toThrow(expect.objectContaining({ status }));
});

test.each([
  ['nobody', { nobody: true, user: false, admin: false }],
  ['user', { nobody: true, user: true, admin: false }],
  ['admin', { nobody: true, user: true, admin: true }],
] as const)('%s may do what its role allows', (role, expected) => {
  const principal = role === 'nobody' ? NOBODY : ({ role, name: 'n', userId: 'u' } as Principal);
  const may = Object.fromEntries(
    (['nobody', 'user', 'admin'] as const).map((needs) => [needs, mayDo(principal, { needs })]),
  );
  expect(may).toEqual(expected);
});

test.each([
  '',
  '{}',
  '{"mode":"open"}',
  '{"mode":"jwt"}',
  '{"mode":"none","limts":{}}',
  '{"mode":"iam","callers":[{"arn":"a","role":"root"}]}',
])('a configuration that is not whole opens no API: %s', (json) => {
  expect(() => readAuthConfig(json)).toThrow();
});
