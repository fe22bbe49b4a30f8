import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrapCdk, deploy } from '../../bin/local/deploy.ts';
import { executeApiUrl } from '../../bin/local/outputs.ts';
import { tailOf } from '../../bin/local/steps.mjs';
import type { TemporaryEmulator } from '../../test/temporary-emulator.ts';

/** A stack that takes jobs over HTTP, and runs them. Both write `started_at` and `completed_at` into the job's item. */
export interface Subject {
  readonly name: string;
  readonly stack: string;
  /** Where a job is posted, and what. */
  readonly url: string;
  readonly body: string;
  readonly table: string;
  readonly queueUrl: string;
}

/** Deploys both stacks into an emulator. */
export async function deploySubjects({ root, endpoint, dir }: TemporaryEmulator): Promise<[Subject, Subject]> {
  const assemblyDir = join(dir, 'cdk.out');
  const log = join(dir, 'cdk.log');
  const options = { root, endpoint, app: 'node bench/e2e/app.ts', context: {}, assemblyDir, log };
  try {
    await bootstrapCdk(options);
    await deploy(options);
  } catch (error) {
    throw new Error(`The stacks were not deployed.\n${tailOf(log, 40).join('\n')}`, { cause: error });
  }
  const outputs = JSON.parse(readFileSync(join(assemblyDir, 'stack-outputs.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  const subject = (name: string, stack: string, path: string, body: object): Subject => {
    const { ApiUrl = '', TableName = '', Queues, QueueUrl = '' } = outputs[stack] ?? {};
    return {
      name,
      stack,
      url: executeApiUrl(endpoint, ApiUrl) + path,
      body: JSON.stringify(body),
      table: TableName,
      queueUrl: Queues === undefined ? QueueUrl : (JSON.parse(Queues) as { default: string }).default,
    };
  };
  const message = 'one of many';
  return [
    subject('Stint', 'bench-stint', '/tasks/poc_test_task/jobs', { input: { message } }),
    subject('hand-wired', 'bench-hand-wired', '/jobs', { message }),
  ];
}
