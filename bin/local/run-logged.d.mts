/** Sends a signal to a process group. Answers whether there still is one; that it has ended is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean;

export interface RunLoggedOptions {
  /** Where stdout and stderr go; written anew. */
  log: string;
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Ends the command: SIGTERM to its group, after five seconds SIGKILL. */
  signal?: AbortSignal;
}

/**
 * Runs a command in a process group of its own, with its output in a log, and leaves none of its processes.
 * Throws a Complaint if it cannot be started or does not end with 0, and the signal's reason if aborted.
 */
export function runLogged(command: string, args: readonly string[], options: RunLoggedOptions): Promise<void>;
