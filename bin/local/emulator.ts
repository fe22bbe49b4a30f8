import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalGroup } from './run-logged.mjs';
import { Complaint } from './steps.mjs';

const HEALTHY_WITHIN_MS = 30_000;
/** Saving its state takes a moment; a function that does not end is not waited for longer than this. */
const STOPPED_WITHIN_MS = 15_000;
const GONE_WITHIN_MS = 2_000;

export interface EmulatorOptions {
  /** The project's folder: its venv under `.local/` and its Node are used. */
  root: string;
  port: number;
  /** What it keeps between starts (with `persist`); the folder is made if missing. */
  stateDir: string;
  log: string;
  /** Whether queues, records and functions survive a stop. */
  persist: boolean;
  /** Whether signatures are checked, and every call against IAM policies. Default false: any credentials will do. */
  enforceIam?: boolean;
  /** Aborted: the start is broken off, and nothing of it is left. */
  signal?: AbortSignal;
}

export interface Emulator {
  /** An IP rather than a name, so that SDKs address S3 by path. */
  endpoint: string;
  port: number;
  pid: number;
  /** Resolves, with how, when the emulator has ended, whether or not `stop` was called. */
  ended: Promise<string>;
  /** Ends it and every function it started, and removes its temporary files. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts MiniStack on 127.0.0.1 in a process group of its own and waits until it answers. It ends when this process
 * does, even by SIGKILL (run_ministack.py). Throws a Complaint if it does not come up.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  options.signal?.throwIfAborted();
  // Functions are unpacked there. Outside the project, or they would find its node_modules, as they will not on AWS.
  const tempDir = mkdtempSync(join(tmpdir(), 'stint-'));
  // MiniStack's worker script is CommonJS, whatever a package.json above a TMPDIR of the user's says.
  writeFileSync(join(tempDir, 'package.json'), '{ "type": "commonjs" }');
  const child = launch(options, tempDir);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it cannot be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const emulator: Emulator = {
    endpoint: `http://127.0.0.1:${options.port}`,
    port: options.port,
    pid: child.pid ?? 0,
    ended,
    stop: () => stop(child, ended, tempDir),
  };
  try {
    await untilHealthy(emulator, options);
    return emulator;
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

/** A part of the command line of the emulator that keeps its state there: by it a recorded process id is known to be ours. */
export function markerOf(stateDir: string): string {
  return `stint-state=${stateDir}`;
}

function launch(options: EmulatorOptions, tempDir: string): ChildProcess {
  for (const dir of [options.stateDir, dirname(options.log)]) mkdirSync(dir, { recursive: true });
  const python = join(options.root, '.local', 'venv', 'bin', 'python');
  const script = join(options.root, 'bin', 'local', 'run_ministack.py');
  const log = openSync(options.log, 'w');
  try {
    return spawn(python, ['-X', markerOf(options.stateDir), script], {
      cwd: options.stateDir,
      env: environment(options, tempDir),
      detached: true,
      stdio: ['pipe', log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** Nothing of the caller's environment: what the emulator has, every function gets as well. */
function environment(
  { root, port, stateDir, persist, enforceIam }: EmulatorOptions,
  tempDir: string,
): NodeJS.ProcessEnv {
  const kept = persist ? { PERSIST_STATE: '1', S3_PERSIST: '1' } : {};
  return {
    PATH: [join(root, 'node_modules', '.bin'), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: homedir(),
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    PYTHONUNBUFFERED: '1',
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    IOT_MTLS_ENABLED: '0',
    LAMBDA_EXECUTOR: 'local',
    STATE_DIR: stateDir,
    S3_DATA_DIR: join(stateDir, 's3'),
    TMPDIR: tempDir,
    // Its own worker script calls url.parse, of which Node would warn in every function's log.
    NODE_OPTIONS: '--disable-warning=DEP0169',
    ...kept,
    ...(enforceIam && { AUTH: 'true' }),
  };
}

async function untilHealthy(emulator: Emulator, { port, log, signal }: EmulatorOptions): Promise<void> {
  let end: string | undefined;
  void emulator.ended.then((how) => {
    end = how;
  });
  const deadline = Date.now() + HEALTHY_WITHIN_MS;
  while (end === undefined && Date.now() < deadline) {
    signal?.throwIfAborted();
    if (isListening(log, port) && (await answers(emulator.endpoint))) return;
    await sleep(50);
  }
  const why = end === undefined ? `does not answer after ${HEALTHY_WITHIN_MS / 1000} s` : `ended at once (${end})`;
  throw new Complaint(`The emulator on port ${port} ${why}.`);
}

/** The health page alone could be that of another emulator, which had the port first. */
function isListening(log: string, port: number): boolean {
  return readFileSync(log, 'utf8').includes(`Running on http://127.0.0.1:${port}`);
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
    return ok;
  } catch {
    return false; // Not yet.
  }
}

async function stop(child: ChildProcess, ended: Promise<string>, tempDir: string): Promise<void> {
  if (child.pid !== undefined) {
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await ended;
    clearTimeout(impatience);
    // A busy function outlives the emulator; and on a busy machine a process that was killed is there a moment longer.
    const deadline = Date.now() + GONE_WITHIN_MS;
    while (signalGroup(child.pid, 'SIGKILL') && Date.now() < deadline) await sleep(10);
  }
  rmSync(tempDir, { recursive: true, force: true, maxRetries: 5 });
}
