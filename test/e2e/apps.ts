import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { deploy } from '../../bin/local/deploy.ts';
import { openGateway } from '../../bin/local/gateway.ts';
import { functionUrlTarget } from '../../bin/local/localstack.ts';
import { executeApiUrl } from '../../bin/local/outputs.ts';
import { tailOf } from '../../bin/local/steps.mjs';
import { tempDir } from '../bin/temp-dir.ts';
import { eventually, type Job } from './client.ts';
import { isLocalstack, stack } from './stack.ts';

/** A CDK app that a test has deployed beside the stack of all tests. */
export interface DeployedApp {
  /** Outputs of its stack. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The API of an output, at an address that `fetch` can call. */
  api(output?: string): Promise<string>;
}

/** @param file the app's, relative to the project */
export async function deployApp(file: string): Promise<DeployedApp> {
  const root = join(import.meta.dirname, '../..');
  const dir = tempDir();
  const { endpoint_url: endpoint } = stack();
  const options = {
    root,
    endpoint,
    app: `node ${file}`,
    context: { local: 'true', frontDoor: isLocalstack() ? 'function-url' : 'http-api' },
    assemblyDir: join(dir, 'cdk.out'),
    log: join(dir, 'cdk.log'),
  };
  const outputs = await deploy(options).catch((error) => {
    throw new Error([String(error), ...tailOf(options.log, 40)].join('\n'), { cause: error });
  });
  return {
    outputs,
    async api(output = 'ApiUrl') {
      const url = outputs[output] ?? '';
      const gateway = await openGateway(0);
      onTestFinished(() => gateway.close());
      if (isLocalstack()) {
        const { baseUrl, host } = functionUrlTarget(endpoint, url);
        gateway.forwardTo(baseUrl, { host });
      } else gateway.forwardTo(executeApiUrl(endpoint, url));
      return gateway.url;
    },
  };
}

/** The newest job of a task, once it has ended. */
export const endedJob = (api: string, taskName: string): Promise<Job> =>
  eventually(
    async () => {
      const answer = await fetch(`${api}/jobs?task_name=${taskName}&limit=1`);
      const { jobs } = (await answer.json()) as { jobs: Job[] };
      const [job] = jobs;
      return { value: job as Job, done: job !== undefined && ['complete', 'failed', 'aborted'].includes(job.status) };
    },
    `a job of ${taskName} that has ended`,
    60_000,
  );
