// `npm run test:fuzz [-- --examples 100 --seed 7]`: schemathesis against the API of a running `npm start`, by the document that it serves.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Outputs } from '../../bin/local/outputs.ts';
import { findPython } from '../../bin/local/venv.mjs';

const root = join(import.meta.dirname, '..', '..');
const { values } = parseArgs({ options: { examples: { type: 'string' }, seed: { type: 'string' } } });
const url = apiUrl();
const python = join(root, '.local', 'schemathesis', 'bin', 'python');
if (!existsSync(python)) {
  run(findPython(), ['-m', 'venv', join(root, '.local', 'schemathesis')]);
  run(python, ['-m', 'pip', 'install', '--quiet', '-r', join(import.meta.dirname, 'requirements.txt')]);
}
// A long poll answers within 20 s.
run(python, [
  ...['-m', 'schemathesis.cli', '--config-file', join(import.meta.dirname, 'schemathesis.toml')],
  ...['run', `${url}/openapi.json`, '--url', url, '--checks', 'all', '--continue-on-failure'],
  ...['--request-timeout', '30', '--generation-database', 'none'],
  ...['--max-examples', values.examples ?? '50', '--seed', values.seed ?? String(Date.now() % 1_000_000)],
]);

function apiUrl(): string {
  try {
    return (JSON.parse(readFileSync(join(root, '.local', 'outputs.json'), 'utf8')) as Outputs).api_url;
  } catch {
    console.error('There is no local cloud: run npm start in another terminal first.');
    process.exit(1);
  }
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', cwd: join(root, '.local') });
  if (status !== 0) process.exit(status ?? 1);
}
