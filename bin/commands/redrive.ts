import type { Command } from 'commander';
import type { Client, TaskTypes } from '../../client/index.ts';
import { connect, wantsJson } from '../cli/connect.ts';
import { CommandError, EXIT } from '../cli/exit-code.ts';
import { jobArguments } from '../cli/job-argument.ts';
import { progressBar } from '../cli/progress-bar.ts';
import { count, err, inOneLine, out, outJson } from '../cli/terminal.ts';
import { tellIfUnknown } from '../cli/unknown-task.ts';

const EXAMPLES = `
Runs those again that are dead letters when it begins; one that fails again stays one, and is not run twice.

Examples:
  $ stint redrive JOB
  $ stint redrive --task create_subtitles --dry-run    how many there are
  $ stint redrive --task create_subtitles
  $ stint redrive --all`;

export function define(command: Command): void {
  command
    .argument('[jobs...]', 'their ids', jobArguments)
    .option('--task <name>', 'all of this task')
    .option('--all', 'all of them')
    .option('--dry-run', 'count them, run none')
    .addHelpText('after', EXAMPLES)
    .action(redrive);
}

interface Options {
  readonly task?: string;
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** Jobs a call: the API takes 500, and a smaller step shows how far it is. */
const STEP = 100;

async function redrive(ids: readonly string[], { task, all, dryRun }: Options, command: Command): Promise<void> {
  if ([ids.length > 0, task !== undefined, all === true].filter(Boolean).length !== 1)
    throw new CommandError(
      EXIT.usage,
      'Which dead letters? Name ids, or --task NAME, or --all. See: stint redrive --help',
    );
  const { client } = await connect(command);
  const json = wantsJson(command);
  const meant = ids.length > 0 ? ids : await buried(client, task);
  if (meant.length === 0 && !json) await tellIfUnknown(task, client);
  if (dryRun)
    return json ? outJson({ would_redrive: meant.length }) : out(`${count(meant.length, 'job')} would run again.`);
  const redriven = await redriveEach(client, meant, json);
  if (!json) out(`${count(redriven, 'job')} will run again.`);
}

async function buried(client: Client<TaskTypes>, task: string | undefined): Promise<string[]> {
  const bar = progressBar();
  const ids: string[] = [];
  for await (const { job_id } of client.deadLetters({ taskName: task as never }, { pageSize: 100 })) {
    ids.push(job_id);
    bar.show(undefined, `${count(ids.length, 'dead letter')} …`);
  }
  bar.end();
  return ids;
}

async function redriveEach(client: Client<TaskTypes>, ids: readonly string[], json: boolean): Promise<number> {
  const bar = progressBar();
  let redriven = 0;
  for (let at = 0; at < ids.length; at += STEP) {
    const step = await client.redrive({ jobIds: ids.slice(at, at + STEP) });
    redriven += step.redriven;
    for (const row of step.jobs) {
      if (json) outJson(row);
      if (!('error' in row)) continue;
      process.exitCode = EXIT.failed;
      if (!json) err(`${row.job_id}  ${inOneLine(row.error.detail)}`);
    }
    bar.show((at + STEP) / ids.length, count(redriven, 'job'));
  }
  bar.end();
  return redriven;
}
