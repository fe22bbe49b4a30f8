import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of one attempt: made when it is first asked for, gone when the attempt is over. */
export interface TempDir {
  /** The same at each call. @throws Error once the attempt is over, for nobody would remove it */
  path(): string;
  /** Removes it with all that is in it, if it was made. */
  remove(): void;
}

const parent = () => join(tmpdir(), 'stint-attempts');
/** The folders of this process: by it what is left over is told from what is in use. */
const ofProcess = () => join(parent(), String(process.pid));

/** @param name seen in the path by whoever looks for what fills the disk */
export function tempDir(name: string): TempDir {
  let path: string | undefined;
  let over = false;
  return {
    path() {
      if (over) throw new Error('The attempt is over: its temporary folder is gone.');
      path ??= make(name);
      return path;
    },
    remove() {
      over = true;
      if (path !== undefined) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Only its owner may look into it: `mkdtemp` makes folders of mode 700. */
function make(name: string): string {
  mkdirSync(ofProcess(), { recursive: true, mode: 0o700 });
  return mkdtempSync(join(ofProcess(), `${name.replace(/[^\w-]/g, '_')}-`));
}

/**
 * Removes what attempts of processes that are gone have left behind. Called when a function starts: after a crash or a timeout Lambda
 * starts it anew in the same sandbox, whose `/tmp` is as it was.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export function removeLeftOver(): void {
  if (!existsSync(parent())) return;
  for (const pid of readdirSync(parent()))
    if (Number(pid) === process.pid || !isAlive(Number(pid)))
      rmSync(join(parent(), pid), { recursive: true, force: true, maxRetries: 3 });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // there, but another user's
  }
}
