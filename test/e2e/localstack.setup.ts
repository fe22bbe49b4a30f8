import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openGateway } from '../../bin/local/gateway.ts';
import { checkLocalstack, functionUrlTarget, localstackUrl } from '../../bin/local/localstack.ts';
import { toOutputs } from '../../bin/local/outputs.ts';
import { deployTestApp, endedBySignals, messageOf } from './stack.setup.ts';

/** The tests' app in a LocalStack that runs already, behind the function's own URL. It stays there, to be looked at. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cleanup = new AsyncDisposableStack();
  try {
    const endpoint = localstackUrl();
    await checkLocalstack(endpoint);
    const dir = mkdtempSync(join(tmpdir(), 'stint-test-'));
    cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
    const root = join(import.meta.dirname, '../..');
    const stackOutputs = await endedBySignals((signal) =>
      deployTestApp({ root, endpoint, dir }, signal, { frontDoor: 'function-url' }),
    );
    const gateway = await openGateway(0);
    cleanup.defer(() => gateway.close());
    const { baseUrl, host } = functionUrlTarget(endpoint, stackOutputs.ApiUrl ?? '');
    gateway.forwardTo(baseUrl, { host });
    project.provide('endpointUrl', endpoint);
    project.provide('enforcedTemplate', undefined);
    project.provide('stack', toOutputs(stackOutputs, { api: gateway.url, endpoint }));
  } catch (error) {
    project.provide('setupFailure', `The stack for the end-to-end tests is not there. ${messageOf(error)}`);
  }
  return () => cleanup.disposeAsync();
}
