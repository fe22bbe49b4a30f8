import { expect, test } from 'vitest';
import { type FUNCTIONS, functionBundle, sdkBundle } from '../../bench/start/bundles.ts';

type Name = (typeof FUNCTIONS)[number];

/** Minified bytes as deployed, of which each is read and compiled at a cold start. About 3 % above what they are. */
const BUDGETS: Record<Name, number> = { api: 452_000, worker: 405_000, sweep: 422_000, bury: 394_000 };

/** Of a bundle, beside the SDK: our own code and zod. A package that comes in unseen shows here. */
const OWN_PACKAGES: Record<Name, readonly string[]> = {
  api: ['zod'],
  worker: ['@middy/core', 'zod'],
  sweep: ['croner', 'zod'],
  bury: ['zod'],
};

test.each(Object.entries(BUDGETS) as [Name, number][])(
  'the bundle of %s stays below %i bytes',
  async (name, budget) => {
    const { bytes, from } = await functionBundle(name);
    const sdk = await sdkBundle();

    expect(bytes).toBeLessThan(budget);
    const { 'Stint, its tasks and hooks': own = 0, ...packages } = from;
    expect(
      Object.keys(packages)
        .filter((origin) => !Object.hasOwn(sdk.from, origin))
        .sort(),
    ).toEqual(OWN_PACKAGES[name]);
    expect(own).toBeLessThan(105_000);
  },
);

test('credentials come from the environment, not from the chain of all that may have some', async () => {
  const { code, bytes } = await functionBundle('bury');

  expect(code.match(/AssumeRoleWithWebIdentity|sso-oidc|AWS_SESSION_TOKEN/g)).toEqual(['AWS_SESSION_TOKEN']);
  expect(bytes).toBeLessThan(1.1 * (await sdkBundle()).bytes);
});

test('zod comes with the English messages only', async () => {
  const { code } = await functionBundle('worker');

  expect(code).toContain('Invalid input: expected');
  expect(code).not.toMatch(/Ungültige|Entrée invalide/);
});
