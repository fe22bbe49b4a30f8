import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive, waitUntil } from './processes.ts';
import { tempDir } from './temp-dir.ts';

const root = dirname(dirname(import.meta.dirname));

/** Runs bootstrap.mjs with a script of its own. */
function bootstrap(code: string, ...args: string[]) {
  const script = join(tempDir(), 'script.ts');
  writeFileSync(script, code);
  const child = spawn(process.execPath, [join(root, 'bin', 'bootstrap.mjs'), script, ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, exit, output: () => output };
}

test('the script runs on the Node of the project, with its arguments and its exit code', async () => {
  const { exit, output } = bootstrap(
    'const args: string[] = process.argv.slice(2); console.log(process.execPath, args, process.env.PATH); process.exit(3);',
    '--fresh',
    'a b',
  );

  expect(await exit).toBe(3);
  expect(output()).toContain(join(root, 'node_modules', 'node', 'bin', 'node'));
  expect(output()).toContain("[ '--fresh', 'a b' ]");
  expect(output()).toContain(`${join(root, 'node_modules', '.bin')}:`);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s is passed on, and the script may take its time',
  async (signal) => {
    const { child, exit, output } = bootstrap(
      `process.on('${signal}', () => setTimeout(() => process.exit(7), 100)); setInterval(() => {}, 1000); console.log('up');`,
    );
    await waitUntil(() => output() === 'up\n');

    child.kill(signal);

    expect(await exit).toBe(7);
  },
);

test('a script that a signal ended gives the exit code of a shell', async () => {
  const { exit } = bootstrap("process.kill(process.pid, 'SIGKILL');");

  expect(await exit).toBe(128 + constants.signals.SIGKILL);
});

test('a script learns that bootstrap.mjs was killed', async () => {
  const interruption = join(root, 'bin', 'local', 'interruption.ts');
  const { child, output } = bootstrap(`
    import { listenForInterruption } from '${interruption}';
    const { happened } = listenForInterruption();
    const alive = setInterval(() => {}, 1000);
    console.log(process.pid);
    await happened;
    clearInterval(alive);
  `);
  await waitUntil(() => output() !== '');

  child.kill('SIGKILL');

  await waitUntil(() => !isAlive(Number(output())));
});
