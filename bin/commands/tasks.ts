import type { Command } from 'commander';
import { connect, wantsJson } from '../cli/connect.ts';
import { CommandError, EXIT } from '../cli/exit-code.ts';
import { table } from '../cli/table.ts';
import { err, inOneLine, out, outJson } from '../cli/terminal.ts';

const EXAMPLES = `
Examples:
  $ stint tasks                         a table
  $ stint tasks create_subtitles        one task, with the schemas of its input and result
  $ stint tasks --json | jq -r .name`;

export function define(command: Command): void {
  command
    .argument('[task]', 'one task, with its schemas')
    .option('--names', 'their names alone')
    .addHelpText('after', EXAMPLES)
    .action(tasks);
}

async function tasks(name: string | undefined, { names }: { names?: boolean }, command: Command): Promise<void> {
  const { client } = await connect(command);
  const all = await client.tasks();
  const meant = name === undefined ? all : all.filter((task) => task.name === name);
  if (name !== undefined && meant.length === 0)
    throw new CommandError(
      EXIT.refused,
      `There is no task '${name}'. There are: ${all.map((task) => task.name).join(', ')}.`,
    );
  if (names) return meant.forEach((task) => void out(task.name));
  if (wantsJson(command)) return meant.forEach(outJson);
  if (name !== undefined) {
    for (const task of meant) out(JSON.stringify(task, null, 2));
    return;
  }
  if (all.length === 0) return err('No task is deployed. `stint new-task NAME` writes one.');
  const rows = all.map((task) => [
    task.name,
    task.queue,
    String(task.max_attempts),
    `${task.timeout_seconds} s`,
    task.schedules.map(({ cron, time_zone }) => (time_zone === 'UTC' ? cron : `${cron} ${time_zone}`)).join(', '),
    inOneLine(task.description ?? ''),
  ]);
  table(['TASK', 'QUEUE', 'ATTEMPTS', 'TIMEOUT', 'RUNS AT', ''], rows).forEach(out);
}
