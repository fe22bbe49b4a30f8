// One command, its output in a log, none of its processes left behind. Plain JavaScript for the same reason as
// steps.mjs; its types are in run-logged.d.mts.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { Complaint } from './steps.mjs';

const GRACE_MS = 5_000;

/** Sends a signal to a process group; a group that has ended is no error (macOS says EPERM while it is a zombie). */
export function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
    return false;
  }
}

/**
 * Runs a command in a process group of its own, with stdout and stderr in `log`, and waits for its end. Then the
 * group is killed, so what the command left in the background ends with it. When `signal` is aborted the group gets
 * SIGTERM, and after five seconds SIGKILL.
 *
 * Throws a Complaint if the command cannot be started or does not end with 0, and the signal's reason if aborted.
 */
export async function runLogged(command, args, { log, cwd, env, signal }) {
  signal?.throwIfAborted();
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  let impatience;
  const stop = () => {
    if (child.pid === undefined) return;
    signalGroup(child.pid, 'SIGTERM');
    impatience = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS);
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const ended = await new Promise((resolve, reject) => {
      child.once('error', (cause) =>
        reject(new Complaint(`${command} cannot be started: ${cause.message}`, { cause })),
      );
      child.once('exit', (code, by) => resolve(by === null ? `exit code ${code}` : `signal ${by}`));
    });
    signal?.throwIfAborted();
    if (ended !== 'exit code 0') throw new Complaint(`${[command, ...args].join(' ')} ended with ${ended}.`);
  } finally {
    signal?.removeEventListener('abort', stop);
    clearTimeout(impatience);
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  }
}
