// Installs what is missing, then runs the script on the project's Node. Node builtins only, for Node 20 and up.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { releaseLock, takeLock } from './folder-lock.mjs';
import { installPackages, packagesAreFresh } from './node-packages.mjs';
import { Complaint, createSteps, StepFailed } from './steps.mjs';
import { findPython, makeVenv, venvIsFresh } from './venv.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const logs = join(root, '.local', 'log');
const lock = join(root, '.local', 'install.lock');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const PARENT_CHECK_MS = 200;

/** Answers the exit code of the script, or 1 if something could not be installed; 128 + its number for a signal. */
export async function prepareAndRun([script, ...args]) {
  const interruption = new AbortController();
  watchNpm();
  const listeners = SIGNALS.map((name) => [name, () => interruption.abort(name)]);
  for (const [name, listener] of listeners) process.on(name, listener);
  try {
    if (script === undefined) throw new Complaint('Usage: node bin/bootstrap.mjs SCRIPT args…');
    if (process.platform === 'win32') throw new Complaint('On Windows, run Stint in WSL: its local cloud needs POSIX.');
    await prepare(interruption.signal);
  } catch (error) {
    if (error instanceof Complaint) console.error(error.message);
    else if (!interruption.signal.aborted && !(error instanceof StepFailed)) throw error;
    return interruption.signal.aborted ? 128 + constants.signals[interruption.signal.reason] : 1;
  }
  // Before these listeners go, those of the script's run are there: a signal in between would end us alone.
  const ended = run(script, args);
  for (const [name, listener] of listeners) process.off(name, listener);
  return ended;
}

/**
 * npm passes a signal to the shell that it runs scripts in, and the shell ends without passing it on. So when the
 * parent is another than at the start, that counts as SIGTERM. Only under npm: elsewhere a parent may well go first.
 */
function watchNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS);
  watch.unref();
}

async function prepare(signal) {
  const isReady = () => packagesAreFresh(root) && venvIsFresh(root);
  if (isReady()) return;
  const python = venvIsFresh(root) ? undefined : findPython(); // First: without Python, the rest would be in vain.
  const steps = createSteps({ cwd: root });
  await waitForLock(steps, signal);
  try {
    if (!packagesAreFresh(root)) {
      const log = join(logs, 'npm-ci.log');
      const hint = 'It needs the npm registry: check the network and the proxy, then try again.';
      await steps.run('packages (npm ci)', () => installPackages(root, { log, signal }), { log, hint, signal });
    }
    if (!venvIsFresh(root)) {
      const log = join(logs, 'venv.log');
      const hint = 'It needs PyPI: check the network and the proxy, then try again.';
      const make = () => makeVenv(root, python ?? findPython(), { log, signal });
      await steps.run('emulator (pip install, into .local/venv)', make, { log, hint, signal });
    }
  } finally {
    releaseLock(lock);
  }
}

/** `npm start` and `npm test` in one fresh clone: the second waits for the first to have installed everything. */
async function waitForLock(steps, signal) {
  for (let told = false; ; told = true) {
    const holder = takeLock(lock, 'bootstrap.mjs');
    if (holder === undefined) return;
    if (!told) steps.line(`  … waiting for process ${holder}, which is installing`);
    await sleep(200, undefined, { signal });
  }
}

/**
 * The script as a child, for Node cannot replace its own process: signals are passed on and its end is ours. It gets
 * a channel, which closes when we are killed: by that it knows that nobody waits for it any more.
 */
function run(script, args) {
  const bin = join(root, 'node_modules', '.bin');
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
  const child = spawn(join(bin, 'node'), [script, ...args], {
    cwd: root,
    env,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const name of SIGNALS) process.on(name, () => child.kill(name));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, by) => resolve(by === null ? code : 128 + constants.signals[by]));
  });
}
