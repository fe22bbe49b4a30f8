import { type Command, Option } from 'commander';
import type { JobFilter, Status } from '../../client/index.ts';
import { pastArgument } from './time.ts';

export const STATUSES = ['queued', 'active', 'aborting', 'aborted', 'failed', 'complete'] as const satisfies Status[];

interface FilterOptions {
  readonly task?: string;
  readonly user?: string;
  readonly project?: string;
  readonly status?: Status;
  readonly tag?: string;
  readonly since?: Date;
  readonly until?: Date;
}

/** The options by which jobs are chosen: what is given must all hold. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--task <name>', 'of this task')
    .option('--user <id>', 'of this user')
    .option('--project <id>', 'of this project')
    .addOption(new Option('--status <status>', 'that stand so').choices(STATUSES))
    .option('--tag <tag>', 'with this tag')
    .option('--since <time>', 'created later than 2h ago (2h), or than 2026-11-30T09:00:00Z', pastArgument)
    .option('--until <time>', 'created earlier', pastArgument);
}

export function filterOf(options: FilterOptions): JobFilter {
  return {
    taskName: options.task,
    userId: options.user,
    projectId: options.project,
    status: options.status,
    tag: options.tag,
    createdAfter: options.since,
    createdBefore: options.until,
  };
}
