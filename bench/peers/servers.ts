import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../bin/local/free-port.ts';

const UP_WITHIN_MS = 20_000;

export interface Server {
  readonly url: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** Redis on a free port of 127.0.0.1, keeping nothing. Undefined where it is not installed. */
export async function startRedis(): Promise<Server | undefined> {
  const command = find('redis-server', []);
  if (command === undefined) return undefined;
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'stint-redis-'));
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir];
  const version = /v=([\d.]+)/.exec(execFileSync(command, ['--version'], { encoding: 'utf8' }))?.[1] ?? '';
  return serve(spawn(command, args, { stdio: 'ignore' }), port, dir, `redis://127.0.0.1:${port}`, version);
}

/** PostgreSQL likewise, with the settings that initdb gives it. It refuses to run as root, so it gets another user there. */
export async function startPostgres(): Promise<Server | undefined> {
  const folders = globSync('/usr/lib/postgresql/*/bin').sort().reverse();
  const initdb = find('initdb', folders);
  const command = find('postgres', folders);
  if (initdb === undefined || command === undefined) return undefined;
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'stint-postgres-'));
  const user = process.getuid?.() === 0 ? idsOf('postgres') : {};
  if (user.uid !== undefined && user.gid !== undefined) chownSync(dir, user.uid, user.gid);
  chmodSync(dir, 0o700);
  const data = join(dir, 'data');
  const quiet = { stdio: 'ignore' as const, cwd: dir, ...user };
  execFileSync(initdb, ['-D', data, '-U', 'bench', '--auth', 'trust', '--encoding', 'UTF8'], quiet);
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', dir];
  const version = /[\d.]+/.exec(execFileSync(command, ['--version'], { encoding: 'utf8' }))?.[0] ?? '';
  const url = `postgres://bench@127.0.0.1:${port}/postgres`;
  // SIGINT is its fast stop: clients are not waited for.
  return serve(spawn(command, args, quiet), port, dir, url, version, 'SIGINT');
}

async function serve(
  child: ChildProcess,
  port: number,
  dir: string,
  url: string,
  version: string,
  end: NodeJS.Signals = 'SIGTERM',
): Promise<Server> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const orphaned = () => child.kill('SIGKILL');
  process.once('exit', orphaned);
  const stop = async () => {
    child.kill(end);
    await ended;
    process.off('exit', orphaned);
    rmSync(dir, { recursive: true, force: true });
  };
  for (const deadline = Date.now() + UP_WITHIN_MS; !(await answers(port)); await sleep(50))
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`${child.spawnfile} does not answer on port ${port}.`);
    }
  return { url, version, stop };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function find(command: string, folders: readonly string[]): string | undefined {
  return [...(process.env.PATH ?? '').split(delimiter), ...folders]
    .map((folder) => join(folder, command))
    .find((file) => existsSync(file));
}

function idsOf(name: string): { uid?: number; gid?: number } {
  const id = (what: string) => Number(spawnSync('id', [what, name], { encoding: 'utf8' }).stdout);
  const ids = { uid: id('-u'), gid: id('-g') };
  if (!(ids.uid > 0)) throw new Error(`There is no user '${name}', and PostgreSQL does not run as root.`);
  return ids;
}
