import type { Command } from 'commander';
import { openInBrowser } from '../cli/browser.ts';
import { globalOptions } from '../cli/connect.ts';
import { findTarget } from '../cli/target.ts';
import { err, out, outJson } from '../cli/terminal.ts';

const EXAMPLES = `
Where standard output is no terminal, it prints the URLs alone.

Examples:
  $ stint open
  $ curl "$(stint open --api)/health"`;

export function define(command: Command): void {
  command
    .option('--api', "print the API's own URL alone")
    .option('--no-browser', 'print the URL alone')
    .addHelpText('after', EXAMPLES)
    .action(open);
}

async function open({ api, browser }: { api?: boolean; browser: boolean }, command: Command): Promise<void> {
  const { json, ...options } = globalOptions(command);
  const target = await findTarget(options);
  const url = target.url.replace(/\/+$/, '');
  if (json) return outJson({ api_url: url, docs_url: `${url}/docs` });
  out(api ? url : `${url}/docs`);
  if (api || !browser || !process.stdout.isTTY) return;
  if (target.kind !== 'local') err('Where the API asks who calls, a browser that is not signed in sees 401 or 403.');
  openInBrowser(`${url}/docs`);
}
