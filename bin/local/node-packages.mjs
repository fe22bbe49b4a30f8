// node_modules: whether it is what package-lock.json says, and its installation. Node builtins only.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runLogged } from './run-logged.mjs';

/**
 * Whether node_modules holds what package-lock.json names. npm writes node_modules/.package-lock.json at the end of
 * an installation, so one that was broken off, or done by hand for another lock file, is told by it.
 */
export function packagesAreFresh(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const found = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || found === undefined) return false;
  if (!existsSync(join(root, 'node_modules', '.bin', 'node'))) return false;
  const isThere = ([path, { version, optional }]) =>
    path === '' || (found[path] === undefined ? optional === true : found[path].version === version);
  return Object.entries(wanted).every(isThere) && Object.keys(found).every((path) => path in wanted);
}

function readPackages(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined; // Missing or half-written: not fresh, and npm ci will tell what is wrong with it.
  }
}

/**
 * `npm ci`, with the npm that runs us if there is one. All of it, whatever NODE_ENV or a user's npmrc leave out: the
 * compiler and esbuild are development dependencies, and their binaries optional ones.
 */
export function installPackages(root, { log, signal }) {
  const npm = process.env.npm_execpath;
  const isNpm = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  const [command, args] = isNpm ? [process.execPath, [npm]] : ['npm', []];
  const env = { ...process.env, npm_config_loglevel: 'error' }; // `npm --silent test` would leave the log empty.
  return runLogged(command, [...args, 'ci', '--include=dev', '--include=optional'], { log, cwd: root, env, signal });
}
