import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import * as z from 'zod';
import { callEmulator, EmulatorError } from './emulator-api.ts';
import { runLogged } from './run-logged.mjs';
import { Complaint } from './steps.mjs';

/** MiniStack's only account. */
const ENVIRONMENT = 'aws://000000000000/us-east-1';

export interface DeployOptions {
  root: string;
  endpoint: string;
  /** The command that makes the app; without it the one of cdk.json. */
  app?: string;
  context: Record<string, string>;
  /** Where the cloud assembly goes: of its own, as two deploys at once would lock each other out. */
  assemblyDir: string;
  log: string;
  signal?: AbortSignal;
}

/** `cdk bootstrap`: the bucket and roles that a deploy needs. Nothing to do is quick, but not free (two seconds). */
export async function bootstrapCdk(options: DeployOptions): Promise<void> {
  // It makes no assembly of use, but would lock the project's cdk.out against any other CLI.
  await cdk(['bootstrap', ENVIRONMENT, '--output', `${options.assemblyDir}-bootstrap`], options);
}

/**
 * `cdk deploy` of all stacks into the emulator, then what its CloudFormation leaves out. Answers the outputs of the
 * stack that has an `ApiUrl`. Throws a Complaint when the CLI fails; what it said is in the log.
 */
export async function deploy(options: DeployOptions): Promise<Record<string, string>> {
  const outputsFile = join(options.assemblyDir, 'stack-outputs.json');
  const context = Object.entries(options.context).flatMap(([key, value]) => ['--context', `${key}=${value}`]);
  const app = options.app === undefined ? [] : ['--app', options.app];
  const flags = [
    '--all',
    '--require-approval',
    'never',
    '--output',
    options.assemblyDir,
    '--outputs-file',
    outputsFile,
  ];
  await cdk(['deploy', ...app, ...context, ...flags], options);
  const outputs = readStackOutputs(outputsFile);
  await switchOnTimeToLive(options, outputs.TableName);
  return outputs;
}

/** The CLI of the project on this Node, told nothing of the user's own AWS accounts: it cannot reach one by mistake. */
async function cdk(args: readonly string[], { root, endpoint, log, signal }: DeployOptions): Promise<void> {
  const cli = join(root, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const env = {
    PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    HOME: process.env.HOME,
    TMPDIR: process.env.TMPDIR,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    NO_COLOR: '1',
  };
  const quiet = ['--no-notices', '--no-version-reporting', '--ci'];
  await runLogged(process.execPath, [cli, ...args, ...quiet], { log, cwd: root, env, ...(signal && { signal }) });
}

const outputsFileSchema = z.record(z.string(), z.record(z.string(), z.string()));

function readStackOutputs(file: string): Record<string, string> {
  const stacks = outputsFileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const outputs = Object.values(stacks).find((stack) => stack.ApiUrl !== undefined);
  if (outputs === undefined) throw new Complaint(`No deployed stack has an output ApiUrl (${file}).`);
  return outputs;
}

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Properties: z
        .looseObject({ TimeToLiveSpecification: z.object({ AttributeName: z.string() }).optional() })
        .optional(),
    }),
  ),
});

/** The template says it, MiniStack's CloudFormation ignores it. */
async function switchOnTimeToLive(
  { endpoint, assemblyDir }: DeployOptions,
  tableName: string | undefined,
): Promise<void> {
  const attribute = readdirSync(assemblyDir)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => templateSchema.parse(JSON.parse(readFileSync(join(assemblyDir, name), 'utf8'))))
    .flatMap(({ Resources }) => Object.values(Resources))
    .map((resource) => resource.Properties?.TimeToLiveSpecification?.AttributeName)
    .find((name) => name !== undefined);
  if (attribute === undefined || tableName === undefined) return;
  try {
    await callEmulator(endpoint, 'DynamoDB_20120810.UpdateTimeToLive', {
      TableName: tableName,
      TimeToLiveSpecification: { AttributeName: attribute, Enabled: true },
    });
  } catch (error) {
    // LocalStack's CloudFormation does heed the template, and its table refuses to be told twice.
    if (!(error instanceof EmulatorError && error.answer.includes('already enabled'))) throw error;
  }
}
