import type { Command } from 'commander';
import { type Client, createClient, type TaskTypes } from '../../client/index.ts';
import { authOf, findTarget, type Target, type TargetOptions } from './target.ts';

/** What every command is told. */
export interface GlobalOptions extends TargetOptions {
  readonly json?: boolean;
}

export interface Connection {
  readonly client: Client<TaskTypes>;
  readonly target: Target;
}

/** A person waits: four tries within seconds, then the error is told. */
const RETRY = { maxRetries: 3, initialSeconds: 0.3, maxSeconds: 3 };

/** A client of the stack that the command's options name. Sends nothing yet. */
export async function connect(command: Command): Promise<Connection> {
  const target = await findTarget(globalOptions(command));
  return { client: createClient({ url: target.url, auth: await authOf(target), retry: RETRY }), target };
}

export const globalOptions = (command: Command): GlobalOptions => command.optsWithGlobals<GlobalOptions>();

export const wantsJson = (command: Command): boolean => globalOptions(command).json === true;
