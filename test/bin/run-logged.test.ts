import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runLogged } from '../../bin/local/run-logged.mjs';
import { Complaint } from '../../bin/local/steps.mjs';
import { isAlive, waitUntil } from './processes.ts';
import { tempDir } from './temp-dir.ts';

function setup() {
  const cwd = tempDir();
  const log = join(cwd, 'logs', 'command.log');
  const sh = (script: string, signal?: AbortSignal) =>
    runLogged('sh', ['-c', script], { log, cwd, env: process.env, ...(signal && { signal }) });
  return { sh, logged: () => readFileSync(log, 'utf8') };
}

test('what a command says on stdout and stderr is in its log', async () => {
  const { sh, logged } = setup();

  await sh('echo out; echo err >&2');

  expect(logged()).toBe('out\nerr\n');
});

test('an exit code other than 0 is a complaint that names the command', async () => {
  const { sh } = setup();

  await expect(sh('exit 3')).rejects.toThrow(new Complaint('sh -c exit 3 ended with exit code 3.'));
});

test('a command that is not there is a complaint', async () => {
  const cwd = tempDir();

  const run = runLogged('no-such-command', [], { log: join(cwd, 'log'), cwd, env: process.env });

  await expect(run).rejects.toThrow(Complaint);
});

test('what the command left in the background ends with it', async () => {
  const { sh, logged } = setup();

  await sh('sleep 60 & echo $!');

  await waitUntil(() => !isAlive(Number(logged())));
});

test('aborting ends the command and its children, and throws the reason', async () => {
  const { sh, logged } = setup();
  const controller = new AbortController();

  const run = sh('sleep 60 & echo $!; wait', controller.signal);
  await waitUntil(() => logged().includes('\n'));
  controller.abort(new Error('stopped by SIGINT'));

  await expect(run).rejects.toThrow('stopped by SIGINT');
  await waitUntil(() => !isAlive(Number(logged())));
});
