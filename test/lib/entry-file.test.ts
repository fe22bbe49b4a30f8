import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { entryFile } from '../../lib/entry-file.ts';
import { tempDir } from '../bin/temp-dir.ts';

/** An app with packages that hold entry points. */
function setup() {
  const app = tempDir();
  for (const file of [
    'package.json',
    'jobs/tasks.ts',
    'own/api.ts',
    'node_modules/a/api.js',
    'node_modules/b/api.js',
  ]) {
    mkdirSync(dirname(join(app, file)), { recursive: true });
    writeFileSync(join(app, file), '');
  }
  for (const name of ['a', 'b']) writeFileSync(join(app, `node_modules/${name}/package.json`), '{}');
  const of = (entries: string, nodeModules: string[] = ['sharp']) =>
    entryFile('api', { entries: join(app, entries), folder: join(app, 'jobs'), nodeModules });
  return { app, of };
}

test('an entry point of another package is passed on by a file of the app, one for each', () => {
  const { app, of } = setup();
  const [a, b] = [of('node_modules/a'), of('node_modules/b')];

  expect(dirname(a)).toBe(join(app, 'node_modules/.cache/stint'));
  expect(readFileSync(a, 'utf8')).toBe(`export { handler } from "${join(app, 'node_modules/a/api.js')}";\n`);
  expect(b).not.toBe(a);
  expect(of('node_modules/a')).toBe(a);
});

test('one of the app itself, or without packages to install, is bundled as it is', () => {
  const { app, of } = setup();
  expect(of('own')).toBe(join(app, 'own/api.ts'));
  expect(of('node_modules/a', [])).toBe(join(app, 'node_modules/a/api.js'));
});
