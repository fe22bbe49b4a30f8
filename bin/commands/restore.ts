import type { Command } from 'commander';
import { globalOptions, wantsJson } from '../cli/connect.ts';
import { jobsTable } from '../cli/jobs-table.ts';
import { progressBar } from '../cli/progress-bar.ts';
import { count, out, outJson } from '../cli/terminal.ts';

const EXAMPLES = `
After DynamoDB has restored the stack's table to a second before the loss, as a table of another name (docs/deploy.md). Jobs that the
stack's table lacks come back, with their inputs and results; what it has stays as it is, so the command can be run again. A job that had
not ended by that second runs within minutes, even if it ended later: its record knows no better. What has expired since stays away, and so do API
keys, of which one may have been revoked. It needs the rights to dynamodb:Scan on that
table, and to dynamodb:GetItem and dynamodb:PutItem on the stack's.

Examples:
  $ stint restore --from jobs-restored --dry-run --stack stint-prod    how many there are
  $ stint restore --from jobs-restored --stack stint-prod`;

export function define(command: Command): void {
  command
    .requiredOption('--from <table>', 'the table that DynamoDB restored')
    .option('--dry-run', 'count them, restore none')
    .option('--table <name>', "the stack's table, where --stack does not tell it")
    .addHelpText('after', EXAMPLES)
    .action(restore);
}

interface Options {
  readonly from: string;
  readonly dryRun?: boolean;
}

async function restore({ from, dryRun = false }: Options, command: Command): Promise<void> {
  const to = await jobsTable(globalOptions(command));
  // The SDK takes longer to load than all else does: only what needs it waits for it.
  const { itemClient } = await import('../../lambdas/adapters/aws-clients.ts');
  const { restoreJobs } = await import('../cli/restore-jobs.ts');
  const bar = progressBar();
  const done = await restoreJobs(itemClient(), {
    from,
    to,
    now: Date.now(),
    dryRun,
    onProgress: ({ restored, present }) => bar.show(undefined, `${count(restored + present, 'job')} …`),
  }).finally(() => bar.end());
  const { restored, unfinished, present } = done;
  if (wantsJson(command)) return outJson(dryRun ? { would_restore: restored, unfinished, present } : done);
  const came = dryRun ? 'would come back' : 'came back';
  const ran = dryRun ? 'would run' : 'will run';
  out(
    `${count(restored, 'job')} ${came}; ${unfinished} of them had not ended, and ${ran}. ${present} were not missing.`,
  );
}
