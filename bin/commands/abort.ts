import type { Command } from 'commander';
import { changeCommand } from '../cli/change-jobs.ts';

const EXAMPLES = `
A job that waits is aborted at once; one that runs is told within seconds.

Examples:
  $ stint abort JOB
  $ stint abort --task create_subtitles --status queued --dry-run    counts them
  $ stint abort --task create_subtitles --status queued --yes`;

export function define(command: Command): void {
  changeCommand(command, 'abort').addHelpText('after', EXAMPLES);
}
