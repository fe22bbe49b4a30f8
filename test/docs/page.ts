import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');

/** A code block of a page. Its first line, `// path`, names the file that it would be; `// from path` marks an excerpt. */
export interface Block {
  readonly isExcerpt: boolean;
  readonly path: string;
  readonly code: string;
}

/** A page's blocks that are to be compiled together. Its name is a folder's. */
export interface Page {
  readonly name: string;
  readonly blocks: readonly Block[];
}

export function blocksOf(page: string, language: string): Block[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(?:// (from )?(\\S+)\\n)?(.*?)^\`\`\``, 'gms'))].map(
    ([, from, path = '', code = '']) => ({ isExcerpt: from !== undefined, path, code }),
  );
}

/** Compiled with the page: what it adds to types of the project must fit there, too. */
const ENGINE = 'lambdas/adapters/lambda/engine.ts';

/** What reads a file in a clone: compiled with a page that has the file, for it must find there what it looks for. */
const READERS: Readonly<Record<string, { readonly entry: string; readonly copied: readonly string[] }>> = {
  'lambdas/queues.ts': { entry: 'bin/app.ts', copied: ['bin/app.ts', 'bin/check-project.ts', 'lib', 'package'] },
};

/** Where the compiler finds `stint` and its parts: as the package has them, in the source. */
const paths = Object.fromEntries(
  Object.entries(packageJson.exports).map(([name, file]) => [name.replace('.', packageJson.name), [join(root, file)]]),
);

/**
 * What the compiler has to say of some pages' code; empty when it is content. One program for all, since most of its time goes into
 * the types that they import: each page is a folder, so that its blocks see those of the page and no others.
 */
export function compilerSays(pages: readonly Page[]): string {
  return inTemporaryFolder((folder) => {
    const include = pages.flatMap(({ name, blocks }) => {
      const project = join(folder, name);
      const files = [...putInProject(project, blocks), ENGINE, ...putReaders(project, blocks)];
      return files.map((file) => join(name, file));
    });
    const tsconfig = { extends: join(root, 'tsconfig.json'), compilerOptions: { paths }, include, exclude: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
    return said('typescript/bin/tsc', ['--noEmit', '--project', folder]);
  });
}

/** What vitest has to say of the tests among a page's code. */
export function testsSay(blocks: readonly Block[]): string {
  return inTemporaryFolder((folder) => {
    putInProject(folder, blocks);
    return said('vitest/vitest.mjs', ['run', '--root', folder]);
  });
}

function inTemporaryFolder<T>(act: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'stint-page-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    return act(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each block as a file beside the project's own, under a name of its own where there is one already. @returns the blocks' files */
function putInProject(project: string, blocks: readonly Block[]): string[] {
  for (const folder of ['lambdas/tasks', 'test/tasks']) mkdirSync(join(project, folder), { recursive: true });
  for (const there of [
    ...['testing', 'client'],
    ...['core', 'http', 'adapters', 'hooks.ts', 'enqueue-direct.ts'].map((part) => `lambdas/${part}`),
  ])
    symlinkSync(join(root, there), join(project, there));
  for (const file of readdirSync(join(root, 'lambdas/tasks')))
    symlinkSync(join(root, 'lambdas/tasks', file), join(project, 'lambdas/tasks', file));
  const db = 'export interface Db { query(sql: string, values: unknown[]): Promise<void>; close(): Promise<void> }\n';
  writeFileSync(join(project, 'lambdas/db.ts'), `${db}export declare function connect(): Promise<Db>;\n`);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', imports: packageJson.imports }));
  return blocks.map(({ path, code }, i) => {
    const file = existsSync(join(project, path)) ? join(dirname(path), `page-${i}-${basename(path)}`) : path;
    mkdirSync(join(project, dirname(path)), { recursive: true });
    writeFileSync(join(project, file), code);
    return file;
  });
}

/** Copies, for a link would lead to the project's own file. @returns where to begin to compile them */
function putReaders(project: string, blocks: readonly Block[]): string[] {
  return blocks.flatMap(({ path }) => {
    const reader = READERS[path];
    if (reader === undefined) return [];
    for (const part of reader.copied) cpSync(join(root, part), join(project, part), { recursive: true });
    return [reader.entry];
  });
}

function said(tool: string, args: readonly string[]): string {
  const command = [join(root, 'node_modules', tool), ...args];
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  try {
    return execFileSync(process.execPath, command, { encoding: 'utf8', stdio: 'pipe', env });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return `${stdout}${stderr}`;
  }
}
