import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../bin/local/free-port.ts';
import type { Outputs } from '../../bin/local/outputs.ts';
import { waitUntil } from './processes.ts';
import { makeTempDir } from './temp-dir.ts';

const root = dirname(dirname(import.meta.dirname));
const COPIED = [
  ...['bin', 'bench', 'lambdas', 'lib', 'client', 'package', 'testing', 'test'],
  ...['cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json', 'vitest.config.ts'],
];
/** On two cores, with whatever else runs. */
const READY_WITHIN_MS = 120_000;

/** A clone of the project in a folder of its own, what `npm ci` and pip install borrowed. The tests run in order on it. */
let clone: { dir: string; remove(): void };
let port: number;

beforeAll(async () => {
  clone = makeTempDir();
  for (const path of COPIED) cpSync(join(root, path), join(clone.dir, path), { recursive: true });
  mkdirSync(join(clone.dir, '.local'));
  mkdirSync(join(clone.dir, 'tmp'));
  symlinkSync(join(root, 'node_modules'), join(clone.dir, 'node_modules'));
  symlinkSync(join(root, '.local', 'venv'), join(clone.dir, '.local', 'venv'));
  port = await freePort();
});
afterAll(() => clone.remove());

interface Start {
  child: ChildProcess;
  output(): string;
  /** Of it, what came on standard output. */
  stdout(): string;
  exit: Promise<number | null>;
  ready(): Promise<Start>;
}

/** What `npm start` does. */
function start(...args: string[]): Start {
  const child = spawn(process.execPath, ['bin/bootstrap.mjs', 'bin/start.ts', ...args], {
    cwd: clone.dir,
    env: { ...process.env, PORT: String(port), TMPDIR: join(clone.dir, 'tmp') },
  });
  onTestFinished(() => void child.kill('SIGTERM'));
  let output = '';
  let stdout = '';
  child.stdout.on('data', (data) => (stdout += data));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  let ended = false;
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve)).finally(() => (ended = true));
  const started = {
    child,
    output: () => output,
    stdout: () => stdout,
    exit,
    ready: async () => {
      await waitUntil(() => ended || output.includes('\nReady: '), READY_WITHIN_MS);
      expect(output).toContain(`\nReady: http://127.0.0.1:${port}\n`);
      return started;
    },
  };
  return started;
}

function leftProcesses(): string[] {
  const all = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8', maxBuffer: 2 ** 24 }).split('\n');
  return all.filter((line) => line.includes(clone.dir));
}

async function stop({ child, exit }: Start, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal);
  const code = await exit;
  expect(leftProcesses()).toEqual([]);
  return code;
}

const outputs = (): Outputs => JSON.parse(readFileSync(join(clone.dir, '.local', 'outputs.json'), 'utf8'));

async function runAJob(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/tasks/trigger-test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"message": "kept"}',
  });
  const { job_id } = (await answer.json()) as { job_id: string };
  return job_id;
}

interface Job {
  status: string;
  result: { processed_message: string };
}

async function jobOf(jobId: string): Promise<Job> {
  const answer = await fetch(`http://127.0.0.1:${port}/jobs/${jobId}?wait=10`);
  return (await answer.json()) as Job;
}

const statusOf = async (jobId: string): Promise<string> => (await jobOf(jobId)).status;

test('a taken port is told before anything is started, with the way out', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));

  const refused = start();

  expect(await refused.exit).toBe(1);
  expect(refused.output()).toBe(
    `Port ${port} is taken by another program. Choose another: PORT=${port + 1} npm start\n`,
  );
  await new Promise((resolve) => other.close(resolve));
});

test('interrupted midway, it says at which step and leaves no process', { timeout: READY_WITHIN_MS }, async () => {
  const started = start();
  await waitUntil(() => leftProcesses().some((line) => line.includes('cdk bootstrap')), 60_000);

  expect(await stop(started, 'SIGTERM')).toBe(143);
  expect(started.output()).toMatch(/✗ .*cdk bootstrap: interrupted\n$/);
});

test('the first start deploys and shows the life of a job; the next one deploys nothing and keeps the jobs', {
  timeout: 2 * READY_WITHIN_MS,
}, async () => {
  const first = await start('--fresh').ready();
  expect(first.output()).toMatch(/✓ +\d+\.\d s {2}cdk bootstrap\n.*✓ +\d+\.\d s {2}cdk deploy\n/);
  expect(first.output()).toMatch(/poc_test_task: queued → active \(\d+ ms\) → complete \(\d+ ms\)\n/);
  expect(outputs()).toMatchObject({ api_url: `http://127.0.0.1:${port}`, queues: { default: expect.any(String) } });
  const jobId = await runAJob();
  expect(await statusOf(jobId)).toBe('complete');

  const beside = start();
  expect(await beside.exit).toBe(1);
  expect(beside.output()).toMatch(
    /^Stint already runs in this folder \(process \d+\)\. Stop it there with Ctrl-C, or: kill \d+\n$/,
  );

  expect(await stop(first, 'SIGINT')).toBe(0);
  const second = await start().ready();
  expect(second.output()).not.toContain('cdk');
  expect(await statusOf(jobId)).toBe('complete');
  expect(await stop(second, 'SIGTERM')).toBe(0);
});

