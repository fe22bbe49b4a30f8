import { Complaint } from './steps.mjs';

/** Where LocalStack is: `LOCALSTACK_URL`, or where localstack-compose.yaml puts it. As an IP, which makes S3 path-style. */
export function localstackUrl(env: NodeJS.ProcessEnv = process.env): string {
  const given = env.LOCALSTACK_URL ?? '';
  const url = given === '' ? 'http://127.0.0.1:4566' : given;
  if (!URL.canParse(url))
    throw new Complaint(`LOCALSTACK_URL must be a URL such as http://127.0.0.1:4566, not '${url}'.`);
  return url.replace(/\/+$/, '').replace('//localhost', '//127.0.0.1');
}

/** Throws a Complaint that says how to start it, unless a LocalStack answers there. */
export async function checkLocalstack(url: string): Promise<void> {
  const start =
    'Start one: docker compose -f localstack-compose.yaml up -d --wait; or say where it is: LOCALSTACK_URL=…';
  const isHealthy = async (emulator: string) =>
    (await fetch(`${url}/_${emulator}/health`, { signal: AbortSignal.timeout(10_000) })).ok;
  try {
    // MiniStack answers for LocalStack, too: a deploy would take the stack of npm start for its own.
    if (await isHealthy('ministack'))
      throw new Complaint(`What answers at ${url} is the emulator of npm start. Stop that first. ${start}`);
    if (await isHealthy('localstack')) return;
  } catch (error) {
    if (error instanceof Complaint) throw error;
    throw new Complaint(`No LocalStack answers at ${url}. ${start}`, { cause: error });
  }
  throw new Complaint(`What answers at ${url} is no LocalStack. ${start}`);
}

/**
 * How to call a function URL of LocalStack from Node, which resolves no `*.localhost`: at the emulator's own address, with the
 * URL's host as Host header.
 */
export const functionUrlTarget = (endpoint: string, apiUrl: string): { baseUrl: string; host: string } => ({
  baseUrl: endpoint,
  host: new URL(apiUrl).host,
});
