import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { BUNDLE } from '../../lib/bundling.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The functions of the stack. */
export const FUNCTIONS = ['api', 'worker', 'sweep', 'bury'] as const;

/** The clients that the functions have, made as they make them, and the commands of the path of a job: no less can do its work. */
const SDK_ALONE = `
  import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
  import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
  import { DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
  const bounds = {
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  };
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(bounds));
  const sqs = new SQSClient(bounds);
  export const handler = async (input) => {
    await sqs.send(new SendMessageCommand(input.message));
    await documents.send(new PutCommand(input.put));
    await documents.send(new UpdateCommand(input.update));
  };
`;

export interface Bundle {
  readonly name: string;
  readonly code: string;
  readonly bytes: number;
  readonly gzipped: number;
  /** Bytes of the bundle by where they are from: a package, or a folder of ours. */
  readonly from: Readonly<Record<string, number>>;
}

/** One function as `cdk deploy` bundles it. */
export function functionBundle(name: (typeof FUNCTIONS)[number]): Promise<Bundle> {
  return bundle(name, { entryPoints: [join(ROOT, 'lambdas', `${name}.ts`)], alias: BUNDLE.alias });
}

/** A function that has the SDK's clients and nothing else, bundled in the same way. */
export function sdkBundle(): Promise<Bundle> {
  return bundle('SDK clients alone', { stdin: { contents: SDK_ALONE, resolveDir: ROOT, loader: 'ts' } });
}

/** The same, and a schema as a task needs one to check its input: how much of our start is zod's. */
export function sdkAndZodBundle(): Promise<Bundle> {
  const zod = `
    import * as z from 'zod';
    import en from 'zod/v4/locales/en.js';
    z.config(en());
    export const input = z.strictObject({ message: z.string(), user_id: z.uuid().optional() });
  `;
  return bundle('SDK clients and zod', { stdin: { contents: SDK_ALONE + zod, resolveDir: ROOT, loader: 'ts' } });
}

async function bundle(name: string, input: BuildOptions): Promise<Bundle> {
  const { mainFields, target, minify, banner } = BUNDLE;
  const { outputFiles = [], metafile } = await build({
    ...input,
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    mainFields: [...mainFields],
    target,
    minify,
    banner: { js: banner },
  });
  const [{ text, contents } = { text: '', contents: new Uint8Array() }] = outputFiles;
  return {
    name,
    code: text,
    bytes: contents.length,
    gzipped: gzipSync(contents).length,
    from: metafile === undefined ? {} : bytesByOrigin(metafile),
  };
}

function bytesByOrigin({ outputs }: Metafile): Record<string, number> {
  const from: Record<string, number> = {};
  for (const output of Object.values(outputs))
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const origin = originOf(path);
      from[origin] = (from[origin] ?? 0) + bytesInOutput;
    }
  return from;
}

/** The innermost package of a path, the SDK's many taken together. */
function originOf(path: string): string {
  const [, name] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  if (name === undefined) return 'Stint, its tasks and hooks';
  return /^@(aws-sdk|smithy|aws-crypto|aws)\//.test(name) ? 'AWS SDK' : name;
}
