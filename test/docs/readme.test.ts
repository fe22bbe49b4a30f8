import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { idleLines } from '../../bench/cost/estimate.ts';
import { idleSentence, idleTable } from '../../bench/cost/idle-table.ts';
import { hooks } from '../../lambdas/hooks.ts';
import { job } from '../../lambdas/http/wire/answers.ts';
import { ROUTES } from '../../lib/routes.ts';
import { blocksOf, testsSay } from './page.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

test('its test passes, and fails as it says when the task is made careless', { timeout: 60_000 }, () => {
  const code = blocksOf(readme, 'ts').filter(({ path }) => path.includes('send-invoice'));
  const careless = code.map((block) => ({ ...block, code: block.code.replace(/'idempotency-key': \S+ /, '') }));
  const [failure = ''] = blocksOf(readme, '')
    .filter(({ code }) => code.startsWith('The test passes'))
    .map(({ code }) => code);

  expect(testsSay(code)).toMatch(/Tests +2 passed/);
  const said = testsSay(careless);
  expect(said).toMatch(/Tests +1 failed \| 1 passed/);
  for (const line of failure.trim().split('\n')) expect(said).toContain(line.trim());
});

test('the record that it shows is one that the API answers, field for field', () => {
  const record = blocksOf(readme, 'json')
    .map(({ code }) => JSON.parse(code) as Record<string, unknown>)
    .find(({ id }) => id !== undefined)!;

  expect(job.parse(record)).toEqual(record);
  expect(Object.keys(record).sort()).toEqual(Object.keys(job.shape).sort());
});

test('its table of the API names every route, and no other', () => {
  const table = readme.slice(readme.indexOf('## HTTP API'), readme.indexOf('## Queues'));

  for (const { method, path } of ROUTES) {
    const named =
      table.includes(`\`${method} ${path}`) || table.includes(`· \`${path.replace('/jobs/{job_id}', '')}\``);
    expect(named, `${method} ${path}`).toBe(true);
  }
  const paths = [...table.matchAll(/`(?:GET|POST|PATCH) (\/[^`?]*)/g)].map(([, path]) => path);
  expect(paths.filter((path) => !ROUTES.some((route) => route.path === path))).toEqual([]);
});

test('every hook is named, here and in the table of hooks', () => {
  const page = readFileSync(join(root, 'docs/hooks.md'), 'utf8');
  for (const hook of Object.keys(hooks)) for (const text of [readme, page]) expect(text).toContain(`\`${hook}\``);
});

test('what an idle month costs is what its script prints: else run npm run bench:idle -- --write', () => {
  expect(readme).toContain(idleSentence(idleLines()));
  expect(readme).toContain(`\n${idleTable(idleLines())}\n`);
});

test('the prices of a million jobs are those that the page of measurements has', () => {
  const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
  const [, single, batched, alone] = /cost about \$(\S+) enqueued one by one, \$(\S+) .* and \$(\S+) where/.exec(
    readme,
  )!;

  for (const [what, dollars] of [
    ['enqueued one by one, run in full batches', single],
    ['enqueued by the hundred, run in full batches', batched],
    ['enqueued one by one, each run alone', alone],
  ])
    expect(page).toMatch(new RegExp(`\\| ${what} +\\| +\\$${dollars} \\|`));
});

test('the files that it links to exist', () => {
  for (const [, path = ''] of readme.matchAll(/\]\((?!https?:)([^)#]+)/g))
    expect(() => readFileSync(join(root, path)), path).not.toThrow(/ENOENT/);
});
