import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { bundleFunctions } from '../../bin/local/bundles.ts';
import { BackgroundJobsStack } from '../../lib/background-jobs-stack.ts';
import { ENTRIES, newApp, QUEUES } from './synth.ts';

/** What `cdk synth` makes of the stack. */
let directory: string;
/** The code of each function, one file a folder, as it is uploaded. */
let bundles: string[];

beforeAll(() => {
  const app = newApp({ whole: true });
  new BackgroundJobsStack(app, 'Test', { queues: QUEUES, entries: ENTRIES });
  directory = app.synth().directory;
  bundles = readdirSync(directory)
    .filter((name) => name.startsWith('asset.'))
    .map((name) => join(directory, name));
}, 60_000);

test('CloudFormation’s own schemas and rules find nothing to say about the template', async () => {
  const report = JSON.parse(await readFile(join(directory, 'validation-report.json'), 'utf8'));
  expect(report.pluginReports).toEqual([]);
});

test('each entry point is bundled once, however many queues there are', () => {
  expect(bundles).toHaveLength(4);
});

test('the local cloud bundles the same, byte for byte', async () => {
  const swapped = await bundleFunctions(dirname(ENTRIES), ENTRIES);

  const deployed = await Promise.all(bundles.map((bundle) => readFile(join(bundle, 'index.mjs'), 'utf8')));
  expect([...swapped.values()].map(({ code }) => Buffer.from(code).toString()).sort()).toEqual(deployed.sort());
});

test('a bundle is one minified ES module, without source map', async () => {
  for (const bundle of bundles) {
    expect(readdirSync(bundle)).toEqual(['index.mjs']);
    const code = await readFile(join(bundle, 'index.mjs'), 'utf8');
    expect(code).not.toContain('sourceMappingURL');
    expect(code.split('\n').length).toBeLessThan(100);
  }
});

test('a bundle runs where nothing is installed: it holds the SDK, and `require` for what is CommonJS', async () => {
  const answers = await Promise.all(
    bundles.map(async (bundle) => {
      const { handler } = await import(join(bundle, 'index.mjs'));
      expect(handler.length).toBeLessThan(3);
      return handler('event', {});
    }),
  );
  expect(Object.assign({}, ...answers)).toEqual({
    api: 'event',
    worker: 'event',
    bury: 'event',
    sweep: 'event',
    sdk: 'SQS',
  });
  for (const bundle of bundles) {
    const code = await readFile(join(bundle, 'index.mjs'), 'utf8');
    expect(code).toMatch(/^import \{ createRequire/);
    expect(code).not.toMatch(/from\s*"@(aws-sdk|smithy)/);
  }
});
