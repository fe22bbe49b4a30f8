import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { setup } from './setup.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

const BROWSER = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['app.ts'],
};

const APP = `
import { createClient, JobFailedError } from './dist/client/index.js';
import { sigV4 } from './dist/client/sigv4.js';
import type { tasks } from './dist/lambdas/tasks/index.js';
export const stint = createClient<typeof tasks>({ url: location.origin, auth: sigV4() });
export const srt: Promise<string> = stint
  .enqueue('create_subtitles', { text: document.title })
  .then((job) => job.result())
  .then((result) => result.srt);
// @ts-expect-error no such field
stint.enqueue('create_subtitles', { txt: '' });
export const failed = (error: unknown) => error instanceof JobFailedError;
`;

test('what `npm run client` writes runs, and compiles in a project for browsers without types of Node', {
  timeout: 60_000,
}, async () => {
  const project = await mkdtemp(join(tmpdir(), 'stint-web-'));
  onTestFinished(() => rm(project, { recursive: true }));
  await mkdir(join(project, 'node_modules'));
  await symlink(join(root, 'node_modules/zod'), join(project, 'node_modules/zod'));
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(BROWSER));
  await writeFile(join(project, 'app.ts'), APP);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');

  const dist = join(project, 'dist');
  const [types, code] = packageJson.scripts.client.split(' && ');
  expect(types).toBe('tsc -p client/tsconfig.json');
  await run(process.execPath, [tsc, ...types!.split(' ').slice(1), '--outDir', dist], { cwd: root });
  const flags = code!.replace('--outdir=dist', `--outdir=${dist}`).split(' ').slice(1);
  await run(join(root, 'node_modules/.bin/esbuild'), flags, { cwd: root });

  const { stdout } = await run(process.execPath, [tsc, '--project', project]).catch((error) => error);
  expect(stdout).toBe('');
  expect(await readdir(join(dist, 'client'))).toEqual(expect.arrayContaining(['index.js', 'index.d.ts', 'sigv4.js']));
  const built = await import(pathToFileURL(join(dist, 'client/index.js')).href);
  const { url } = await setup();
  expect(await (await built.createClient({ url }).enqueue('double', { number: 1 })).result()).toEqual({ number: 2 });
});
