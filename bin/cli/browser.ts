import { spawn } from 'node:child_process';
import { err } from './terminal.ts';

/** Shows a URL in the user's browser, or says that there is none. */
export function openInBrowser(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.once('error', () => err('No browser could be started here: open the URL by hand.'));
  child.unref();
}
