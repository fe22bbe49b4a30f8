// `npm start`: the local cloud with the app of bin/app.ts in it, until Ctrl-C.
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Emulator, startEmulator } from './local/emulator.ts';
import { runFirstJob } from './local/first-job.ts';
import { releaseLock, takeLock } from './local/folder-lock.mjs';
import { freePort } from './local/free-port.ts';
import { followLogs, functionLogTail } from './local/function-logs.ts';
import { type Gateway, openGateway } from './local/gateway.ts';
import { type Interruption, listenForInterruption } from './local/interruption.ts';
import { endLeftover, readEmulatorRecord, writeEmulatorRecord } from './local/leftover.ts';
import { type LogEvent, rawLine, readableLine } from './local/log-line.ts';
import { executeApiUrl, toOutputs, writeOutputs } from './local/outputs.ts';
import { RunningCode, SOURCES } from './local/running-code.ts';
import { watchSources } from './local/source-watch.ts';
import { moveStateToPort } from './local/state-port.ts';
import { Complaint, createSteps, StepFailed, tailOf } from './local/steps.mjs';
import { followWork } from './local/while-you-work.ts';

const root = dirname(import.meta.dirname);
const local = join(root, '.local');
const files = {
  lock: join(local, 'start.lock'),
  emulator: join(local, 'emulator.json'),
  outputs: join(local, 'outputs.json'),
  state: join(local, 'state'),
  assembly: join(local, 'cdk.out'),
  logs: join(local, 'log'),
};
const DEFAULT_PORT = 8787;
const PREFERRED_EMULATOR_PORT = 4566;

/** With `--json`, standard output is the functions' alone. */
const steps = createSteps({ cwd: root, out: process.argv.includes('--json') ? process.stderr : process.stdout });

/** Runs until interrupted. Answers the exit code: 0 if it was ready before it was stopped. */
async function start({ port, fresh, json }: Options, interruption: Interruption): Promise<number> {
  await using cleanup = new AsyncDisposableStack();
  await takeFolder(cleanup);
  const gateway = await openGateway(port); // First, for a taken port should be told before anything is waited for.
  cleanup.defer(() => gateway.close());
  const emulator = await startOrResumeEmulator(fresh, interruption.signal);
  cleanup.defer(() => emulator.stop());
  cleanup.defer(() => gateway.close()); // Before the emulator stops: it would wait for open requests.
  try {
    const { endpoint } = emulator;
    const { signal } = interruption;
    const watch = watchSources(root, SOURCES);
    const code = await RunningCode.start({
      root,
      endpoint,
      steps,
      assemblyDir: files.assembly,
      logs: files.logs,
      signal,
    });
    publish(code, gateway, endpoint);
    const logs = followLogs(endpoint, () => code.functions, Date.now());
    await tryFirstJob(gateway.url, emulator, signal);
    tellReady(gateway.url);
    const catchUp = async () => {
      await code.catchUp();
      publish(code, gateway, endpoint);
    };
    const print = printer(json);
    await followWork({ watch, catchUp, logs, print, until: Promise.race([emulator.ended, interruption.happened]) });
    const end = await Promise.race([emulator.ended, interruption.happened]);
    if (end !== undefined) throw new Complaint(`The emulator has ended by itself (${end}).`);
    await steps.run('stopped', () => cleanup.disposeAsync());
    return 0;
  } catch (error) {
    await tellIfEmulatorDied(emulator, interruption);
    throw error;
  }
}

/** One start at a time in a folder: two would share its state. Ends what a killed one has left. */
async function takeFolder(cleanup: AsyncDisposableStack): Promise<void> {
  const holder = takeLock(files.lock, 'start.ts');
  if (holder !== undefined) {
    throw new Complaint(
      `Stint already runs in this folder (process ${holder}). Stop it there with Ctrl-C, or: kill ${holder}`,
    );
  }
  cleanup.defer(() => releaseLock(files.lock));
  const left = readEmulatorRecord(files.emulator);
  if (left !== undefined && (await endLeftover(left, files.state)))
    steps.line('  ended the emulator of a start that was killed');
}

