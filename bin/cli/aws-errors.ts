import { ClientError } from '../../client/index.ts';
import { CommandError, EXIT, type ExitCode } from './exit-code.ts';

const NO_ANSWER = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|TimeoutError)$/;
const NOT_ALLOWED = /^(CredentialsProvider|AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|TokenRefresh)/;

/** What the SDK, or a call of the local emulator, threw, as a CommandError that says what to do; anything else as it is. */
export function awsErrorInWords(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CommandError || error instanceof ClientError) return error;
  const below: NodeJS.ErrnoException = error.cause instanceof Error ? error.cause : error; // `fetch failed` says nothing
  const say = (exitCode: ExitCode, advice: string) =>
    new CommandError(exitCode, `${below.message}\n${advice}`, { cause: error });
  if (NO_ANSWER.test(below.code ?? '') || NO_ANSWER.test(below.name))
    return say(EXIT.unreachable, 'Is it running? The local stack starts with npm start. `stint doctor` looks closer.');
  if (NOT_ALLOWED.test(below.name))
    return say(EXIT.notAllowed, 'Sign in (aws sso login, aws configure), or choose another account with --profile.');
  if (below.name === 'ResourceNotFoundException') return say(EXIT.refused, 'Is the table of this account and region?');
  if (below.message === 'Region is missing') return say(EXIT.failed, 'Say --region NAME, or set AWS_REGION.');
  return error;
}
