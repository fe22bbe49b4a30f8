// `npm start`: the local cloud with the app of bin/app.ts in it, until Ctrl-C.
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrapCdk, deploy } from './local/deploy.ts';
import { readDeployed, writeDeployed } from './local/deployed.ts';
import { type Emulator, startEmulator } from './local/emulator.ts';
import { runFirstJob } from './local/first-job.ts';
import { releaseLock, takeLock } from './local/folder-lock.mjs';
import { freePort } from './local/free-port.ts';
import { functionLogTail } from './local/function-logs.ts';
import { openGateway } from './local/gateway.ts';
import { type Interruption, listenForInterruption } from './local/interruption.ts';
import { endLeftover, readEmulatorRecord, writeEmulatorRecord } from './local/leftover.ts';
import { executeApiUrl, toOutputs, writeOutputs } from './local/outputs.ts';
import { hashOfSources } from './local/sources-hash.ts';
import { moveStateToPort } from './local/state-port.ts';
import { Complaint, createSteps, StepFailed, tailOf } from './local/steps.mjs';

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
/** Whatever the deployed stack is made of: when one of them changes, `npm start` deploys. */
const SOURCES = [
  'lambdas',
  'lib',
  'bin/app.ts',
  'bin/local/requirements.txt',
  'cdk.json',
  'package-lock.json',
  'tsconfig.json',
];
const CONTEXT = { local: 'true' };
const DEFAULT_PORT = 8787;
const PREFERRED_EMULATOR_PORT = 4566;

const steps = createSteps({ cwd: root });

/** Runs until interrupted. Answers the exit code: 0 if it was ready before it was stopped. */
async function start(port: number, fresh: boolean, interruption: Interruption): Promise<number> {
  await using cleanup = new AsyncDisposableStack();
  await takeFolder(cleanup);
  const gateway = await openGateway(port); // First, for a taken port should be told before anything is waited for.
  cleanup.defer(() => gateway.close());
  const emulator = await startOrResumeEmulator(fresh, interruption.signal);
  cleanup.defer(() => emulator.stop());
  cleanup.defer(() => gateway.close()); // Before the emulator stops: it would wait for open requests.
  try {
    const stackOutputs = await deployIfChanged(emulator, interruption.signal);
    gateway.forwardTo(executeApiUrl(emulator.endpoint, stackOutputs.ApiUrl ?? ''));
    writeOutputs(files.outputs, toOutputs(stackOutputs, { api: gateway.url, endpoint: emulator.endpoint }));
    await tryFirstJob(gateway.url, emulator, interruption.signal);
    tellReady(gateway.url);
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

async function deployIfChanged({ endpoint }: Emulator, signal: AbortSignal): Promise<Record<string, string>> {
  const hash = hashOfSources(root, SOURCES, CONTEXT);
  const deployed = await readDeployed(endpoint);
  if (deployed?.hash === hash) return deployed.outputs;
  const options = { root, endpoint, context: CONTEXT, assemblyDir: files.assembly, signal };
  if (deployed === undefined) {
    const log = join(files.logs, 'cdk-bootstrap.log');
    await steps.run('cdk bootstrap', () => bootstrapCdk({ ...options, log }), { log, signal });
  }
  const log = join(files.logs, 'cdk-deploy.log');
  const hint =
    'Mend it and try again. If only an older state stands in the way: npm start -- --fresh begins anew, without the jobs.';
  return await steps.run(
    'cdk deploy',
    async () => {
      const outputs = await deploy({ ...options, log });
      await writeDeployed(endpoint, { hash, outputs });
      return outputs;
    },
    { log, hint, signal },
  );
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

Ctrl-C stops it. Logs: .local/log/`);
}

/** What fails may do so only because the emulator is gone: then that is the thing to say. */
async function tellIfEmulatorDied(emulator: Emulator, interruption: Interruption): Promise<void> {
  const end = await Promise.race([emulator.ended, Promise.resolve()]);
  if (end === undefined || interruption.signal.aborted) return;
  const log = join(files.logs, 'emulator.log');
  steps.line(`\nThe emulator has ended (${end}). The end of .local/log/emulator.log:`);
  for (const line of tailOf(log)) steps.line(`  | ${line}`);
}

/** The options, or a Complaint. */
function readOptions(): { port: number; fresh: boolean } {
  const port = Number(process.env.PORT || DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Complaint(`PORT=${process.env.PORT} is no port.`);
  try {
    const { values } = parseArgs({ options: { fresh: { type: 'boolean', default: false } } });
    return { port, fresh: values.fresh };
  } catch (cause) {
    throw new Complaint('Usage: [PORT=8787] npm start [-- --fresh]', { cause });
  }
}

const interruption = listenForInterruption();
try {
  const { port, fresh } = readOptions();
  process.exitCode = await start(port, fresh, interruption);
} catch (error) {
  if (error instanceof Complaint) console.error(error.message);
  else if (!(error instanceof StepFailed) && !interruption.signal.aborted) console.error(error);
  process.exitCode = interruption.signal.aborted ? interruption.exitCode() : 1;
}
