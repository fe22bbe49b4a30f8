import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import {
  type Client,
  type JobFilter,
  type ListedJob,
  NotAllowedError,
  type Stats,
  type TaskTypes,
} from '../../client/index.ts';
import { connect, wantsJson } from '../cli/connect.ts';
import { addFilterOptions, filterOf } from '../cli/job-filter.ts';
import { jobTable } from '../cli/job-table.ts';
import { statsTable } from '../cli/stats-table.ts';
import { statusText } from '../cli/status-colour.ts';
import { describeTarget } from '../cli/target.ts';
import { inOneLine, out, outJson, paint } from '../cli/terminal.ts';
import { durationArgument } from '../cli/time.ts';

const EXAMPLES = `
Where standard output is no terminal, it prints once. Ctrl-C ends it.

Examples:
  $ stint watch
  $ stint watch --status failed --interval 5s
  $ stint watch --lines | tee jobs.log         a line for each change of a job
  $ stint watch --lines --json | jq -c .job`;

export function define(command: Command): void {
  addFilterOptions(command)
    .option('--interval <duration>', 'how often it looks', durationArgument, 2)
    .option('--lines', 'a line for each change of a job')
    .addHelpText('after', EXAMPLES)
    .action(watch);
}

type Options = Parameters<typeof filterOf>[0] & { readonly interval: number; readonly lines?: boolean };

interface View {
  readonly stats: Stats | undefined;
  readonly jobs: readonly ListedJob[];
}

async function watch(options: Options, command: Command): Promise<void> {
  const { client, target } = await connect(command);
  const json = wantsJson(command);
  const millis = Math.max(0.2, options.interval) * 1000;
  if (options.lines) return tellChanges(client, filterOf(options), millis, json);
  const isLive = process.stdout.isTTY && !json;
  const look = () => viewOf(client, filterOf(options), isLive ? Math.max(5, terminalRows() - 16) : 20);
  if (json) return outJson(await look());
  if (!isLive) return linesOf(await look()).forEach(out);
  await live(
    async () => [paint('dim', `${describeTarget(target)}, ${new Date().toISOString()}`), '', ...linesOf(await look())],
    millis,
  );
}

/** Of the queues whoever is no admin sees nothing. */
async function viewOf(client: Client<TaskTypes>, filter: JobFilter, rows: number): Promise<View> {
  const [stats, { jobs }] = await Promise.all([
    client.stats().catch((error: unknown) => {
      if (error instanceof NotAllowedError) return undefined;
      throw error;
    }),
    client.list(filter as object, { pageSize: Math.min(100, rows) }).page(),
  ]);
  return { stats, jobs };
}

const linesOf = ({ stats, jobs }: View): string[] => [
  ...(stats === undefined ? [] : [...statsTable(stats), '']),
  ...jobTable(jobs),
];

/** A terminal that does not tell its size says 0. */
const terminalRows = (): number => process.stdout.rows || 24;

/** Draws again and again, on a screen of its own, until a signal ends it. A look that fails is told, and tried again. */
async function live(look: () => Promise<string[]>, millis: number): Promise<never> {
  process.stdout.write('\x1b[?1049h\x1b[?25l');
  const leave = () => process.stdout.write('\x1b[?25h\x1b[?1049l');
  process.once('exit', leave);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(code));
  for (;;) {
    const lines = await look().catch((error: unknown) => [paint('red', inOneLine(String(error))), 'Trying again …']);
    const shown = lines.slice(0, terminalRows() - 1);
    process.stdout.write(`\x1b[H${shown.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    await sleep(millis);
  }
}

/** How many of the newest jobs are looked at each time: a job that is older is not seen to change. */
const NEWEST = 100;

async function tellChanges(
  client: Client<TaskTypes>,
  filter: JobFilter,
  millis: number,
  json: boolean,
): Promise<never> {
  let seen: ReadonlyMap<string, string> | undefined;
  for (;;) {
    const { jobs } = await client.list(filter as object, { pageSize: NEWEST }).page();
    const state = new Map(jobs.map((job) => [job.job_id, `${job.status} ${job.attempt}`]));
    for (const job of jobs.toReversed()) {
      const before = seen?.get(job.job_id);
      // At first those that are under way, then what has changed.
      const isNews = seen === undefined ? job.completed_at === null : before !== state.get(job.job_id);
      if (isNews) tellChange(job, json);
    }
    seen = state;
    await sleep(millis);
  }
}

function tellChange(job: ListedJob, json: boolean): void {
  const at = new Date().toISOString();
  const note = job.error_message === null ? '' : `  ${inOneLine(job.error_message)}`;
  if (json) outJson({ at, job });
  else out(`${at}  ${job.job_id}  ${statusText(job.status, 8)}  ${job.task_name}  attempt ${job.attempt}${note}`);
}
