import { CommanderError } from 'commander';
import { ApiError, ClientError, InvalidInputError } from '../../client/index.ts';
import { Complaint } from '../local/steps.mjs';
import { awsErrorInWords } from './aws-errors.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { commandLine } from './program.ts';
import { err, paintErr, printable } from './terminal.ts';

/** Runs a command line. @returns its exit code; it has told whatever went wrong */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  process.stdout.on('error', endWithReader);
  // `stint help list` is `stint list --help`.
  const argv = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
  try {
    await commandLine().parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (caught) {
    if (caught instanceof CommanderError) return caught.exitCode === 0 ? EXIT.ok : EXIT.usage; // it has told itself
    const error = awsErrorInWords(caught);
    const exitCode = exitCodeOf(error);
    if (args.includes('--json')) err(JSON.stringify({ error: { exit_code: exitCode, ...asJson(error) } }));
    else err(`${paintErr('red', 'stint:')} ${printable(messageOf(error, exitCode))}`);
    return exitCode;
  }
}

/** Whoever read us has read enough: `stint list | head`. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.ok);
}

function messageOf(error: unknown, exitCode: ExitCode): string {
  if (!(error instanceof Error)) return String(error);
  const isOurs = error instanceof CommandError || error instanceof ClientError || error instanceof Complaint;
  const advice =
    error instanceof InvalidInputError ? WHAT_FITS : error instanceof ClientError ? ADVICE[exitCode] : undefined;
  return [isOurs ? error.message : (error.stack ?? error.message), advice].filter(Boolean).join('\n');
}

const WHAT_FITS = '`stint tasks TASK` shows what a task takes, `--help` what a command does.';

const ADVICE: Partial<Record<ExitCode, string>> = {
  [EXIT.notAllowed]:
    'Set STINT_KEY to an API key or token, or sign with AWS credentials: --stack NAME --profile NAME. `stint doctor` looks closer.',
  [EXIT.unreachable]: 'Is it running? The local stack starts with npm start. `stint doctor` looks closer.',
};

function asJson(error: unknown): Record<string, unknown> {
  if (error instanceof ApiError) return { ...error.problem, message: error.message };
  return { message: error instanceof Error ? error.message : String(error) };
}
