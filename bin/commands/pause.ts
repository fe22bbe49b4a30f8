import type { Command } from 'commander';
import { wantsJson } from '../cli/connect.ts';
import { switchQueues } from '../cli/queue-switch.ts';
import { out, outJson } from '../cli/terminal.ts';

const EXAMPLES = `
Jobs that run go on to their end. Those that wait, and those that come, stay on the queue and use up no attempt, for 14 days at most.
A deploy does not start the queue again. On AWS it takes up to a minute.

Examples:
  $ stint pause default
  $ stint pause default mail --stack stint-prod`;

export function define(command: Command): void {
  command.argument('<queues...>', 'their names').addHelpText('after', EXAMPLES).action(pause);
}

async function pause(queues: readonly string[], _options: object, command: Command): Promise<void> {
  await switchQueues(queues, false, command);
  if (wantsJson(command)) for (const queue of queues) outJson({ queue, paused: true });
  else out(`${queues.join(', ')}: paused. To go on: stint resume ${queues.join(' ')}`);
}
