import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export const ROOT = join(import.meta.dirname, '../../..');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Settings {
  /** The API; none: STINT_URL is not set. */
  readonly url?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** The project whose command line it is. */
  readonly project?: string;
}

/** What an environment may say of stacks and accounts is not to reach a test. */
const QUIET = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(STINT_|AWS_|FORCE_COLOR|NO_COLOR|NODE_OPTIONS|NODE_V8)/.test(name),
  ),
);

/** Starts `stint` as a process of its own, without a terminal. It ends with the test at the latest. */
export function startStint(args: readonly string[], { url, env = {}, project = ROOT }: Settings = {}) {
  const child = spawn(join(project, 'bin/stint'), [...args], {
    cwd: dirname(project),
    env: { ...QUIET, ...(url !== undefined && { STINT_URL: url }), ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => undefined); // EPIPE: it may end before it is given what it does not read
  const seen = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    seen.err += text;
  });
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...seen })));
  return { child, seen, ended };
}

/** Runs `stint` to its end. */
export async function stint(args: readonly string[], settings: Settings = {}): Promise<Ended> {
  const { child, ended } = startStint(args, settings);
  child.stdin.end(settings.stdin ?? '');
  return ended;
}

/** The values of JSON lines. */
export const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
