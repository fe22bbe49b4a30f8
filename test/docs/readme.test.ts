import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_WORKLOAD, idleLines, monthOf } from '../../bench/cost/estimate.ts';
import { idleSentence } from '../../bench/cost/idle-table.ts';
import { hooks } from '../../lambdas/hooks.ts';
import { job } from '../../lambdas/http/wire/answers.ts';
import { tasks } from '../../lambdas/tasks/index.ts';
import { ROUTES } from '../../lib/routes.ts';
import { testJobs } from '../../testing/index.ts';
import { blocksOf, testsSay } from './page.ts';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const measurements = readFileSync(join(root, 'docs/performance.md'), 'utf8');

test('its test passes, and fails as it says when the task is made careless', { timeout: 60_000 }, () => {
  const code = blocksOf(readme, 'ts').filter(({ path }) => path.includes('send-invoice'));
  const careless = code.map((block) => ({ ...block, code: block.code.replace(/'idempotency-key': \S+ /, '') }));
  const [failure = ''] = blocksOf(readme, '')
    .filter(({ code }) => code.startsWith('The test passes'))
    .map(({ code }) => code);

  expect(testsSay(code)).toMatch(/Tests +1 passed/);
  const said = testsSay(careless);
  expect(said).toMatch(/Tests +1 failed/);
  for (const line of failure.trim().split('\n')) expect(said).toContain(line.trim());
});

test('the record that it shows is what becomes of the job that it enqueues, abridged', async () => {
  const { job_id, ...shown } = JSON.parse(blocksOf(readme, 'json')[0]!.code) as Record<string, unknown>;
  const [, body = ''] = /create_subtitles\/jobs -d '([^']+)'/.exec(readme) ?? [];
  const kit = testJobs({ tasks });

  const { jobId } = await kit.enqueue('create_subtitles', JSON.parse(body).input);
  await kit.drain();

  expect(kit.job(jobId)).toMatchObject(shown);
  expect(job.shape.job_id.parse(job_id)).toBe(job_id);
});

test('the routes that it names are there', () => {
  const named = [...readme.matchAll(/`(GET|POST|PATCH|DELETE) (\/[^`?]*)/g)].map(
    ([, method, path]) => `${method} ${path}`,
  );
  const routes = ROUTES.map(({ method, path }) => `${method} ${path}`);

  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((each) => !routes.includes(each))).toEqual([]);
});

test('every hook is named, here and in the table of hooks', () => {
  const page = readFileSync(join(root, 'docs/hooks.md'), 'utf8');
  for (const hook of Object.keys(hooks)) for (const text of [readme, page]) expect(text).toContain(`\`${hook}\``);
});

test('what an idle month costs is what its script prints: else run npm run bench:idle -- --write', () => {
  expect(readme).toContain(idleSentence(idleLines()));
});

test('the prices of a million jobs are those that the page of measurements has', () => {
  const [, single, batched, alone] = /cost about \$(\S+) enqueued one by one, \$(\S+) .* and \$(\S+) where/.exec(
    readme,
  )!;

  for (const [what, dollars] of [
    ['enqueued one by one, run in full batches', single],
    ['enqueued by the hundred, run in full batches', batched],
    ['enqueued one by one, each run alone', alone],
  ])
    expect(measurements).toMatch(new RegExp(`\\| ${what} +\\| +\\$${dollars} \\|`));
  expect(readme).toContain(`| $${batched} to $${alone} |`);
});

test('the price of SQS and Lambda by hand is that of the page of measurements', () => {
  const [, many, one, manyWithout, oneWithout] =
    /\| SQS and Lambda by hand .*\| \$(\S+) to \$(\S+); \$(\S+) to \$(\S+) without records \|/.exec(readme)!;

  for (const [what, single, batched] of [
    ['hand-wired', one, many],
    ['no records', oneWithout, manyWithout],
  ])
    expect(measurements).toMatch(
      new RegExp(`SQS \\+ Lambda, ${what} +\\| +\\$${single} \\| +[\\d.]+ \\| +\\$${batched} \\|`),
    );
});

test('what a task and its queue cost in metrics is what a month is reckoned with', () => {
  const [, ofTask, ofQueue] = /a task that runs\sall day adds \$(\S+) of\smetrics, its queue \$([\d.]+)\./.exec(
    readme,
  )!;

  expect(Number(ofTask) + Number(ofQueue)).toBeCloseTo(monthOf('alone', DEFAULT_WORKLOAD).metrics, 9);
});
