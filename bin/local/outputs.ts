import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';

/** What scripts and tests need to know of a stack that runs: the contents of `.local/outputs.json`. */
export interface Outputs {
  api_url: string;
  /** The emulator: what SDKs take as `AWS_ENDPOINT_URL`. */
  endpoint_url: string;
  table_name: string;
  /** Name of the queue → its URL. */
  queues: Record<string, string>;
  dead_letters_url: string;
  undeliverable_url: string;
}

const stackOutputsSchema = z.object({
  ApiUrl: z.string(),
  TableName: z.string(),
  Queues: z.string(),
  DeadLettersUrl: z.string(),
  UndeliverableUrl: z.string(),
});

/** The outputs of the stack in the words of scripts. Throws if the stack lacks one. */
export function toOutputs(stackOutputs: Record<string, string>, urls: { api: string; endpoint: string }): Outputs {
  const stack = stackOutputsSchema.parse(stackOutputs);
  return {
    api_url: urls.api,
    endpoint_url: urls.endpoint,
    table_name: stack.TableName,
    queues: z.record(z.string(), z.string()).parse(JSON.parse(stack.Queues)),
    dead_letters_url: stack.DeadLettersUrl,
    undeliverable_url: stack.UndeliverableUrl,
  };
}

/**
 * Where the emulator answers for an HTTP API, from the stack's `ApiUrl` (`http://<id>.execute-api.localhost:4566`):
 * Node's fetch resolves no such host, a path works everywhere.
 */
export function executeApiUrl(endpoint: string, apiUrl: string): string {
  const id = new URL(apiUrl).hostname.split('.')[0];
  return `${endpoint}/_aws/execute-api/${id}/$default`;
}

export function writeOutputs(file: string, outputs: Outputs): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(outputs, null, 2)}\n`);
}
