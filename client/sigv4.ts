/** Requests signed for IAM (AWS Signature Version 4), for `auth: 'iam'`. Apart from the client, which stays small without it. */
import type { OutgoingRequest, Signer } from './auth.ts';
import { encoded } from './paths.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Asked before each request, so let it remember: the SDK's providers do. */
export type CredentialsProvider = () => Promise<Credentials>;

export interface SigV4Options {
  /** Default: of the environment variables `AWS_ACCESS_KEY_ID` …; else of the SDK's default chain, where it is installed. */
  readonly credentials?: Credentials | CredentialsProvider | undefined;
  /** Default: as the URL of the API has it, else `AWS_REGION`. */
  readonly region?: string | undefined;
  /** Default `execute-api`, or `lambda` for a function URL. */
  readonly service?: string | undefined;
  /** Default: the system's. */
  readonly now?: () => Date;
}

/**
 * Signs each request: `createClient({ url, auth: sigV4() })`. The caller needs `execute-api:Invoke` (`grantInvoke`).
 * @throws Error without credentials, or without a region
 */
export function sigV4({
  credentials = defaultCredentials(),
  region,
  service,
  now = () => new Date(),
}: SigV4Options = {}): Signer {
  return async (request) => {
    const { hostname } = new URL(request.url);
    // ID.execute-api.REGION.amazonaws.com, ID.lambda-url.REGION.on.aws
    const [, kind, place] = /\.(execute-api|lambda-url)\.([a-z0-9-]+)\./.exec(hostname) ?? [];
    const scope = {
      region: region ?? place ?? env('AWS_REGION') ?? env('AWS_DEFAULT_REGION'),
      service: service ?? (kind === 'lambda-url' ? 'lambda' : 'execute-api'),
    };
    if (scope.region === undefined) throw new Error(`No region to sign for ${hostname}: give sigV4({ region }).`);
    const given = typeof credentials === 'function' ? await credentials() : credentials;
    return signed(request, given, { region: scope.region, service: scope.service }, now());
  };
}

/**
 * The headers that sign a request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function signed(
  { method, url, body = '' }: OutgoingRequest,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  { region, service }: { readonly region: string; readonly service: string },
  now: Date,
): Promise<Record<string, string>> {
  const { host, pathname, searchParams } = new URL(url);
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: Record<string, string> = {
    'x-amz-date': time,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const signedHeaders = { host, ...headers };
  const names = Object.keys(signedHeaders).join(';'); // in order already
  const canonical = [
    method,
    pathname.split('/').map(encoded).join('/'), // a second time: of all services, only S3 wants it once
    [...searchParams]
      .map((pair) => pair.map(encoded).join(' ')) // by name, then by value: as `=`, `tag2` would come before `tag`
      .sort()
      .join('&')
      .replaceAll(' ', '='),
    ...Object.entries(signedHeaders).map(([name, value]) => `${name}:${value}`),
    '',
    names,
    hex(await crypto.subtle.digest('SHA-256', bytes(body))),
  ].join('\n');
  const scope = [time.slice(0, 8), region, service, 'aws4_request'];
  const digest = hex(await crypto.subtle.digest('SHA-256', bytes(canonical)));
  let key: ArrayBuffer | Bytes = bytes(`AWS4${secretAccessKey}`);
  for (const part of scope) key = await hmac(key, part);
  const signature = hex(await hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n')));
  const credential = `Credential=${accessKeyId}/${scope.join('/')}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** Those of a Lambda function, which change for no instance; else those of the SDK's chain, which renews them. */
function defaultCredentials(): CredentialsProvider {
  let chain: Promise<CredentialsProvider> | undefined;
  return async () => {
    const [accessKeyId, secretAccessKey] = [env('AWS_ACCESS_KEY_ID'), env('AWS_SECRET_ACCESS_KEY')];
    if (accessKeyId !== undefined && secretAccessKey !== undefined)
      return { accessKeyId, secretAccessKey, sessionToken: env('AWS_SESSION_TOKEN') };
    chain ??= defaultChain();
    return (await chain)();
  };
}

/** A name that bundlers do not follow: the chain is large, and Node's alone. */
const CHAIN = '@aws-sdk/credential-provider-node';

async function defaultChain(): Promise<CredentialsProvider> {
  try {
    const { defaultProvider } = (await import(/* @vite-ignore */ CHAIN)) as { defaultProvider(): CredentialsProvider };
    return defaultProvider();
  } catch (cause) {
    throw new Error(`No AWS credentials: give sigV4({ credentials }), set AWS_ACCESS_KEY_ID …, or install ${CHAIN}.`, {
      cause,
    });
  }
}

/** Where there is no process there is no environment. */
function env(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name] || undefined;
}

type Bytes = Uint8Array<ArrayBuffer>;
const bytes = (text: string): Bytes => new TextEncoder().encode(text);

const hex = (buffer: ArrayBuffer): string =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

async function hmac(key: ArrayBuffer | Bytes, text: string): Promise<ArrayBuffer> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return crypto.subtle.sign('HMAC', imported, bytes(text));
}
