import { join } from 'node:path';
import { bootstrapCdk, deploy } from '../../../bin/local/deploy.ts';
import { executeApiUrl } from '../../../bin/local/outputs.ts';
import { tailOf } from '../../../bin/local/steps.mjs';
import { startTemporaryEmulator } from '../../temporary-emulator.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { type Credentials, signed } from './sigv4.ts';

/** The stack of app.ts on an emulator that enforces IAM, and an issuer of tokens. */
export interface AuthStack {
  readonly endpoint: string;
  readonly issuer: Issuer;
  /** Output of the stack → value. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Where each API is, by its kind of `auth`. */
  readonly urls: Readonly<Record<'iam' | 'jwt' | 'api-key', string>>;
  /** The log of the emulator, which has that of the functions in it. */
  readonly log: string;
  /** The template that was deployed, in a folder with its assets. */
  readonly assemblyDir: string;
  stop(): Promise<void>;
}

const ROOT: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

export async function deployAuthStack(): Promise<AuthStack> {
  await using cleanup = new AsyncDisposableStack();
  const issuer = await startIssuer();
  cleanup.defer(() => issuer.close());
  const emulator = await startTemporaryEmulator('test-auth-emulator', { enforceIam: true });
  cleanup.defer(() => emulator.stop());
  const { root, endpoint, dir, log } = emulator;
  const options = {
    root,
    endpoint,
    app: 'node test/e2e/auth/app.ts',
    context: { issuer: issuer.url },
    assemblyDir: join(dir, 'cdk.out'),
    log: join(dir, 'cdk.log'),
  };
  const explained = (error: unknown): never => {
    throw new Error([String(error), ...tailOf(options.log, 40)].join('\n'), { cause: error });
  };
  await bootstrapCdk(options).catch(explained);
  const outputs = await deploy(options).catch(explained);
  const urlOf = (output: string) => executeApiUrl(endpoint, outputs[output] ?? '');
  const urls = { iam: urlOf('IamUrl'), jwt: urlOf('JwtUrl'), 'api-key': urlOf('KeyUrl') };
  const held = cleanup.move();
  return { endpoint, issuer, outputs, urls, log, assemblyDir: options.assemblyDir, stop: () => held.disposeAsync() };
}

/** The credentials of a session of a role, as AWS STS hands them out. */
export async function assumeRole(
  { endpoint }: Pick<AuthStack, 'endpoint'>,
  roleArn: string,
  session: string,
): Promise<Credentials> {
  const asked = { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: roleArn, RoleSessionName: session };
  const body = new URLSearchParams(asked).toString();
  const headers = {
    ...signed(ROOT, 'sts', 'POST', `${endpoint}/`, body),
    'content-type': 'application/x-www-form-urlencoded',
  };
  const answer = await (await fetch(`${endpoint}/`, { method: 'POST', headers, body })).text();
  const field = (name: string): string => {
    const value = new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1];
    if (value === undefined) throw new Error(`AssumeRole answered no ${name}: ${answer}`);
    return value;
  };
  return {
    accessKeyId: field('AccessKeyId'),
    secretAccessKey: field('SecretAccessKey'),
    sessionToken: field('SessionToken'),
  };
}
