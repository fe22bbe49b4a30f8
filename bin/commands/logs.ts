import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { connect, wantsJson } from '../cli/connect.ts';
import { CommandError, EXIT } from '../cli/exit-code.ts';
import { jobArgument } from '../cli/job-argument.ts';
import { type LogLine, openLogs } from '../cli/job-logs.ts';
import { err, inOneLine, out, outJson, paint } from '../cli/terminal.ts';

const EXAMPLES = `
What the functions logged of this job, oldest first; new lines may take some seconds to arrive. The stack of an error, which is that
of minified code, is in --json alone. On AWS it needs --stack, the \`aws\` command, and the right to logs:FilterLogEvents.

Examples:
  $ stint logs JOB
  $ stint logs JOB --follow
  $ stint logs JOB --stack stint-prod --json | jq -r .message`;

export function define(command: Command): void {
  command
    .argument('<job>', 'its id', jobArgument)
    .option('-f, --follow', 'go on until the job has ended')
    .addHelpText('after', EXAMPLES)
    .action(logs);
}

const LOOK_MILLIS = 2_000;

async function logs(id: string, { follow }: { follow?: boolean }, command: Command): Promise<void> {
  const { client, target } = await connect(command);
  if (target.kind === 'url')
    throw new CommandError(EXIT.usage, 'A URL alone does not tell where the logs are: say --local, or --stack NAME.');
  const readLines = await openLogs(target);
  const json = wantsJson(command);
  const told = new Set<string>();
  for (;;) {
    const job = await client.get(id); // before its lines: those of its end are there by then, or soon
    const lines = await readLines(job.job_id, Date.parse(job.created_at));
    for (const line of lines) {
      if (told.has(line.raw)) continue;
      told.add(line.raw);
      if (json) outJson(line.fields);
      else out(textOf(line));
    }
    if (!follow || job.completed_at !== null) break;
    await sleep(LOOK_MILLIS);
  }
  if (told.size === 0 && !json) err('It has logged nothing, or nothing has arrived yet.');
}

const COLOURS: Readonly<Record<string, 'dim' | 'yellow' | 'red'>> = { DEBUG: 'dim', WARN: 'yellow', ERROR: 'red' };

function textOf({ fields }: LogLine): string {
  const { timestamp, level, message, job_id: _, stack: _minified, ...rest } = fields;
  const extra = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const head = `${String(timestamp)}  ${String(level ?? '').padEnd(5)}`;
  const colour = COLOURS[String(level)];
  const text = inOneLine(String(message ?? ''));
  return `${head}  ${colour === undefined ? text : paint(colour, text)}  ${paint('dim', inOneLine(extra.join(' ')))}`.trimEnd();
}
