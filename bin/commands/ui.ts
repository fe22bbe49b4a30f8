import { once } from 'node:events';
import type { Command } from 'commander';
import { openInBrowser } from '../cli/browser.ts';
import { globalOptions } from '../cli/connect.ts';
import { authOf, describeTarget, findTarget } from '../cli/target.ts';
import { err, out } from '../cli/terminal.ts';
import { wholeNumber } from '../cli/time.ts';
import { freePort } from '../local/free-port.ts';
import { openUi } from '../ui/server.ts';

const EXAMPLES = `
The page shows jobs, queues, tasks and dead letters, live; it enqueues, aborts, retries and redrives. It is served on 127.0.0.1 by this
command until Ctrl-C, and calls the API as you: whoever can open it on this machine can do what you can.

Examples:
  $ stint ui
  $ stint ui --stack stint-prod --profile work`;

const PORT = 8790;

export function define(command: Command): void {
  command
    .option('--port <number>', `its port; default ${PORT}, or another if that is taken`, wholeNumber(1, 65_535))
    .option('--no-browser', 'print the URL alone')
    .addHelpText('after', EXAMPLES)
    .action(ui);
}

async function ui({ port, browser }: { port?: number; browser: boolean }, command: Command): Promise<void> {
  const target = await findTarget(globalOptions(command));
  const about = describeTarget(target);
  const options = { url: target.url, auth: await authOf(target), about, port: port ?? (await freePort(PORT)) };
  const { url, close } = await openUi(options);
  out(url);
  err(`Shows ${about}. Ctrl-C ends it.`);
  if (browser && process.stdout.isTTY) openInBrowser(url);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await close();
}
