import type { Command } from 'commander';
import { deadline } from '../../client/deadline.ts';
import { TimeoutError } from '../../client/index.ts';
import { connect, wantsJson } from '../cli/connect.ts';
import { jobArguments } from '../cli/job-argument.ts';
import { tellOutcome, tellOutcomeInOneLine } from '../cli/job-outcome.ts';
import { durationArgument } from '../cli/time.ts';

const EXAMPLES = `
Prints the result of a complete job; of several, a line for each. Ends with 3 when one failed or was aborted, and with 7
when the time is up.

Examples:
  $ stint wait JOB
  $ stint wait JOB --timeout 5m || echo "not complete: $?"
  $ stint wait $(stint enqueue poc_test_task) | jq -r .processed_message`;

export function define(command: Command): void {
  command
    .argument('<jobs...>', 'their ids', jobArguments)
    .option('--timeout <duration>', 'wait no longer than this: 90s, 5m, 2h', durationArgument)
    .addHelpText('after', EXAMPLES)
    .action(wait);
}

async function wait(ids: readonly string[], { timeout }: { timeout?: number }, command: Command): Promise<void> {
  const { client } = await connect(command);
  const { signal, end } = deadline(undefined, timeout ?? Infinity, 'The time is up.');
  const tell = ids.length === 1 ? tellOutcome : tellOutcomeInOneLine;
  try {
    // In turn: they end side by side all the same, and the API holds few waits at once.
    for (const id of ids) {
      const ended = await client.wait(id, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
        throw new TimeoutError(`Job ${id} has not ended within ${timeout} s. It goes on.`);
      });
      tell(ended, wantsJson(command));
    }
  } finally {
    end();
  }
}
