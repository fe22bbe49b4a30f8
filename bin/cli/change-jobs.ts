import type { Command } from 'commander';
import {
  ApiError,
  type BulkResult,
  type Client,
  type JobFilter,
  type JobHandle,
  type TaskTypes,
} from '../../client/index.ts';
import { connect, wantsJson } from './connect.ts';
import { CommandError, EXIT } from './exit-code.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { jobArguments } from './job-argument.ts';
import { addFilterOptions, filterOf } from './job-filter.ts';
import { progressBar } from './progress-bar.ts';
import { statusText } from './status-colour.ts';
import { count, err, inOneLine, out, outJson } from './terminal.ts';
import { tellIfUnknown } from './unknown-task.ts';

type Action = 'abort' | 'retry';
const DONE = { abort: 'aborted', retry: 'retried' } as const;

type Options = Parameters<typeof filterOf>[0] & { readonly dryRun?: boolean; readonly yes?: boolean };

/** The arguments and options that `abort` and `retry` share: jobs by their ids, or by what fits. */
export function changeCommand(command: Command, action: Action): Command {
  return addFilterOptions(command.argument('[jobs...]', 'their ids; or choose by the options', jobArguments))
    .option('--dry-run', 'count what fits, change nothing')
    .option('--yes', 'change all that fits')
    .action((ids: string[], options: Options) => change(ids, options, action, command));
}

async function change(ids: readonly string[], options: Options, action: Action, command: Command): Promise<void> {
  const filter = filterOf(options);
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const usage = `See: stint ${action} --help`;
  if (ids.length === 0 && !filtered)
    throw new CommandError(EXIT.usage, `Which jobs? Name their ids, or say what must hold of them. ${usage}`);
  if (ids.length > 0 && (filtered || options.dryRun))
    throw new CommandError(EXIT.usage, `Say ids, or what must hold, not both; --dry-run is for the latter. ${usage}`);
  const { client } = await connect(command);
  const json = wantsJson(command);
  if (ids.length > 0) return changeEach(client, ids, action, json);
  const dryRun = options.yes !== true || options.dryRun === true;
  const result = await changeAll(client, filter, action, dryRun);
  tell(result, action, dryRun && options.dryRun !== true, json);
  if (result.matched === 0 && !json) await tellIfUnknown(options.task, client);
}

/** Each by itself: of several, one that is refused does not keep the others from being changed. */
async function changeEach(
  client: Client<TaskTypes>,
  ids: readonly string[],
  action: Action,
  json: boolean,
): Promise<void> {
  for (const id of ids) {
    try {
      const changed = await (action === 'abort' ? client.abort(id) : client.retry(id));
      if (json) outJson(changed);
      else out(`${changed.job_id}  ${statusText(changed.status)}`);
    } catch (error) {
      if (ids.length === 1 || !(error instanceof ApiError)) throw error;
      process.exitCode ??= exitCodeOf(error);
      if (json) outJson({ job_id: id, error: error.problem });
      else err(`${id}  ${inOneLine(error.message)}`);
    }
  }
}

const LOOK_SECONDS = 1;

/** Follows the system's own job that changes them, and those that go on for it, to the end. */
async function changeAll(
  client: Client<TaskTypes>,
  filter: JobFilter,
  action: Action,
  dryRun: boolean,
): Promise<BulkResult> {
  const order = { ...given(filter), ...(dryRun && { dryRun }) };
  let handle: JobHandle<BulkResult> = await (action === 'abort' ? client.abortMany(order) : client.retryMany(order));
  const bar = progressBar();
  try {
    for (;;) {
      const watching = watch(handle, bar.show);
      const result = await handle.result().finally(() => clearInterval(watching));
      if (result.next_job_id === null) return result;
      handle = client.handle('stint_bulk', result.next_job_id) as JobHandle<BulkResult>;
    }
  } finally {
    bar.end();
  }
}

function watch(handle: JobHandle, show: (fraction: number | undefined, note: string) => void): NodeJS.Timeout {
  const look = async () => {
    const { progress } = await handle.get();
    show(progress?.fraction, progress?.note ?? 'looking …');
  };
  // A look that fails is no matter: the wait beside it tells of what is.
  return setInterval(() => void look().catch(() => undefined), LOOK_SECONDS * 1000);
}

const given = (filter: JobFilter): JobFilter =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));

function tell(result: BulkResult, action: Action, needsYes: boolean, json: boolean): void {
  if (result.failed > 0) process.exitCode = EXIT.failed;
  if (json) outJson(result);
  else if (result.dry_run) out(`${count(result.matched, 'job')} would be ${DONE[action]}.`);
  else {
    const skipped = result.skipped === 0 ? '' : `, ${result.skipped} changed meanwhile`;
    const failed = result.failed === 0 ? '' : `, ${result.failed} failed`;
    out(`${count(result.changed, 'job')} ${DONE[action]}${skipped}${failed}.`);
    for (const { job_id, detail } of result.errors) err(`${job_id}  ${inOneLine(detail)}`);
  }
  if (needsYes && result.matched > 0) {
    err(`Nothing is changed yet: say --yes to ${action} them.`);
    process.exitCode = EXIT.usage;
  }
}
