import type { Command } from 'commander';
import { changeCommand } from '../cli/change-jobs.ts';

const EXAMPLES = `
Examples:
  $ stint retry JOB
  $ stint retry --task create_subtitles --status failed --since 1d --dry-run    counts them
  $ stint retry --task create_subtitles --status failed --since 1d --yes`;

export function define(command: Command): void {
  changeCommand(command, 'retry').addHelpText('after', EXAMPLES);
}
