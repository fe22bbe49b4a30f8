// The command line `stint`. So far: `stint keys`.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dynamoDbClient } from '../lambdas/adapters/aws-clients.ts';
import { dynamoDbApiKeys } from '../lambdas/adapters/dynamodb/api-keys.ts';
import { KEYS_USAGE, runKeys } from './keys.ts';
import type { Outputs } from './local/outputs.ts';
import { Complaint } from './local/steps.mjs';

const OUTPUTS = join(dirname(import.meta.dirname), '.local', 'outputs.json');

/** The table that is meant, and the arguments that are left. With `--local`, the SDK is turned to the local cloud. */
function tableOf(args: readonly string[]): { table: string; rest: readonly string[] } {
  if (args.includes('--local')) {
    if (!existsSync(OUTPUTS)) throw new Complaint('The local cloud has not been started yet: run npm start.');
    const { endpoint_url, table_name } = JSON.parse(readFileSync(OUTPUTS, 'utf8')) as Outputs;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: endpoint_url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    return { table: table_name, rest: args.filter((arg) => arg !== '--local') };
  }
  const at = args.indexOf('--table');
  const table = at < 0 ? process.env.STINT_TABLE : args[at + 1];
  if (table === undefined || table === '') throw new Complaint(KEYS_USAGE);
  return { table, rest: at < 0 ? args : args.toSpliced(at, 2) };
}

async function main([group, ...args]: readonly string[]): Promise<void> {
  if (group !== 'keys') throw new Complaint(KEYS_USAGE);
  const { table, rest } = tableOf(args);
  const terminal = { out: (line: string) => console.log(line), err: (line: string) => console.error(line) };
  await runKeys(rest, { keys: dynamoDbApiKeys(dynamoDbClient(), table), terminal, now: Date.now() });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Complaint ? error.message : `${error}`);
  process.exitCode = 1;
}