/** Under the port of its saved state if that is free, else the state is changed to the new one. */
async function startOrResumeEmulator(fresh: boolean, signal: AbortSignal): Promise<Emulator> {
  const log = join(files.logs, 'emulator.log');
  return await steps.run(
    'local cloud',
    async (say) => {
      if (fresh)
        for (const path of [files.state, files.emulator, files.outputs, files.assembly])
          rmSync(path, { recursive: true, force: true });
      const saved = readEmulatorRecord(files.emulator);
      const port = await freePort(saved?.port ?? PREFERRED_EMULATOR_PORT);
      if (saved !== undefined) moveStateToPort(files.state, saved.port, port);
      const options = { root, port, stateDir: files.state, log, persist: true, signal };
      const emulator = await startEmulator(options);
      writeEmulatorRecord(files.emulator, { port, pid: emulator.pid });
      say(emulator.endpoint);
      return emulator;
    },
    { log, signal },
  );
}

/** For callers of the API, and for scripts. */
function publish({ outputs }: RunningCode, gateway: Gateway, endpoint: string): void {
  gateway.forwardTo(executeApiUrl(endpoint, outputs.ApiUrl ?? ''));
  writeOutputs(files.outputs, toOutputs(outputs, { api: gateway.url, endpoint }));
}

/** Shows what functions log: a readable line, or with `json` the one that was written. */
function printer(json: boolean): (event: LogEvent) => void {
  const colour = process.stdout.isTTY === true && process.stdout.hasColors();
  return (event) => {
    const line = json ? rawLine(event) : readableLine(event, { colour });
    if (line !== undefined) process.stdout.write(`${line}\n`);
  };
}

async function tryFirstJob(apiUrl: string, { endpoint }: Emulator, signal: AbortSignal): Promise<void> {
  const log = join(files.logs, 'functions.log');
  const began = Date.now();
  const work = async (say: (note: string) => void) => {
    rmSync(log, { force: true });
    try {
      say(await runFirstJob({ apiUrl, signal }));
    } catch (error) {
      if (!signal.aborted) writeFileSync(log, (await functionLogTail(endpoint, began)).join('\n'));
      throw error;
    }
  };
  const hint = 'More is in .local/log/emulator.log. If an older state stands in the way: npm start -- --fresh';
  await steps.run('poc_test_task', work, { log, hint, signal });
}

function tellReady(url: string): void {
  steps.line(`
Ready: ${url}

  curl -s -X POST ${url}/tasks/trigger-test -d '{"message": "Hello"}'
  curl -s '${url}/jobs/JOB_ID?wait=20'
  npx stint ui

What changes under lambdas/ runs a moment after it is saved. Ctrl-C stops it. Logs: below, and .local/log/`);
}

/** What fails may do so only because the emulator is gone: then that is the thing to say. */
async function tellIfEmulatorDied(emulator: Emulator, interruption: Interruption): Promise<void> {
  const end = await Promise.race([emulator.ended, Promise.resolve()]);
  if (end === undefined || interruption.signal.aborted) return;
  const log = join(files.logs, 'emulator.log');
  steps.line(`\nThe emulator has ended (${end}). The end of .local/log/emulator.log:`);
  for (const line of tailOf(log)) steps.line(`  | ${line}`);
}

interface Options {
  port: number;
  fresh: boolean;
  json: boolean;
}

/** The options, or a Complaint. */
function readOptions(): Options {
  const port = Number(process.env.PORT || DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Complaint(`PORT=${process.env.PORT} is no port.`);
  try {
    const flag = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({ options: { fresh: flag, json: flag } });
    return { port, ...values };
  } catch (cause) {
    throw new Complaint('Usage: [PORT=8787] npm start [-- --fresh --json]', { cause });
  }
}

const interruption = listenForInterruption();
try {
  process.exitCode = await start(readOptions(), interruption);
} catch (error) {
  if (error instanceof Complaint) console.error(error.message);
  else if (!(error instanceof StepFailed) && !interruption.signal.aborted) console.error(error);
  process.exitCode = interruption.signal.aborted ? interruption.exitCode() : 1;
}
