import { execFile } from 'node:child_process';
import { join } from 'node:path';
import * as z from 'zod';
import type { Bundle } from './bundles.ts';
import { EmulatorError } from './emulator-api.ts';
import { Complaint } from './steps.mjs';
import { zipOf } from './zip.ts';

const LOADED_WITHIN_MS = 20_000;

const functionsSchema = z.array(
  z.object({ entry: z.enum(['api', 'worker', 'bury', 'sweep']), name: z.string(), log_group: z.string() }),
);
/** A function of the stack: its name, its entry point, its log group. */
export type DeployedFunction = z.infer<typeof functionsSchema>[number];

/** The functions, from the stack's outputs. */
export function functionsOf(stackOutputs: Record<string, string>): DeployedFunction[] {
  return functionsSchema.parse(JSON.parse(stackOutputs.Functions ?? '[]'));
}

/**
 * Gives a function other code; its next invocation runs it. One that runs meanwhile has five seconds to end on the old code
 * (run_ministack.py); then an attempt in it is ended, and its job tried again. (UpdateFunctionCode: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html)
 */
export async function updateFunctionCode(endpoint: string, name: string, { code }: Bundle): Promise<void> {
  const response = await fetch(`${endpoint}/2015-03-31/functions/${name}/code`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ZipFile: zipOf('index.mjs', code).toString('base64') }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new EmulatorError('UpdateFunctionCode', response.status, text);
}

/**
 * Loads the project's tasks and hooks, as they are in the files. Throws a Complaint, with file and line where they are
 * known, for what would break every function at its start.
 */
export function checkThatItLoads(
  root: string,
  signal?: AbortSignal,
  withinMs: number = LOADED_WITHIN_MS,
): Promise<void> {
  const script = join(root, 'bin', 'local', 'load-project.ts');
  return new Promise((resolve, reject) => {
    const options = { cwd: root, timeout: withinMs, ...(signal && { signal }) };
    execFile(process.execPath, [script], options, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else if (error.killed)
        reject(
          new Complaint(
            `The tasks have not loaded within ${withinMs / 1000} s. A file that waits as it is loaded stops every function: let \`run\` or the hook \`startup\` wait.`,
            { cause: error },
          ),
        );
      else reject(new Complaint(stderr.trim() || `The tasks cannot be loaded: ${error.message}`, { cause: error }));
    });
  });
}
