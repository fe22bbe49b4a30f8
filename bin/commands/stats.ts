import type { Command } from 'commander';
import { connect, wantsJson } from '../cli/connect.ts';
import { statsTable } from '../cli/stats-table.ts';
import { out, outJson } from '../cli/terminal.ts';

const EXAMPLES = `
Messages of each queue: ready, in flight, delayed (SQS counts approximately). A message is not a job: see docs/protocol.md.

Examples:
  $ stint stats
  $ stint stats --json | jq .dead_letters.ready`;

export function define(command: Command): void {
  command.addHelpText('after', EXAMPLES).action(stats);
}

async function stats(_options: object, command: Command): Promise<void> {
  const { client } = await connect(command);
  const now = await client.stats();
  if (wantsJson(command)) outJson(now);
  else statsTable(now).forEach(out);
}
