import type { Command } from 'commander';
import type { Client, TaskTypes } from '../../client/index.ts';
import { connect, wantsJson } from '../cli/connect.ts';
import { tellJobs } from '../cli/job-list.ts';
import { count, err } from '../cli/terminal.ts';
import { wholeNumber } from '../cli/time.ts';
import { tellIfUnknown } from '../cli/unknown-task.ts';

const EXAMPLES = `
Examples:
  $ stint dead-letters
  $ stint dead-letters --task create_subtitles --all --json | jq -r .error_message | sort | uniq -c
Once the cause is fixed: stint redrive --task create_subtitles`;

export function define(command: Command): void {
  command
    .option('--task <name>', 'of this task')
    .option('-n, --limit <count>', 'how many at most', wholeNumber(1, 1_000_000), 20)
    .option('--all', 'all of them')
    .addHelpText('after', EXAMPLES)
    .action(deadLetters);
}

interface Options {
  readonly task?: string;
  readonly limit: number;
  readonly all?: boolean;
}

async function deadLetters({ task, limit, all }: Options, command: Command): Promise<void> {
  const { client } = await connect(command);
  const most = all ? Infinity : limit;
  const jobs = client.deadLetters({ taskName: task as never }, { pageSize: Math.min(100, most) });
  const json = wantsJson(command);
  const told = await tellJobs(jobs, most, json, 'There are no dead letters.');
  if (told > 0 || json) return;
  if (task === undefined) await tellOfOthers(client);
  else await tellIfUnknown(task, client);
}

/** The queue counts messages; the list has the failed jobs of the tasks that are deployed. */
async function tellOfOthers(client: Client<TaskTypes>): Promise<void> {
  const stats = await client.stats().catch(() => undefined); // It only adds to what was told, and is for admins.
  const messages = stats === undefined ? 0 : stats.dead_letters.ready + stats.dead_letters.in_flight;
  if (messages > 0)
    err(
      `Its queue has ${count(messages, 'message')} all the same: of tasks that are not deployed (--task NAME shows those), of jobs that have moved on, or of no job.`,
    );
}
