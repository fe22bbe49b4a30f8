import type { TestProject } from 'vitest/node';
import { startTemporaryEmulator } from '../temporary-emulator.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of an emulator for this run alone, for the SDK's `endpoint`; any region and credentials will do. */
    endpointUrl: string;
  }
}

/** One emulator, with nothing in it, for the contract tests: they make the tables and queues that they need. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  try {
    const emulator = await startTemporaryEmulator('test-contract-emulator');
    project.provide('endpointUrl', emulator.endpoint);
    return () => emulator.stop();
  } catch (error) {
    project.provide('setupFailure', `The emulator for the contract tests does not start. ${String(error)}`);
    return undefined;
  }
}
