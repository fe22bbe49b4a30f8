import { useAws } from './aws-cli.ts';
import { CommandError, EXIT } from './exit-code.ts';
import { findTarget, type TargetOptions } from './target.ts';

/**
 * The table of jobs and keys that is meant: of `--stack` or `--local`, else `--table`, else STINT_TABLE, else that of `npm start`. Turns
 * the SDK of this process to where it is.
 * @throws CommandError that says what to do
 */
export async function jobsTable({ table, ...options }: TargetOptions & { readonly table?: string }): Promise<string> {
  const named = options.local || options.stack !== undefined || options.url !== undefined;
  const given = table ?? (named ? undefined : process.env.STINT_TABLE || undefined);
  if (given !== undefined) {
    useAws(options);
    return given;
  }
  const target = await findTarget(options);
  switch (target.kind) {
    case 'local': {
      const { endpoint_url, table_name } = target.outputs;
      const AWS = { AWS_ENDPOINT_URL: endpoint_url, AWS_REGION: 'us-east-1' };
      Object.assign(process.env, AWS, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
      return table_name;
    }
    case 'stack':
      return target.tableName;
    case 'url':
      throw new CommandError(EXIT.usage, 'A URL alone does not tell which table: say --stack NAME, or --table NAME.');
  }
}
