import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { BackgroundJobsStack, type BackgroundJobsStackProps } from '../../lib/background-jobs-stack.ts';
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
