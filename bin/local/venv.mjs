// The emulator's Python: finding one, and its virtual environment under .local/. Node builtins only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runLogged } from './run-logged.mjs';
import { Complaint } from './steps.mjs';

const OLDEST = [3, 10];
/** What a Python must be able to do. Debian keeps ensurepip in a package of its own (python3-venv). */
const PROBE = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';

const requirementsOf = (root) => join(root, 'bin', 'local', 'requirements.txt');
const venvOf = (root) => join(root, '.local', 'venv');
const stampOf = (root) => join(venvOf(root), '.stint');
const fingerprint = (root) =>
  createHash('sha256')
    .update(readFileSync(requirementsOf(root)))
    .digest('hex');

/** Whether the venv is there, whole, and made from these requirements. */
export function venvIsFresh(root) {
  try {
    return existsSync(join(venvOf(root), 'bin', 'python')) && readFileSync(stampOf(root), 'utf8') === fingerprint(root);
  } catch {
    return false; // No stamp: it was never finished.
  }
}

/** The first Python that will do. Throws a Complaint that names what was found and what to install. */
export function findPython({ env = process.env, home = homedir() } = {}) {
  const rejected = [];
  for (const python of env.STINT_PYTHON ? [env.STINT_PYTHON] : candidates(home)) {
    const verdict = probe(python, env);
    if (verdict === 'fit') return python;
    if (verdict !== 'is not there' || env.STINT_PYTHON) rejected.push(`${python} ${verdict}`);
  }
  const found = rejected.length === 0 ? 'none was found' : rejected.join(', ');
  throw new Complaint(
    `Stint's local cloud needs Python 3.10 or newer with venv: ${found}. ` +
      'Install one (Debian, Ubuntu: apt install python3-venv; macOS: brew install python), or name one: STINT_PYTHON=/path/to/python3',
  );
}

function candidates(home) {
  const named = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  return [...named, ...pyenvPythons(join(home, '.pyenv', 'versions'))];
}

/** A pyenv without a global version answers on PATH only with an error, while its Pythons stand ready. */
function pyenvPythons(versions) {
  if (!existsSync(versions)) return [];
  return readdirSync(versions)
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((version) => join(versions, version, 'bin', 'python3'))
    .filter((python) => existsSync(python));
}

function probe(python, env) {
  const { error, status, stdout, stderr } = spawnSync(python, ['-c', PROBE], {
    env,
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (error !== undefined) return 'is not there';
  if (status !== 0) {
    if (/No module named/.test(stderr)) return 'has no venv';
    return stderr.includes('command not found') ? 'is not there' : 'does not run';
  }
  const [major, minor] = stdout.trim().split('.').map(Number);
  const fits = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return fits ? 'fit' : `is ${stdout.trim()}`;
}

/** Makes the venv anew and installs the requirements. The stamp comes last, so a half-made one is made again. */
export async function makeVenv(root, python, { log, signal }) {
  rmSync(venvOf(root), { recursive: true, force: true });
  const run = (command, args) => runLogged(command, args, { log, cwd: root, env: process.env, signal });
  await run(python, ['-m', 'venv', venvOf(root)]);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '-r', requirementsOf(root)];
  await run(join(venvOf(root), 'bin', 'python'), pip);
  writeFileSync(stampOf(root), fingerprint(root));
}
