import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { makeTempDir } from '../bin/temp-dir.ts';

const root = join(import.meta.dirname, '../..');

/** What cdk-nag finds in an app that is run as it is: `construct: rule`, in order. */
async function findingsIn(app: string): Promise<readonly string[]> {
  const { dir, remove } = makeTempDir();
  try {
    const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
    const CDK_CONTEXT_JSON = JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [] });
    const env = { ...process.env, CDK_OUTDIR: dir, CDK_CONTEXT_JSON, NO_COLOR: '1' };
    const args = ['--import', './test/lib/nag-preload.ts', app];
    const said = await promisify(execFile)(process.execPath, args, { cwd: root, env }).catch((error) => error);
    const text = `${said.stdout}${said.stderr}`;
    return [...text.matchAll(/^ {3}(\S+) aws-cdk-lib\.\S+\n {3}Acknowledge with '\w+::([\w-]+)/gm)]
      .map(([, construct, rule]) => `${construct}: ${rule}`)
      .toSorted();
  } finally {
    remove();
  }
}

test('the app that ships has no finding', { timeout: 120_000 }, async () => {
  expect(await findingsIn('bin/app.ts')).toEqual([]);
});

// Of an example the findings are on what it has beside the jobs, and stand there to be seen: to mend them would hide what it shows.
test.each([
  [
    'examples/direct/app.ts', // a function as short as can be: with CDK's role, and without limits or a dead-letter target
    [
      'shop-direct/SignUp/Resource: Serverless-LambdaDLQ',
      'shop-direct/SignUp/Resource: Serverless-LambdaDefaultMemorySize',
      'shop-direct/SignUp/Resource: Serverless-LambdaDefaultTimeout',
      'shop-direct/SignUp/Resource: Serverless-LambdaTracing',
      'shop-direct/SignUp/ServiceRole/Resource: AwsSolutions-IAM4',
    ],
  ],
  [
    'examples/events/app.ts', // a bucket to try with, and rules whose events may be lost after a day of tries
    [
      'shop-events/Ordered/Resource: Serverless-EventBusDLQ',
      'shop-events/Uploaded/Resource: Serverless-EventBusDLQ',
      'shop-events/Uploads: AwsSolutions-S1',
      'shop-events/Uploads: AwsSolutions-S10',
    ],
  ],
])('in %s nothing is found in the jobs, and beside them what is known', { timeout: 120_000 }, async (app, known) => {
  const found = await findingsIn(app);
  expect(found.filter((each) => each.includes('/Jobs/'))).toEqual([]);
  expect(found).toEqual(known);
});
