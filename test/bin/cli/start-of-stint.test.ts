import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { tempDir } from '../temp-dir.ts';
import { ROOT } from './stint.ts';

const STINT = join(ROOT, 'bin/stint');
const SYSTEM = '/usr/bin:/bin';

/** A stand-in for Node that says its name, its process id and what it was given, a line each, and ends with 7. */
function nodeNamed(name: string, file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\nprintf '%s\\n' ${name} $$ "$@"\nexit 7\n`, { mode: 0o755 });
  return file;
}

/** An app with the package in its node_modules, the command linked as npm links it, and another Node on the PATH. */
function app() {
  const folder = join(tempDir(), 'an app');
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  mkdirSync(join(modules, 'stint/bin'), { recursive: true });
  cpSync(STINT, join(modules, 'stint/bin/stint'));
  symlinkSync('../stint/bin/stint', join(modules, '.bin/stint'));
  const onPath = join(folder, 'on-path');
  nodeNamed('on-path', join(onPath, 'node'));
  const run = (command: string, args: readonly string[] = [], cwd = folder) => {
    const env = { PATH: `${onPath}:${SYSTEM}`, CDPATH: '/' };
    const { pid, status, stdout, stderr } = spawnSync(command, [...args], { cwd, env, encoding: 'utf8' });
    expect(stderr).toBe('');
    const [node, ownPid, ...given] = stdout.trimEnd().split('\n');
    // One process: a signal that is sent to the command reaches Node.
    expect({ status, ownPid }).toEqual({ status: 7, ownPid: String(pid) });
    return [node, ...given];
  };
  return { folder, modules, run, script: join(modules, 'stint/bin/stint.mjs') };
}

describe('bin/stint', () => {
  it('is the command of the package', () => {
    expect(packageJson.bin.stint).toBe('bin/stint');
  });

  it('starts the Node that was installed with the package, from wherever it is called', () => {
    const { folder, modules, run, script } = app();
    nodeNamed('own', join(modules, '.bin/node'));

    for (const [command, args, cwd] of [
      [join(modules, '.bin/stint'), [], '/'],
      [join(modules, 'stint/bin/stint'), [], '/'],
      ['node_modules/.bin/stint', [], folder],
      ['./stint', [], join(modules, '.bin')],
      ['sh', ['stint'], join(modules, 'stint/bin')],
    ] as const)
      expect(run(command, args, cwd), command).toEqual(['own', script]);
  });

  it('prefers the Node nearest to the package', () => {
    const { modules, run } = app();
    nodeNamed('of-the-app', join(modules, '.bin/node'));
    nodeNamed('of-the-package', join(modules, 'stint/node_modules/.bin/node'));
    expect(run(join(modules, '.bin/stint'))[0]).toBe('of-the-package');
  });

  it('takes the one on the PATH where none was installed', () => {
    const { modules, run, script } = app();
    expect(run(join(modules, '.bin/stint'))).toEqual(['on-path', script]);
  });

  it('hands its arguments on as they are, and the exit code back', () => {
    const { modules, run, script } = app();
    const args = ['enqueue', '', 'two words', '$HOME', '*', '--input', '{"a": "\'"}'];
    expect(run(join(modules, '.bin/stint'), args)).toEqual(['on-path', script, ...args]);
  });

  it('runs on the project’s own Node whatever the PATH has, through a link to it', () => {
    const folder = tempDir();
    nodeNamed('wrong', join(folder, 'node'));
    symlinkSync(STINT, join(folder, 'stint'));
    symlinkSync('stint', join(folder, 'linked-again'));
    const env = { PATH: `${folder}:${SYSTEM}` };
    expect(execFileSync('linked-again', ['--version'], { env, encoding: 'utf8' })).toBe(`${packageJson.version}\n`);
  });
});

test('a Node that reads no TypeScript is told to be too old', () => {
  const { modules } = app();
  cpSync(join(ROOT, 'bin/stint.mjs'), join(modules, 'stint/bin/stint.mjs'));
  mkdirSync(join(modules, 'stint/node_modules/commander'), { recursive: true });
  const args = ['--no-strip-types', join(modules, 'stint/bin/stint.mjs'), 'tasks'];
  expect(() => execFileSync(process.execPath, args, { stdio: 'pipe' })).toThrow(/too old for stint.*npm ci/);
});

test('without the packages it says how to get them', () => {
  const { modules, script } = app();
  cpSync(join(ROOT, 'bin/stint.mjs'), script);
  nodeNamed('unused', join(modules, 'unused'));
  expect(() => execFileSync(process.execPath, [script, 'tasks'], { stdio: 'pipe' })).toThrow(/npm start, or npm ci/);
});
