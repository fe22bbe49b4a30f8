import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runLogged } from '../bin/local/run-logged.mjs';
import { findPython } from '../bin/local/venv.mjs';

const ROOT = dirname(import.meta.dirname);

/** A folder under .local/ that holds what one benchmark needs, and the project does not. */
export const folderOf = (bench: string): string => join(ROOT, '.local', 'bench', bench);

/**
 * Installs npm packages for one benchmark, once, in a folder of its own: they are no dependencies of the project, but find the project's
 * as theirs, for the folder is within it.
 * @returns the URL to import a package by
 */
export async function installedPackages(
  bench: string,
  dependencies: Readonly<Record<string, string>>,
): Promise<(name: string) => string> {
  const folder = folderOf(bench);
  const manifest = join(folder, 'package.json');
  const wanted = `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`;
  await once(folder, manifest, wanted, async (log) => {
    const env = { ...process.env, npm_config_loglevel: 'error' };
    const packages = Object.entries(dependencies).map(([name, version]) => `${name}@${version}`);
    const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...packages];
    await runLogged('npm', args, { log, cwd: folder, env });
  });
  const require = createRequire(manifest);
  return (name) => pathToFileURL(require.resolve(name)).href;
}

/** The same for Python packages. @returns the Python that has them */
export async function installedPython(bench: string, requirements: readonly string[]): Promise<string> {
  const folder = folderOf(bench);
  const venv = join(folder, 'venv');
  await once(folder, join(folder, 'requirements.txt'), `${requirements.join('\n')}\n`, async (log) => {
    const run = (command: string, args: readonly string[]) =>
      runLogged(command, args, { log, cwd: folder, env: process.env });
    await run(findPython(), ['-m', 'venv', '--clear', venv]);
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input'];
    await run(join(venv, 'bin', 'python'), [...pip, ...requirements]);
  });
  return join(venv, 'bin', 'python');
}

/** What is wanted is written down when it is there, so a broken installation is made again. */
async function once(folder: string, file: string, wanted: string, install: (log: string) => Promise<void>) {
  mkdirSync(folder, { recursive: true });
  const stamp = `${file}.installed`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  writeFileSync(file, wanted);
  await install(join(folder, 'install.log'));
  writeFileSync(stamp, wanted);
}
