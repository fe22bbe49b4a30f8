import type { Command } from 'commander';
import { connect, wantsJson } from '../cli/connect.ts';
import { enqueueLines } from '../cli/enqueue-lines.ts';
import { CommandError, EXIT } from '../cli/exit-code.ts';
import { tellOutcome } from '../cli/job-outcome.ts';
import { jsonInput } from '../cli/json-input.ts';
import { err, out, outJson } from '../cli/terminal.ts';
import { durationArgument, timeArgument, wholeNumber } from '../cli/time.ts';

const EXAMPLES = `
Prints the id of the job, alone, so that it can be piped on.

Examples:
  $ stint enqueue poc_test_task --input '{"message": "Hi"}'
  $ stint enqueue create_subtitles --input @transcript.json --wait
  $ jq '{text: .body}' mail.json | stint enqueue create_subtitles --input -
  $ stint enqueue send_invoice --input @invoice.json --delay 15m --idempotency-key in_42

Many, from JSON lines; each is taken or refused by itself:
  $ stint enqueue create_subtitles --lines inputs.jsonl     each line an input
  $ stint enqueue --lines jobs.jsonl                        each line {"task_name": …, "input": …, "user_id": …}
  $ generate | stint enqueue poc_test_task --lines - > ids.txt
With --idempotency-key, a file that was broken off can be sent again: no line of it makes a second job.`;

export function define(command: Command): void {
  command
    .argument('[task]', 'its name')
    .option('-i, --input <json>', 'its input: JSON, @FILE, or - for standard input')
    .option('--lines <file>', 'many jobs: a file of JSON lines, or - for standard input')
    .option('--user <id>', 'whose job it is')
    .option('--project <id>', 'of which project')
    .option('--delay <duration>', 'not before so long from now: 90s, 5m, 2h, 1d', durationArgument)
    .option('--at <time>', 'not before this time: 2026-11-30T09:00:00Z', timeArgument)
    .option('--max-attempts <count>', "in place of the task's", wholeNumber(1, 50))
    .option('--key <key>', 'one unfinished job of the task at a time')
    .option('--idempotency-key <key>', 'the same key makes the same job, once')
    .option('--tag <tag>', 'a tag; may be said again', (tag: string, tags: string[] = []) => [...tags, tag])
    .option('--wait', 'print its result, once it has ended')
    .option('--timeout <duration>', 'with --wait: wait no longer than this', durationArgument)
    .addHelpText('after', EXAMPLES)
    .action(enqueue);
}

interface Options {
  readonly input?: string;
  readonly lines?: string;
  readonly user?: string;
  readonly project?: string;
  readonly delay?: number;
  readonly at?: Date;
  readonly maxAttempts?: number;
  readonly key?: string;
  readonly idempotencyKey?: string;
  readonly tag?: readonly string[];
  readonly wait?: boolean;
  readonly timeout?: number;
}

async function enqueue(task: string | undefined, options: Options, command: Command): Promise<void> {
  const { idempotencyKey } = options;
  const jobOptions = given({
    userId: options.user,
    projectId: options.project,
    delaySeconds: options.delay,
    scheduledAt: options.at,
    maxAttempts: options.maxAttempts,
    key: options.key,
    tags: options.tag,
  });
  if (options.timeout !== undefined && !options.wait) throw new CommandError(EXIT.usage, '--timeout is for --wait.');
  if (options.lines !== undefined) {
    if (options.input !== undefined || options.wait || options.key !== undefined)
      throw new CommandError(EXIT.usage, '--lines goes without --input, --wait and --key.');
    const { client } = await connect(command);
    return enqueueLines(client, { file: options.lines, task, jobOptions, idempotencyKey, json: wantsJson(command) });
  }
  if (task === undefined || task === '')
    throw new CommandError(EXIT.usage, 'Name the task: stint enqueue TASK. `stint tasks` shows which there are.');
  const input = await jsonInput(options.input ?? '{}');
  const { client } = await connect(command);
  const job = await client.enqueue(task, input, { ...jobOptions, ...given({ idempotencyKey }) });
  if (options.wait) {
    const ended = await job.wait(given({ timeoutSeconds: options.timeout }));
    return tellOutcome(ended, wantsJson(command));
  }
  if (wantsJson(command)) return outJson(job);
  out(job.job_id);
  if (job.deduplicated) err('It was there already.');
  else if (process.stdout.isTTY) err(`It is ${job.status}. Its result: stint wait ${job.job_id}`);
}

/** What is undefined would be an unknown field. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as ReturnType<
    typeof given<T>
  >;
}
