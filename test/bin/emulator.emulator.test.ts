import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type EmulatorOptions, startEmulator } from '../../bin/local/emulator.ts';
import { callEmulator } from '../../bin/local/emulator-api.ts';
import { freePort } from '../../bin/local/free-port.ts';
import { endLeftover, readEmulatorRecord, writeEmulatorRecord } from '../../bin/local/leftover.ts';
import { moveStateToPort } from '../../bin/local/state-port.ts';
import { isAlive, waitUntil } from './processes.ts';
import { tempDir } from './temp-dir.ts';

const root = dirname(dirname(import.meta.dirname));

async function setup() {
  const dir = tempDir();
  const options = {
    root,
    port: await freePort(),
    stateDir: join(dir, 'state'),
    log: join(dir, 'emulator.log'),
    persist: true,
  };
  const start = async (change: Partial<EmulatorOptions> = {}) => {
    const emulator = await startEmulator({ ...options, ...change });
    onTestFinished(() => emulator.stop());
    return emulator;
  };
  return { dir, options, start };
}

const queue = (endpoint: string, operation: string, input: object) =>
  callEmulator(endpoint, `AmazonSQS.${operation}`, input);
const temporaryFolders = () => readdirSync(tmpdir()).filter((name) => /^stint-\w{6}$/.test(name));

const BUSY = `
  const { writeFileSync } = require('node:fs');
  exports.handler = async ({ pidFile }) => {
    writeFileSync(pidFile, String(process.pid));
    const end = Date.now() + 60_000;
    while (Date.now() < end);
  };
`;

/** A function that is busy for a minute, in a process of its own. Answers its process id. */
async function runABusyFunction(endpoint: string, dir: string): Promise<number> {
  const python = join(root, '.local', 'venv', 'bin', 'python');
  const zip = join(dir, 'busy.zip');
  const code = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], "w").writestr("index.js", sys.argv[2])';
  execFileSync(python, ['-c', code, zip, BUSY]);
  const lambda = (path: string, body: object, headers = {}) =>
    fetch(`${endpoint}/2015-03-31/functions${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  await lambda('', {
    FunctionName: 'busy',
    Runtime: 'nodejs24.x',
    Role: 'arn:aws:iam::000000000000:role/busy',
    Handler: 'index.handler',
    Timeout: 60,
    Code: { ZipFile: readFileSync(zip, 'base64') },
  });
  const pidFile = join(dir, 'pid');
  await lambda('/busy/invocations', { pidFile }, { 'x-amz-invocation-type': 'Event' });
  await waitUntil(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '', 15_000);
  return Number(readFileSync(pidFile, 'utf8'));
}

test('an emulator that was stopped leaves no process, no busy function and no temporary file', async () => {
  const { dir, start } = await setup();
  const before = temporaryFolders();
  const emulator = await start();
  const busy = await runABusyFunction(emulator.endpoint, dir);
  expect(isAlive(busy)).toBe(true);

  await emulator.stop();

  await waitUntil(() => !isAlive(emulator.pid) && !isAlive(busy));
  expect(temporaryFolders()).toEqual(before);
  expect(await freePort(emulator.port), 'its port is free again').toBe(emulator.port);
});

test('what it keeps is there after a restart, under another port too', async () => {
  const { options, start } = await setup();
  const first = await start();
  await queue(first.endpoint, 'CreateQueue', { QueueName: 'default' });
  await queue(first.endpoint, 'SendMessage', {
    QueueUrl: `${first.endpoint}/000000000000/default`,
    MessageBody: 'hello',
  });
  await first.stop();

  const port = await freePort();
  moveStateToPort(options.stateDir, options.port, port);
  const second = await start({ port });

  const { QueueUrl } = (await queue(second.endpoint, 'GetQueueUrl', { QueueName: 'default' })) as { QueueUrl: string };
  expect(QueueUrl).toBe(`http://127.0.0.1:${port}/000000000000/default`);
  expect(await queue(second.endpoint, 'ReceiveMessage', { QueueUrl })).toMatchObject({ Messages: [{ Body: 'hello' }] });
});

test('a port that is taken by another emulator is told, and its answer not taken for our own', async () => {
  const { dir, start } = await setup();
  const { port } = await start();

  await expect(start({ port, stateDir: join(dir, 'other'), log: join(dir, 'other.log') })).rejects.toThrow(
    `The emulator on port ${port} ended at once`,
  );
});

test('it ends with the process that started it, even by SIGKILL, and saves its state', async () => {
  const { dir, options } = await setup();
  const script = join(dir, 'starter.mjs');
  const emulatorModule = join(root, 'bin', 'local', 'emulator.ts');
  writeFileSync(
    script,
    `import { startEmulator } from '${emulatorModule}';
const { pid } = await startEmulator(${JSON.stringify(options)});
console.log(pid);
`,
  );
  const starter = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => starter.stdout.once('data', (data) => resolve(Number(data))));
  await queue(`http://127.0.0.1:${options.port}`, 'CreateQueue', { QueueName: 'kept' });

  starter.kill('SIGKILL');

  await waitUntil(() => !isAlive(pid), 15_000);
  expect(existsSync(join(options.stateDir, 'sqs.json'))).toBe(true);
});

test('a leftover is ended by its recorded process id, another program with that id is not', async () => {
  const { dir, options, start } = await setup();
  const emulator = await start();
  const record = join(dir, 'emulator.json');
  writeEmulatorRecord(record, { port: emulator.port, pid: emulator.pid });
  const left = readEmulatorRecord(record)!;

  expect(await endLeftover(left, join(dir, 'the state of another'))).toBe(false);
  expect(isAlive(emulator.pid)).toBe(true);
  expect(await endLeftover(left, options.stateDir)).toBe(true);
  expect(isAlive(emulator.pid)).toBe(false);
});
