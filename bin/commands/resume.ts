import type { Command } from 'commander';
import { wantsJson } from '../cli/connect.ts';
import { switchQueues } from '../cli/queue-switch.ts';
import { out, outJson } from '../cli/terminal.ts';

const EXAMPLES = `
Examples:
  $ stint resume default
  $ stint resume default mail --stack stint-prod`;

export function define(command: Command): void {
  command.argument('<queues...>', 'their names').addHelpText('after', EXAMPLES).action(resume);
}

async function resume(queues: readonly string[], _options: object, command: Command): Promise<void> {
  await switchQueues(queues, true, command);
  if (wantsJson(command)) for (const queue of queues) outJson({ queue, paused: false });
  else out(`${queues.join(', ')}: on again.`);
}
