import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runLogged } from '../bin/local/run-logged.mjs';
import { findPython } from '../bin/local/venv.mjs';

const ROOT = dirname(import.meta.dirname);

const LOADER = 'load.mjs';

/** A folder under .local/ that holds what one benchmark needs, and the project does not. */
const folderOf = (bench: string): string => join(ROOT, '.local', 'bench', bench);

/**
 * Installs npm packages for one benchmark, once, in a folder of its own: they are no dependencies of the project, but find the project's
 * as theirs, for the folder is within it.
 * @returns the folder, for `loadFrom`
 */
export async function installedPackages(bench: string, packages: readonly string[]): Promise<string> {
  const folder = folderOf(bench);
  await once(folder, 'packages', packages, async (log) => {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    writeFileSync(join(folder, LOADER), 'export const load = (name) => import(name);\n');
    const env = { ...process.env, npm_config_loglevel: 'error' };
    const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...packages];
    await runLogged('npm', args, { log, cwd: folder, env });
  });
  return folder;
}

/** Imports a package as a module in that folder would. */
export async function loadFrom(folder: string, name: string): Promise<unknown> {
  const loader = (await import(pathToFileURL(join(folder, LOADER)).href)) as { load(name: string): Promise<unknown> };
  return loader.load(name);
}

/** The same for Python packages. @returns the Python that has them */
export async function installedPython(bench: string, requirements: readonly string[]): Promise<string> {
  const folder = folderOf(bench);
  const venv = join(folder, 'venv');
  await once(folder, 'requirements', requirements, async (log) => {
    const run = (command: string, args: readonly string[]) =>
      runLogged(command, args, { log, cwd: folder, env: process.env });
    await run(findPython(), ['-m', 'venv', '--clear', venv]);
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input'];
    await run(join(venv, 'bin', 'python'), [...pip, ...requirements]);
  });
  return join(venv, 'bin', 'python');
}

/** What is wanted is written down once it is there, so an installation that broke off is made again. */
async function once(
  folder: string,
  kind: string,
  wanted: readonly string[],
  install: (log: string) => Promise<void>,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const stamp = join(folder, `${kind}.installed`);
  const text = wanted.join('\n');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return;
  await install(join(folder, `${kind}.log`));
  writeFileSync(stamp, text);
}
