import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createClient, JobHandle } from '../../client/index.ts';
import { setup } from '../client/setup.ts';
import { blocksOf } from './page.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/clients.md'), 'utf8');

test('its Python enqueues a job and prints its result', async () => {
  const { url, requests } = await setup();
  const { code } = blocksOf(page, 'python')[0]!;

  const env = { ...process.env, STINT_URL: url, STINT_API_KEY: 'stint_1' };
  const { stdout } = await promisify(execFile)('python3', ['-c', code], { env });

  expect(JSON.parse(stdout)).toMatchObject({ status: 'success', processed_message: 'Processed: Hello' });
  expect(requests[0]?.headers).toMatchObject({ 'x-api-key': 'stint_1', 'idempotency-key': expect.any(String) });
  expect(
    code
      .trim()
      .split('\n')
      .filter((line) => line !== '').length,
  ).toBeLessThanOrEqual(11);
});

test('its tables name every call of a client and of a handle', () => {
  const named = [...page.matchAll(/`(\w+)/g)].map(([, name]) => name);

  expect(named).toEqual(expect.arrayContaining(Object.keys(createClient({ url: 'http://127.0.0.1' }))));
  const methods = Object.getOwnPropertyNames(JobHandle.prototype).filter((name) => name !== 'constructor');
  expect(named).toEqual(expect.arrayContaining(methods));
});
