import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Bundle } from '../../bin/local/bundles.ts';
import { updateFunctionCode } from '../../bin/local/function-code.ts';
import { zipOf } from '../../bin/local/zip.ts';
import { startTemporaryEmulator, type TemporaryEmulator } from '../temporary-emulator.ts';
import { isAlive, waitUntil } from './processes.ts';
import { tempDir } from './temp-dir.ts';

let emulator: TemporaryEmulator;
beforeAll(async () => {
  emulator = await startTemporaryEmulator('other-code-emulator');
  return () => emulator.stop();
});

/** Says when it has begun, and ends when it is told to, with the name of its code. */
const codeNamed = (name: string) => `
  import { existsSync, writeFileSync } from 'node:fs';
  export const handler = async ({ begun, end }) => {
    writeFileSync(begun, String(process.pid));
    while (!existsSync(end)) await new Promise((resolve) => setTimeout(resolve, 20));
    return { name: '${name}', pid: process.pid };
  };
`;

const NOTHING: Omit<Bundle, 'code'> = { hash: '', files: new Set() };

/** A function with its first code, and how to invoke it. */
async function setup(name: string) {
  const dir = tempDir();
  const functions = `${emulator.endpoint}/2015-03-31/functions`;
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${functions}${path}`, { method: 'POST', body: JSON.stringify(body) });
    return { text: await answer.text(), failed: answer.headers.has('x-amz-function-error') };
  };
  await post('', {
    FunctionName: name,
    Runtime: 'nodejs24.x',
    Role: 'arn:aws:iam::000000000000:role/any',
    Handler: 'index.handler',
    Timeout: 60,
    Code: { ZipFile: zipOf('index.mjs', Buffer.from(codeNamed('old'))).toString('base64') },
  });
  return {
    fileOf: (file: string) => join(dir, file),
    invoke: (begun: string, end: string) =>
      post(`/${name}/invocations`, { begun: join(dir, begun), end: join(dir, end) }),
    giveNewCode: () => updateFunctionCode(emulator.endpoint, name, { ...NOTHING, code: Buffer.from(codeNamed('new')) }),
  };
}

test('an invocation of the old code ends by itself, while the new code already runs', async () => {
  const { fileOf, invoke, giveNewCode } = await setup('gentle');
  const old = invoke('old-begun', 'new-has-begun'); // by the new one
  await waitUntil(() => existsSync(fileOf('old-begun')), 20_000);

  await giveNewCode();
  const fresh = await invoke('new-has-begun', 'old-begun');

  expect(JSON.parse(fresh.text)).toMatchObject({ name: 'new' });
  const ended = await old;
  expect(ended.failed).toBe(false);
  expect(JSON.parse(ended.text)).toMatchObject({ name: 'old' });
  await waitUntil(() => !isAlive(JSON.parse(ended.text).pid), 20_000);
});

test('one that does not end is ended, after five seconds', async () => {
  const { fileOf, invoke, giveNewCode } = await setup('firm');
  const old = invoke('old-begun', 'never');
  await waitUntil(() => existsSync(fileOf('old-begun')), 20_000);

  await giveNewCode();

  expect((await old).failed).toBe(true);
});
