import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { COMMANDS } from '../commands/index.ts';
import { EXIT_CODES } from './exit-code.ts';

const AFTER = `
Examples:
  $ stint tasks                                              what can be enqueued
  $ stint enqueue poc_test_task --input '{"message": "Hi"}'  prints the id of the job
  $ stint wait JOB                                           its result, once it has ended
  $ stint watch                                              how things stand, live
  $ stint list --status failed --since 1d
  $ stint stats --stack stint-prod --profile work            the same, on AWS

Which stack: --local, --url or --stack; else STINT_URL or STINT_STACK; else that of npm start.
Who calls: STINT_KEY, an API key or a bearer's token; on AWS, without it, your AWS credentials.

Exit codes:
${EXIT_CODES.map(([code, means]) => `  ${code}  ${means}`).join('\n')}`;

/** The command line with the names of its commands. Each is read from its file when it is called. */
export function commandLine(): Command {
  const program = new Command('stint')
    .description('Background jobs: enqueue, watch and fix them.')
    .version(packageJson.version)
    .option('--json', 'JSON for scripts: one value a line')
    .option('--local', 'the stack of npm start')
    .option('--url <url>', 'the API at this URL')
    .option('--stack <name>', 'this CloudFormation stack on AWS')
    .option('--profile <name>', 'AWS profile')
    .option('--region <name>', 'AWS region')
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .exitOverride()
    .addHelpText('after', AFTER)
    .showHelpAfterError('See: stint --help')
    .hook('preSubcommand', (_program, command) => define(command));
  for (const { name, summary } of COMMANDS)
    program.command(name).description(summary).showHelpAfterError(`See: stint ${name} --help`);
  return program;
}

/** The command line with all its commands read, for what shows all of them: completion, the documentation. */
export async function wholeCommandLine(): Promise<Command> {
  const program = commandLine();
  for (const command of program.commands) await define(command);
  return program;
}

async function define(command: Command): Promise<void> {
  const module = await COMMANDS.find(({ name }) => name === command.name())?.load();
  module?.define(command);
}
