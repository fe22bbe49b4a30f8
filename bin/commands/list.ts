import type { Command } from 'commander';
import { connect, wantsJson } from '../cli/connect.ts';
import { addFilterOptions, filterOf } from '../cli/job-filter.ts';
import { tellJobs } from '../cli/job-list.ts';
import { wholeNumber } from '../cli/time.ts';
import { tellIfUnknown } from '../cli/unknown-task.ts';

const EXAMPLES = `
Examples:
  $ stint list
  $ stint list --task create_subtitles --status failed --since 1d
  $ stint list --user ada --all --json | jq -r .job_id`;

export function define(command: Command): void {
  addFilterOptions(command)
    .option('-n, --limit <count>', 'how many at most', wholeNumber(1, 1_000_000), 20)
    .option('--all', 'all of them')
    .addHelpText('after', EXAMPLES)
    .action(list);
}

type Options = Parameters<typeof filterOf>[0] & { readonly limit: number; readonly all?: boolean };

async function list(options: Options, command: Command): Promise<void> {
  const { client } = await connect(command);
  const most = options.all ? Infinity : options.limit;
  const jobs = client.list(filterOf(options) as object, { pageSize: Math.min(100, most) });
  const json = wantsJson(command);
  const told = await tellJobs(jobs, most, json, 'No job fits.');
  if (told === 0 && !json) await tellIfUnknown(options.task, client);
}
