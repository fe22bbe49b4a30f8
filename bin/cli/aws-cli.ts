import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CommandError, EXIT } from './exit-code.ts';

/** Which account and region are meant. */
export interface AwsOptions {
  readonly profile?: string;
  readonly region?: string;
}

/**
 * Turns the SDK, the signer and the `aws` command of this process to a profile and region. Keys in the environment would win
 * over a profile: with one they go.
 */
export function useAws({ profile, region }: AwsOptions): void {
  if (profile !== undefined) {
    process.env.AWS_PROFILE = profile;
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) delete process.env[name];
  }
  // The SDK reads the one, version 1 of the `aws` command the other.
  const meant = region ?? (process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION);
  if (meant) process.env.AWS_REGION = process.env.AWS_DEFAULT_REGION = meant;
}

/** Of an answer. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * What the `aws` command answers. It stands in for two SDK clients that would be needed for nothing else.
 * @throws CommandError that says what to do
 */
export async function aws(...args: string[]): Promise<unknown> {
  try {
    const env = { ...process.env, AWS_PAGER: '' }; // its version 1 does not know --no-cli-pager
    const { stdout } = await promisify(execFile)('aws', [...args, '--output', 'json'], { env, maxBuffer: MAX_BYTES });
    return JSON.parse(stdout || '{}');
  } catch (cause) {
    throw explained(args, cause as NodeJS.ErrnoException & { stderr?: string });
  }
}

function explained(args: readonly string[], cause: NodeJS.ErrnoException & { stderr?: string }): CommandError {
  const said = cause.stderr?.trim() ?? cause.message;
  const what = `aws ${args.slice(0, 2).join(' ')}`;
  if (cause.code === 'ENOENT')
    return new CommandError(
      EXIT.failed,
      'This needs the AWS command line, `aws`, which is not installed: https://aws.amazon.com/cli. Without it, --url (or STINT_URL) names the API.',
      { cause },
    );
  if (/does not exist|ResourceNotFound/.test(said))
    return new CommandError(EXIT.refused, `${what}: ${said}`, { cause });
  if (/credentials|token|SSO|AccessDenied|not authorized|UnrecognizedClient|config profile/i.test(said))
    return new CommandError(
      EXIT.notAllowed,
      `${what}: ${said}\nSign in (aws sso login, aws configure), or choose another account with --profile.`,
      { cause },
    );
  if (/could not connect|connect timeout/i.test(said))
    return new CommandError(EXIT.unreachable, `${what}: ${said}`, { cause });
  const advice = /specify a region/.test(said) ? '\nSay --region NAME, or set AWS_REGION.' : '';
  return new CommandError(EXIT.failed, `${what}: ${said}${advice}`, { cause });
}
