// A lock file that holds the id of the process that has it, so that one left by a dead process does not count.
// Plain JavaScript for bootstrap.mjs; its types are in folder-lock.d.mts.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Takes the lock for this process. Answers undefined when it is taken, else the id of the process that holds it.
 * `marker` is what the command line of a holder contains: a process id that another program got later does not count.
 */
export function takeLock(file, marker) {
  mkdirSync(dirname(file), { recursive: true });
  for (let isLeft = false; ; isLeft = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      if (!isLeft) return undefined;
      pause(); // Another that saw the same may just have removed ours.
      if (holderOf(file) === process.pid) return undefined;
      continue;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = holderOf(file);
    if (holder !== undefined && isRunning(holder, marker)) return holder;
    pause(); // It may be one that is being written, or taken over, in this very moment.
    if (holderOf(file) === holder) rmSync(file, { force: true });
  }
}

const PAUSE_MS = 100;

function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

/** Gives the lock back, if this process has it. */
export function releaseLock(file) {
  if (holderOf(file) === process.pid) rmSync(file, { force: true });
}

function holderOf(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined; // Released in this very moment.
  }
}

/** Whether the process lives and its command line contains `marker`. If nothing tells the command line, it counts. */
export function isRunning(pid, marker) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return commandLineOf(pid)?.includes(marker) ?? true;
}

function commandLineOf(pid) {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
}
