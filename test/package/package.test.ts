/** The npm package, as an app that is not a clone of Stint has it: packed, unpacked into its node_modules, with the examples as the app. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageManifest } from '../../bin/package-manifest.ts';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '../..');
const SLOW = 300_000;
/** What an app has beside the package, its peers and what it is developed with. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    noEmit: true,
  },
  include: ['events', 'direct', 'app.ts'],
};

let dir: string;
let app: string;

/** Runs a program in the app's folder. @returns what it wrote, to standard output and standard error */
async function run(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = app,
): Promise<string> {
  const options = {
    cwd,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...env },
    maxBuffer: 64 * 1024 * 1024,
  };
  const { stdout, stderr } = await promisify(execFile)(file, [...args], options).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}`);
  });
  return stdout + stderr;
}

const tool = (path: string, ...args: string[]) => run(process.execPath, [join('node_modules', path), ...args]);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'stint-package-'));
  app = join(dir, 'app');
  const built = join(dir, 'built');
  await run(process.execPath, ['bin/build-package.ts', built], {}, ROOT);
  await run('npm', ['pack', '--pack-destination', dir], {}, built);
  mkdirSync(join(app, 'node_modules', 'stint'), { recursive: true });
  await run(
    'tar',
    ['-xzf', `stint-${packageJson.version}.tgz`, '--strip-components=1', '-C', join(app, 'node_modules/stint')],
    {},
    dir,
  );
  const modules = join(ROOT, 'node_modules');
  mkdirSync(join(app, 'node_modules', '.bin'));
  for (const name of readdirSync(modules).filter((each) => each !== '.bin'))
    symlinkSync(join(modules, name), join(app, 'node_modules', name));
  for (const name of readdirSync(join(modules, '.bin')))
    symlinkSync(join(modules, '.bin', name), join(app, 'node_modules/.bin', name));
  symlinkSync('../stint/bin/stint.js', join(app, 'node_modules/.bin/stint')); // as npm does for its `bin`
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'shop', type: 'module' }));
  writeFileSync(join(app, 'package-lock.json'), '{}');
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const example of ['events', 'direct'])
    cpSync(join(ROOT, 'examples', example), join(app, example), { recursive: true });
}, SLOW);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const APP = `
import { BackgroundJobs, BackgroundJobsStack } from 'stint/cdk';
import { createClient } from 'stint/client';
import { sigV4 } from 'stint/client/sigv4';
import { defineHooks } from 'stint';
import type { tasks } from './events/jobs/tasks/index.ts';

declare module 'stint' {
  interface State {
    db: Map<string, number>;
  }
}
export const hooks = defineHooks({
  startup: ({ state }) => {
    state.db = new Map([['orders', 1]]);
  },
});
export const stint = createClient<typeof tasks>({ url: 'https://jobs.example.org', auth: sigV4() });
export const accepted: Promise<string> = stint
  .enqueue('check_upload', { bucket: 'b', key: 'k', size: 1 })
  .then((job) => job.result())
  .then((result) => result.accepted);
// @ts-expect-error no such field
stint.enqueue('check_upload', { bucket: 'b', key: 'k', bytes: 1 });
// @ts-expect-error no such prop
export const make = (stack: BackgroundJobsStack) => new BackgroundJobs(stack, 'Jobs', { folders: 'jobs' });
`;

test('an app type-checks against it: its tasks, its hooks, the client, the construct', { timeout: SLOW }, async () => {
  writeFileSync(join(app, 'app.ts'), APP);

  expect(await tool('typescript/bin/tsc', '--project', '.')).toBe('');
});

test('an app’s own tests run with its test kit', { timeout: SLOW }, async () => {
  expect(await tool('vitest/vitest.mjs', 'run')).toMatch(/Tests +2 passed/);
});

test.each(['events', 'direct'])(
  'the app %s synthesises, with its own tasks in its functions',
  { timeout: SLOW },
  async (example) => {
    const out = join(dir, `${example}.out`);

    await run(process.execPath, [join(example, 'app.ts')], { CDK_OUTDIR: out, CDK_CONTEXT_JSON: '{}' });

    const task = { events: 'check_upload', direct: 'send_welcome' }[example]!;
    const bundles = readdirSync(out)
      .filter((name) => name.startsWith('asset.'))
      .map((name) => join(out, name))
      .map((asset) => readFileSync(join(asset, readdirSync(asset)[0]!), 'utf8'));
    expect(bundles).toHaveLength(example === 'direct' ? 5 : 4);
    for (const code of bundles) {
      expect(code).toContain(task);
      expect(code).not.toContain('Turns a transcript'); // the task of ours that ships
      expect(code).not.toMatch(/from\s*"(stint|#)/);
    }
  },
);

test('npx stint tells how it is used, and writes a task into the app that its own test passes', {
  timeout: SLOW,
}, async () => {
  const stint = (...args: string[]) => tool('stint/bin/stint.js', ...args);

  const path = [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  expect(await run('npx', ['--no-install', 'stint', '--help'], { PATH: path })).toMatch(/^Usage: stint/m);
  expect(await stint('--version')).toContain(packageJson.version);
  expect(await stint('cost')).toContain('$');
  const written = await stint('new-task', 'send_invoice');
  await stint('new-task', 'send-reminder', '--folder', 'events/jobs');

  expect(written).toContain('jobs/tasks/send-invoice.ts\ntest/jobs/send-invoice.test.ts\njobs/tasks/index.ts\n');
  expect(readFileSync(join(app, 'jobs/tasks/index.ts'), 'utf8')).toBe(
    "import { sendInvoice } from './send-invoice.ts';\n\nexport const tasks = [sendInvoice] as const;\n",
  );
  expect(readFileSync(join(app, 'events/jobs/tasks/index.ts'), 'utf8')).toContain(
    '[checkUpload, sendReceipt, sendReminder]',
  );
  expect(await tool('vitest/vitest.mjs', 'run', 'test/jobs')).toMatch(/Tests +6 passed/);
  expect(await tool('typescript/bin/tsc', '--project', '.')).toBe('');
});

test('it has what it runs on, and nothing of the project’s own tests, pages and examples', () => {
  const files = readdirSync(join(app, 'node_modules/stint'), { recursive: true }) as string[];

  expect(files).toContain('lambdas/worker.js');
  for (const file of ['index.html', 'style.css', 'app.js']) expect(files).toContain(`bin/ui/page/${file}`);
  expect(
    files.filter((file) => /^(test|docs|examples)\//.test(file) || (/\.ts$/.test(file) && !file.endsWith('.d.ts'))),
  ).toEqual([]);
});

test('its package.json names compiled files that are there, and every package that they import', () => {
  const folder = join(app, 'node_modules/stint');
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder, { recursive: true }) as string[];

  for (const file of [
    ...Object.values(manifest.exports),
    ...Object.values(manifest.imports),
    ...Object.values(manifest.bin),
  ] as string[])
    expect(files, file).toContain(file.replace('./', ''));
  const imported = files
    .filter((file) => /\.m?js$/.test(file))
    .flatMap((file) => [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/^(?:import|export) [^'"]*?from ['"]([^.'"#][^'"]*)['"]/gm),
    ])
    .map(([, name = '']) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? '')
    .filter((name) => !name.startsWith('node:'));
  const named = { ...manifest.dependencies, ...manifest.peerDependencies };
  expect([...new Set(imported)].filter((name) => !Object.hasOwn(named, name))).toEqual([]);
  expect(packageManifest(packageJson)).toEqual(manifest);
});
