import type { Command } from 'commander';
import { connect, wantsJson } from '../cli/connect.ts';
import { jobArguments } from '../cli/job-argument.ts';
import { jobView } from '../cli/job-view.ts';
import { out, outJson } from '../cli/terminal.ts';

const EXAMPLES = `
Examples:
  $ stint get 01a20d80-3aa2-7ac1-99f7-5d692cdd37f0
  $ stint get JOB --json | jq .result`;

export function define(command: Command): void {
  command.argument('<jobs...>', 'their ids', jobArguments).addHelpText('after', EXAMPLES).action(get);
}

async function get(ids: readonly string[], _options: object, command: Command): Promise<void> {
  const { client } = await connect(command);
  for (const [i, id] of ids.entries()) {
    const job = await client.get(id);
    if (wantsJson(command)) outJson(job);
    else [...(i === 0 ? [] : ['']), ...jobView(job)].forEach(out);
  }
}
