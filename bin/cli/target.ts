import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Auth } from '../../client/index.ts';
import type { Outputs } from '../local/outputs.ts';
import { type AwsOptions, aws, useAws } from './aws-cli.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** Whether this is the npm package, compiled, in an app that uses it, and not a clone of Stint. */
export const IS_PACKAGE = import.meta.filename.endsWith('.js');
/** The project that this command line works for: the clone that it is part of, or the app that it was called in. */
export const PROJECT = IS_PACKAGE ? appOf(process.cwd()) : dirname(dirname(import.meta.dirname));
export const OUTPUTS = join(PROJECT, '.local', 'outputs.json');

/** The nearest folder that has a package.json, or the given one where there is none. */
function appOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (at === dirname(at)) return folder;
  }
}

/** Which stack is meant, as the options of every command say it. */
export interface TargetOptions extends AwsOptions {
  readonly local?: boolean;
  readonly url?: string;
  readonly stack?: string;
}

/** A stack, as far as it is known by what names it. */
export type Target =
  | { readonly kind: 'local'; readonly url: string; readonly outputs: Outputs }
  | {
      readonly kind: 'stack';
      readonly url: string;
      readonly stack: string;
      readonly tableName: string;
      /** Name of the queue → its URL. */
      readonly queues: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'url'; readonly url: string };

/**
 * The stack that is meant: `--local`, `--url`, `--stack`, else STINT_URL, STINT_STACK, else that of `npm start`.
 * @throws CommandError that says what to do
 */
export async function findTarget(options: TargetOptions, env = process.env): Promise<Target> {
  useAws(options);
  const named = options.local || options.url !== undefined || options.stack !== undefined;
  const url = options.url ?? (named ? undefined : env.STINT_URL || undefined);
  const stack = options.stack ?? (named ? undefined : env.STINT_STACK || undefined);
  if ([options.local, options.url, options.stack].filter((given) => given !== undefined).length > 1)
    throw new CommandError(EXIT.usage, 'Say one of --local, --url and --stack.');
  if (url !== undefined) return { kind: 'url', url: checkedUrl(url) };
  if (stack !== undefined) return deployedStack(stack);
  return localStack();
}

function checkedUrl(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new CommandError(EXIT.usage, `'${url}' is no URL of an API: say https://….`);
  return url;
}

function localStack(): Target {
  if (!existsSync(OUTPUTS))
    throw new CommandError(
      EXIT.unreachable,
      'No stack was found. Start the local one with npm start, or name one: --stack NAME (or STINT_STACK) on AWS, --url URL (or STINT_URL) anywhere.',
    );
  const outputs = JSON.parse(readFileSync(OUTPUTS, 'utf8')) as Outputs;
  return { kind: 'local', url: outputs.api_url, outputs };
}

interface DescribedStacks {
  readonly Stacks?: readonly { readonly Outputs?: readonly { OutputKey: string; OutputValue: string }[] }[];
}

async function deployedStack(stack: string): Promise<Target> {
  const described = (await aws('cloudformation', 'describe-stacks', '--stack-name', stack)) as DescribedStacks;
  const outputs = new Map(
    described.Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  const [url, tableName] = [outputs.get('ApiUrl'), outputs.get('TableName')];
  if (url === undefined || tableName === undefined)
    throw new CommandError(EXIT.refused, `Stack '${stack}' has no outputs ApiUrl and TableName: is it one of Stint's?`);
  const queues = JSON.parse(outputs.get('Queues') ?? '{}') as Record<string, string>;
  return { kind: 'stack', url, stack, tableName, queues };
}

/** In words. */
export function describeTarget(target: Target): string {
  switch (target.kind) {
    case 'local':
      return `the local stack, ${target.url}`;
    case 'stack':
      return `stack ${target.stack}, ${target.url}`;
    case 'url':
      return target.url;
  }
}

/** Whether requests have to be signed: those for AWS's own hosts, where no key is given. */
const isOfAws = (url: string): boolean => /\.(execute-api|lambda-url)\.[a-z0-9-]+\.(amazonaws\.com|on\.aws)/.test(url);

function unsigned(cause: Error): never {
  throw new CommandError(
    EXIT.notAllowed,
    `The request cannot be signed: ${cause.message}\nSign in to AWS (aws sso login, aws configure), choose --profile and --region, or set STINT_KEY.`,
    { cause },
  );
}

/** STINT_KEY, which is one of our keys or else a bearer's token; without it, SigV4 for what is AWS's. */
export async function authOf(target: Target, env = process.env): Promise<Auth | undefined> {
  const key = env.STINT_KEY || undefined;
  if (key !== undefined) return key.startsWith('stint_') ? { apiKey: key } : { bearerToken: key };
  if (!isOfAws(target.url)) return undefined;
  const { sigV4 } = await import('../../client/sigv4.ts');
  const sign = sigV4();
  return (request) => sign(request).catch(unsigned);
}
