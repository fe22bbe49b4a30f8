import { expect, test } from 'vitest';
import { ROUTES } from '../../../lambdas/http/api.ts';
import { RIGHTS } from '../../e2e/auth/rights.ts';

test('every route has a row in the table of rights (test/e2e/auth/rights.ts), which the deployed stack is held to', () => {
  const routes = ROUTES.map(({ method, path }) => `${method} ${path}`);
  expect(routes.filter((name) => RIGHTS[name] === undefined)).toEqual([]);
});

test.each(ROUTES)('$method $path needs the role that its row says', ({ method, path, needs }) => {
  const { answers } = RIGHTS[`${method} ${path}`]!;
  const isAdmitted = (status: number) => status < 300;
  const least = isAdmitted(answers.nobody) ? 'nobody' : isAdmitted(answers.ann) ? 'user' : 'admin';
  expect(needs).toBe(least);
});
