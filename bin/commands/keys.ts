import type { Command } from 'commander';
import { globalOptions, wantsJson } from '../cli/connect.ts';
import { jobsTable } from '../cli/jobs-table.ts';
import { err, out } from '../cli/terminal.ts';
import { createKey, type KeyOptions, type KeysContext, listKeys, revokeKey } from '../keys.ts';

const EXAMPLES = `
For an API whose auth is 'api-key': docs/auth.md. Keys are in the stack's table: of --stack or --local, else --table, else
STINT_TABLE (the stack's output TableName), else that of npm start. It needs the right to write there, with AWS credentials.

Examples:
  $ stint keys create ops --role admin --stack stint-prod
  $ stint keys create web --role user --user 7f1c9c1e --expires 90d > web.key
  $ stint keys list
  $ stint keys revoke web`;

export const define = (command: Command): void => keysCommands(command, contextOf);

/** The commands about keys. @param contextOf what one works on, asked for when it runs */
export function keysCommands(command: Command, contextOf: (command: Command) => Promise<KeysContext>): void {
  const withTable = (name: string) => command.command(name).option('--table <name>', 'the table of keys');
  withTable('create')
    .description('make a key; it is shown once, alone on standard output')
    .argument('<name>', 'what it is called')
    .option('--role <role>', 'admin or user')
    .option('--user <id>', 'whose jobs a user sees')
    .option('--expires <duration>', '12h, 90d, 1y; else never')
    .action(async (name: string, options: KeyOptions, self: Command) =>
      createKey(name, options, await contextOf(self), wantsJson(self)),
    );
  withTable('list')
    .description('who has a key, until when, and when it was used')
    .action(async (_options: object, self: Command) => listKeys(await contextOf(self), wantsJson(self)));
  withTable('revoke')
    .description('a key opens nothing any more')
    .argument('<name>', 'its name or id')
    .action(async (name: string, _options: object, self: Command) =>
      revokeKey(name, await contextOf(self), wantsJson(self)),
    );
  command.addHelpText('after', EXAMPLES);
}

async function contextOf(command: Command): Promise<KeysContext> {
  const table = await jobsTable(globalOptions(command));
  // The SDK takes longer to load than all else does: only what needs it waits for it.
  const { documentClient } = await import('../../lambdas/adapters/aws-clients.ts');
  const { dynamoDbApiKeys } = await import('../../lambdas/adapters/dynamodb/api-keys.ts');
  return { keys: dynamoDbApiKeys(documentClient(), table), terminal: { out, err }, now: Date.now() };
}
