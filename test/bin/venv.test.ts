import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { findPython, makeVenv, venvIsFresh } from '../../bin/local/venv.mjs';
import { tempDir } from './temp-dir.ts';

/** A command that answers every call as told. */
function fakePython(path: string, script: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('the Python that STINT_PYTHON names is taken', () => {
  const python = fakePython(join(tempDir(), 'python'), 'echo 3.12');

  expect(findPython({ env: { STINT_PYTHON: python } })).toBe(python);
});

test.each([
  ['too old', 'echo 3.9', 'is 3.9'],
  ['without venv', 'echo "ModuleNotFoundError: No module named \'ensurepip\'" >&2; exit 1', 'has no venv'],
  ['broken', 'exit 127', 'does not run'],
])('a Python that is %s is refused, with what was found and what to do', (_, script, found) => {
  const python = fakePython(join(tempDir(), 'python'), script);

  expect(() => findPython({ env: { STINT_PYTHON: python } })).toThrow(
    `Stint's local cloud needs Python 3.10 or newer with venv: ${python} ${found}. Install one`,
  );
});

test('a Python that is not there is told by its name if it was asked for', () => {
  expect(() => findPython({ env: { STINT_PYTHON: '/nowhere/python3' } })).toThrow(
    'venv: /nowhere/python3 is not there. Install one',
  );
});

test('without any on PATH, the newest of pyenv that will do is taken', () => {
  const home = tempDir();
  const pyenv = (version: string) => join(home, '.pyenv', 'versions', version, 'bin', 'python3');
  fakePython(pyenv('3.9.18'), 'echo 3.9');
  fakePython(pyenv('3.10.13'), 'echo 3.10');
  fakePython(pyenv('3.6.15'), 'echo 3.6');

  expect(findPython({ env: { PATH: '/nowhere' }, home })).toBe(pyenv('3.10.13'));
});

test('a venv is fresh when it was finished, and for these requirements', async () => {
  const root = tempDir();
  const requirements = join(root, 'bin', 'local', 'requirements.txt');
  mkdirSync(dirname(requirements), { recursive: true });
  writeFileSync(requirements, 'ministack==1.5.33\n');
  const venvPython = join(root, '.local', 'venv', 'bin', 'python');
  const makesOne = `mkdir -p "${dirname(venvPython)}"; printf '#!/bin/sh\\n' > "${venvPython}"; chmod +x "${venvPython}"`;
  const python = fakePython(join(root, 'python'), makesOne);

  expect(venvIsFresh(root)).toBe(false);
  fakePython(venvPython, '');
  expect(venvIsFresh(root), 'a half-made one').toBe(false);
  await makeVenv(root, python, { log: join(root, 'log') });
  expect(venvIsFresh(root)).toBe(true);
  writeFileSync(requirements, 'ministack==1.6.0\n');
  expect(venvIsFresh(root), 'one for other requirements').toBe(false);
});
