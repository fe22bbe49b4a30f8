import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** One Ctrl-C arrives up to three times: from the terminal, from npm and from bootstrap.mjs. */
const SAME_PRESS_MS = 1_000;

export interface Interruption {
  /** Aborted by Ctrl-C, SIGTERM, SIGHUP, or the death of bootstrap.mjs. */
  signal: AbortSignal;
  /** Resolves then. */
  happened: Promise<void>;
  /** What a shell expects of a command that a signal has ended. */
  exitCode(): number;
}

/**
 * Listens for the wish to stop, for the rest of the process. A second Ctrl-C, a second later, ends the process at once.
 */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const { promise: happened, resolve } = Promise.withResolvers<void>();
  let interruptedAt = 0;
  let by: (typeof SIGNALS)[number] = 'SIGTERM';
  const exitCode = () => 128 + constants.signals[by];
  const interrupt = (name: (typeof SIGNALS)[number]) => {
    if (!controller.signal.aborted) {
      interruptedAt = Date.now();
      by = name;
      controller.abort(new Error(`stopped by ${name}`));
      resolve();
    } else if (Date.now() - interruptedAt > SAME_PRESS_MS) {
      process.exit(exitCode());
    }
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  process.once('disconnect', () => interrupt('SIGTERM'));
  process.channel?.unref(); // Listening to it must not keep the process alive.
  // A terminal that was closed takes no more lines, and what they tell nobody reads: it is no reason to die midway.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return { signal: controller.signal, happened, exitCode };
}