test('a changed task runs a moment later; one with an error is told by file and line, and the old code runs on', {
  timeout: 2 * READY_WITHIN_MS,
}, async () => {
  const TASK = 'lambdas/tasks/poc-test-task.ts';
  const before = readFileSync(join(clone.dir, TASK), 'utf8');
  const started = await start().ready();
  const save = (code: string) => writeFileSync(join(clone.dir, TASK), code);
  const says = (line: RegExp | string) => waitUntil(() => started.output().search(line) >= 0, 20_000);
  const result = async () => (await jobOf(await runAJob())).result.processed_message;

  const changed = before.replace('Processed: ', 'Changed: ');
  save(changed);
  await says(/✓ .* swap: lambdas\/tasks\/poc-test-task\.ts → api, worker/);
  expect(await result()).toBe('Changed: kept');

  save(changed.replace("'success',", "'success';"));
  await says(/✗ .* swap: lambdas.*\n +lambdas\/tasks\/poc-test-task\.ts:\d+:\d+: Expected/);
  save(changed.replace("'poc_test_task'", "'Not a name'"));
  await says(/poc-test-task\.ts:5:\d+: Task 'Not a name': a name starts with/);
  expect(await result()).toBe('Changed: kept');
  await says(/^\d\d:\d\d:\d\d {2}poc_test_task [0-9a-f-]{36} {2}attempt 1 {2}job complete {2}status=complete {2}ms=/m);

  save(before.replace('Processed: ', 'Mended: '));
  await says(/swap: .* → .*swap: .* → /s);
  expect(await stop(started, 'SIGINT')).toBe(0);

  const next = await start('--json').ready();
  expect(next.output()).not.toContain('cdk');
  expect(await result()).toBe('Mended: kept');
  await waitUntil(() => next.stdout().includes('"job complete"'));
  const lines = next.stdout().trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining({ message: 'job complete' }));
  expect(await stop(next, 'SIGTERM')).toBe(0);

  save(before); // What CloudFormation has deployed, and no function runs any more.
  const deployed = await start().ready();
  expect(await result()).toBe('Processed: kept');
  expect(await stop(deployed, 'SIGTERM')).toBe(0);
});

/** The page's blocks of code in their order: what a shell runs, and files, whose first line names them. */
const blocksOf = (page: string) =>
  [...page.matchAll(/^```(sh|ts)\n(.*?)^```$/gms)].map(([, language, code = '']) => ({ language, code }));

test('docs/first-task.md leads from nothing to a task that fails, and is fixed', {
  timeout: 2 * READY_WITHIN_MS,
}, async () => {
  const started = await start().ready();
  const swaps = () => started.output().split(/✓ .* swap: /).length - 1;
  /** A shell that keeps its variables from block to block. */
  const run = (code: string): Promise<string> =>
    new Promise((resolve) => {
      const script = `set -e; exec 2>&1; [ ! -f tmp/vars ] || . tmp/vars\n${code}\n[ -z "$JOB" ] || echo "JOB=$JOB" > tmp/vars`;
      execFile('bash', ['-c', script], { cwd: clone.dir, timeout: 60_000 }, (error, stdout) =>
        resolve(`${stdout}${error === null ? '' : `\nended with ${error.code}`}`),
      );
    });
  const [write = '', ...said] = await blocksOf(readFileSync(join(root, 'docs/first-task.md'), 'utf8')).reduce<
    Promise<string[]>
  >(async (before, { language, code }) => {
    const told = await before;
    const swapped = swaps();
    const [, file] = /^\/\/ (\S+)\n/.exec(code) ?? [];
    if (language === 'sh') told.push(await run(code));
    else writeFileSync(join(clone.dir, file ?? ''), code);
    if (language === 'ts' || code.includes('new-task')) await waitUntil(() => swaps() > swapped, 20_000);
    return told;
  }, Promise.resolve([]));

  expect(write).toMatch(/lambdas\/tasks\/send-invoice\.ts\n.*\d passed, 0 failed/s);
  const [ran = '', failed = '', mended = ''] = said;
  expect(ran).toMatch(/Hello, Ada\..*complete/s);
  expect(failed).toMatch(/There is no customer Ada\..*exit code 3.*looking for the customer.*send_invoice/s);
  expect(mended).toMatch(/1 job will run again\..*"number": ?1/s);
  expect([ran, failed, mended].join()).not.toContain('ended with');
  expect(await stop(started, 'SIGINT')).toBe(0);
});

test('after a kill -9 the next start comes up with the jobs', { timeout: 2 * READY_WITHIN_MS }, async () => {
  const killed = await start().ready();
  const jobId = await runAJob();
  await statusOf(jobId);
  const lock = Number(readFileSync(join(clone.dir, '.local', 'start.lock'), 'utf8'));
  process.kill(lock, 'SIGKILL');
  expect(await killed.exit).toBe(137);

  const next = await start().ready();

  expect(next.output()).not.toContain('cdk');
  expect(await statusOf(jobId)).toBe('complete');
  expect(await stop(next, 'SIGHUP')).toBe(0);
});

test('when the emulator dies it says so, and ends', { timeout: READY_WITHIN_MS }, async () => {
  const started = await start().ready();
  const { pid } = JSON.parse(readFileSync(join(clone.dir, '.local', 'emulator.json'), 'utf8')) as { pid: number };

  process.kill(pid, 'SIGKILL');

  expect(await started.exit).toBe(1);
  expect(started.output()).toContain('The emulator has ended by itself (signal SIGKILL).');
  expect(leftProcesses()).toEqual([]);
});
