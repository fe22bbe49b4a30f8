import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;

const HOW = { bundle: true, minify: true, format: 'esm', write: false, metafile: true, absWorkingDir: root } as const;

/** A file that uses the client as callers do, bundled for a browser. */
async function bundled(contents: string) {
  // `neutral` knows no module of Node's: an import of one would fail the build.
  const { outputFiles, metafile } = await build({
    ...HOW,
    platform: 'neutral',
    stdin: { contents, resolveDir: root, loader: 'ts' },
  });
  const { text, contents: bytes } = outputFiles[0]!;
  return { text, inputs: Object.keys(metafile.inputs), gzipped: gzipSync(bytes).length };
}

const USE = `
  import { createClient } from './client/index.ts';
  import type { tasks } from './lambdas/tasks/index.ts';
  export const client = createClient<typeof tasks>({ url: location.origin });
`;

test('all of the client is below 6 KB, gzipped', async () => {
  const { gzipped } = await bundled("export * from './client/index.ts';");

  expect(gzipped).toBeLessThan(6 * 1024);
});

test('a bundle holds no code of tasks, nor of anything else than the client', async () => {
  const { inputs, text } = await bundled(USE);

  expect(inputs.filter((path) => !/^client\/|^<stdin>$/.test(path))).toEqual([]);
  expect(text).not.toMatch(/zod|poc_test_task|node:/);
});

test('SigV4 costs those who use it two more KB at most, and the others nothing', async () => {
  const { gzipped: without, inputs } = await bundled(USE);
  const { gzipped: both, text } = await bundled(`${USE} export { sigV4 } from './client/sigv4.ts';`);

  expect(inputs).not.toContain('client/sigv4.ts');
  expect(both - without).toBeLessThan(2 * 1024);
  expect(text).not.toMatch(/node:/);
});
