import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkLocalstack, functionUrlTarget, localstackUrl } from '../../bin/local/localstack.ts';
import { listen } from '../client/setup.ts';

const compose = readFileSync(join(import.meta.dirname, '../../localstack-compose.yaml'), 'utf8');

/** The lines that say something, as YAML of this plain kind has them. */
const lines = compose
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

/** The value of a key that stands once. */
function valueAt(key: string): string | undefined {
  const found = lines.filter((line) => line.startsWith(`${key}:`));
  expect(found, key).toHaveLength(1);
  return found[0]!.slice(key.length + 1).trim();
}

test('the compose file pins the last LocalStack that needs no token', () => {
  expect(valueAt('image')).toBe('localstack/localstack:4.14.0');
});

test('the compose file opens LocalStack to this machine only', () => {
  const ports = lines.filter((line) => /^- "?[\d.:]+:\d+"?$/.test(line));
  expect(ports).toEqual(['- "127.0.0.1:4566:4566"']);
});

test('the compose file lets LocalStack start Lambda’s containers', () => {
  expect(lines).toContain('- /var/run/docker.sock:/var/run/docker.sock');
});

test('the compose file says how functions run: any architecture, patient starts, quick polls, no list of services', () => {
  expect(valueAt('LAMBDA_IGNORE_ARCHITECTURE')).toBe('"1"');
  expect(valueAt('LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT')).toBe('"60"');
  expect(Number(valueAt('LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC')?.replaceAll('"', ''))).toBeLessThan(1);
  expect(lines.filter((line) => /^-? ?"?SERVICES\b/.test(line))).toEqual([]);
});

test('the compose file’s health check asks LocalStack itself', () => {
  expect(valueAt('test')).toContain('http://127.0.0.1:4566/_localstack/health');
});

test.each([
  [undefined, 'http://127.0.0.1:4566'],
  ['', 'http://127.0.0.1:4566'],
  ['http://localhost:4571/', 'http://127.0.0.1:4571'],
])('LOCALSTACK_URL=%j is %s', (given, url) => {
  expect(localstackUrl({ LOCALSTACK_URL: given })).toBe(url);
});

test('a LOCALSTACK_URL that is none is refused', () => {
  expect(() => localstackUrl({ LOCALSTACK_URL: '127.0.0.1:4566' })).toThrow('LOCALSTACK_URL must be a URL');
});

test('where no LocalStack answers, the way to start one is told', async () => {
  const url = await listen((_incoming, outgoing) => outgoing.writeHead(404).end());

  await expect(checkLocalstack(url)).rejects.toThrow(/no LocalStack.*docker compose -f/);
});

test('MiniStack, which answers for LocalStack, too, is left alone', async () => {
  const url = await listen((_incoming, outgoing) => outgoing.end('{}'));

  await expect(checkLocalstack(url)).rejects.toThrow(/emulator of npm start.*LOCALSTACK_URL/);
});

test('a LocalStack is taken for one', async () => {
  const url = await listen((incoming, outgoing) =>
    outgoing.writeHead(incoming.url === '/_localstack/health' ? 200 : 404).end('{}'),
  );

  await checkLocalstack(url);
});

test('a function URL is called at the emulator’s address, under its own name', () => {
  expect(functionUrlTarget('http://127.0.0.1:4566', 'http://abc.lambda-url.us-east-1.localhost:4566/')).toEqual({
    baseUrl: 'http://127.0.0.1:4566',
    host: 'abc.lambda-url.us-east-1.localhost:4566',
  });
});
