import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Template } from '../../bin/docs/rights.ts';
import { bootstrapCdk, deploy } from '../../bin/local/deploy.ts';
import { openGateway } from '../../bin/local/gateway.ts';
import { executeApiUrl, type Outputs, toOutputs } from '../../bin/local/outputs.ts';
import { tailOf } from '../../bin/local/steps.mjs';
import { startTemporaryEmulator, type TemporaryEmulator } from '../temporary-emulator.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of an emulator for this run alone, for the SDK's `endpoint`; any region and credentials will do. */
    endpointUrl: string;
    /** Of the stack that is deployed into it. */
    stack: Outputs;
    /** The template that was deployed, where the emulator enforces IAM; else undefined. */
    enforcedTemplate: Template | undefined;
  }
}

/** Each function has the rights of its role, and no more. `STINT_TEST_IAM=off` gives all to all. */
const ENFORCES_IAM = process.env.STINT_TEST_IAM !== 'off';

/** One emulator with the tests' app deployed into it, on free ports: for all end-to-end tests of a run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cleanup = new AsyncDisposableStack();
  try {
    const emulator = await startTemporaryEmulator('test-e2e-emulator', { enforceIam: ENFORCES_IAM });
    cleanup.defer(() => emulator.stop());
    const stackOutputs = await endedBySignals((signal) => deployTestApp(emulator, signal));
    const gateway = await openGateway(0);
    cleanup.defer(() => gateway.close());
    gateway.forwardTo(executeApiUrl(emulator.endpoint, stackOutputs.ApiUrl ?? ''));
    project.provide('endpointUrl', emulator.endpoint);
    project.provide('enforcedTemplate', ENFORCES_IAM ? templateIn(emulator.dir) : undefined);
    project.provide('stack', toOutputs(stackOutputs, { api: gateway.url, endpoint: emulator.endpoint }));
  } catch (error) {
    project.provide('setupFailure', `The stack for the end-to-end tests is not there. ${messageOf(error)}`);
  }
  return () => cleanup.disposeAsync();
}

const templateIn = (dir: string): Template =>
  JSON.parse(readFileSync(join(dir, 'cdk.out', 'stint-e2e.template.json'), 'utf8')) as Template;

/** A signal ends the work before it ends this process: the CDK runs in a group of its own and would go on. */
export async function endedBySignals<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const abort = (name: NodeJS.Signals) => controller.abort(name);
  for (const name of signals) process.on(name, abort);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, abort);
    if (controller.signal.aborted) process.kill(process.pid, controller.signal.reason);
  }
}

export async function deployTestApp(
  { root, endpoint, dir }: Pick<TemporaryEmulator, 'root' | 'endpoint' | 'dir'>,
  signal: AbortSignal,
  context: Record<string, string> = {},
): Promise<Record<string, string>> {
  const log = join(dir, 'cdk.log');
  const options = {
    root,
    endpoint,
    app: 'node test/e2e/app/app.ts',
    context: { local: 'true', ...context },
    assemblyDir: join(dir, 'cdk.out'),
    log,
    signal,
  };
  try {
    await bootstrapCdk(options);
    return await deploy(options);
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${tailOf(log, 40).join('\n')}`, { cause: error });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
