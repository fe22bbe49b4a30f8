import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { expect, onTestFinished, test, vi } from 'vitest';
import { BackgroundJobsStack, type BackgroundJobsStackProps } from '../../lib/background-jobs-stack.ts';
import { checkMachine } from '../../lib/node-modules.ts';
import { tempDir } from '../bin/temp-dir.ts';
import { ENTRIES, newApp, QUEUES, synth } from './synth.ts';

/** An `npm` that installs nothing but an empty module for each that it is asked for, and notes for which machine. */
function fakeNpm(): void {
  const dir = tempDir();
  const script = `#!${process.execPath}
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
for (const name of Object.keys(dependencies)) mkdirSync('node_modules/' + name, { recursive: true });
const { npm_config_os: os, npm_config_cpu: cpu, npm_config_libc: libc } = process.env;
writeFileSync('node_modules/installed.json', JSON.stringify({ command: process.argv[2], dependencies, os, cpu, libc }));
`;
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'npm'), script);
  chmodSync(join(dir, 'npm'), 0o755);
  vi.stubEnv('PATH', `${dir}${delimiter}${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

/** What was installed beside the code of each function. */
function installedBy(props: Partial<BackgroundJobsStackProps>): Record<string, unknown>[] {
  fakeNpm();
  const app = newApp({ whole: true });
  new BackgroundJobsStack(app, 'Test', { queues: QUEUES, entries: ENTRIES, nodeModules: ['croner'], ...props });
  const { directory } = app.synth();
  return readdirSync(directory)
    .filter((name) => name.startsWith('asset.'))
    .map((name) => JSON.parse(readFileSync(join(directory, name, 'node_modules/installed.json'), 'utf8')));
}

test.each([
  ['arm64', 'arm64'],
  ['x86_64', 'x64'],
] as const)(
  'packages are installed for each function, all of which hold the tasks, as Linux on %s needs them',
  { timeout: 120_000 },
  (architecture, cpu) => {
    const all = installedBy({ architecture });
    expect(all).toHaveLength(4);
    for (const installed of all)
      expect(installed).toEqual({
        command: 'ci',
        dependencies: { croner: expect.any(String) },
        os: 'linux',
        cpu,
        libc: 'glibc',
      });
  },
);

test('for an emulator they are installed as this machine needs them, and the stack says so', {
  timeout: 120_000,
}, () => {
  const local = { local: true, auth: 'none' } as const;
  for (const installed of installedBy(local)) expect(Object.keys(installed)).toEqual(['command', 'dependencies']);
  expect(synth({ ...local, nodeModules: ['croner'] }).findOutputs('NodeModules').NodeModules?.Value).toBe('croner');
  for (const props of [local, { nodeModules: ['croner'] }]) expect(synth(props).findOutputs('NodeModules')).toEqual({});
});

test('they have the versions of the app, whose package.json is not that of the entry points', {
  timeout: 120_000,
}, () => {
  const app = tempDir();
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(app, file)), { recursive: true });
    writeFileSync(join(app, file), text);
  };
  write('package.json', JSON.stringify({ dependencies: { 'compiled-images': '^1.2.3' } }));
  write('package-lock.json', '{}');
  write('jobs/tasks.ts', "import { resize } from 'compiled-images'; export const tasks = [resize];");
  const entries = join(app, 'node_modules/stint/lambdas');
  write('node_modules/stint/package.json', '{}');
  for (const entry of ['api', 'worker', 'bury', 'sweep'])
    write(
      `node_modules/stint/lambdas/${entry}.js`,
      `import { tasks } from '#tasks'; export const handler = () => ['${entry}', tasks];`,
    );

  symlinkSync(join(import.meta.dirname, '../../node_modules/.bin'), join(app, 'node_modules/.bin')); // esbuild is the app's own

  const all = installedBy({ folder: join(app, 'jobs'), entries, nodeModules: ['compiled-images'] });

  expect(all.map(({ dependencies }) => dependencies)).toEqual(Array(4).fill({ 'compiled-images': '^1.2.3' }));
});

test('where pnpm, yarn or bun would install them for another machine than Lambda’s, the app is warned', () => {
  const entries = tempDir();
  const warnings = (architecture: 'arm64' | 'x86_64') => {
    const stack = new Stack(newApp(), 'Test');
    checkMachine(stack, { entries, architecture });
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('nodeModules'));
  };
  const [own, other] = process.arch === 'x64' ? (['x86_64', 'arm64'] as const) : (['arm64', 'x86_64'] as const);

  writeFileSync(join(entries, 'pnpm-lock.yaml'), '');
  expect(warnings(other)).toHaveLength(1);
  expect(warnings(own)).toHaveLength(process.platform === 'linux' ? 0 : 1);
  writeFileSync(join(entries, 'package-lock.json'), '{}');
  expect(warnings(other)).toEqual([]);
});
