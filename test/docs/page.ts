import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A code block of a page. Its first line, `// path`, names the file that it would be; `// from path` marks an excerpt. */
export interface Block {
  readonly isExcerpt: boolean;
  readonly path: string;
  readonly code: string;
}

export function blocksOf(page: string, language: string): Block[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(?:// (from )?(\\S+)\\n)?(.*?)^\`\`\``, 'gms'))].map(
    ([, from, path = '', code = '']) => ({ isExcerpt: from !== undefined, path, code }),
  );
}

/** What the compiler has to say of a page's code, each block as a file beside the project's own; empty when it is content. */
export function compilerSays(blocks: readonly Block[]): string {
  const project = mkdtempSync(join(tmpdir(), 'stint-page-'));
  try {
    mkdirSync(join(project, 'lambdas/tasks'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
    for (const part of [
      'client',
      ...['core', 'http', 'adapters', 'hooks.ts', 'enqueue-direct.ts'].map((at) => `lambdas/${at}`),
    ])
      symlinkSync(join(root, part), join(project, part));
    for (const file of readdirSync(join(root, 'lambdas/tasks')))
      symlinkSync(join(root, 'lambdas/tasks', file), join(project, 'lambdas/tasks', file));
    const db = 'export interface Db { query(sql: string, values: unknown[]): Promise<void>; close(): Promise<void> }\n';
    writeFileSync(join(project, 'lambdas/db.ts'), `${db}export declare function connect(): Promise<Db>;\n`);
    const include = blocks.map(({ path, code }, i) => {
      const file = join(dirname(path), `page-${i}-${basename(path)}`);
      mkdirSync(join(project, dirname(path)), { recursive: true });
      writeFileSync(join(project, file), code);
      return file;
    });
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    const tsconfig = { extends: join(root, 'tsconfig.json'), include, exclude: [] };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(tsconfig));
    return run(project);
  } finally {
    rmSync(project, { recursive: true });
  }
}

function run(project: string): string {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  try {
    return execFileSync(process.execPath, [tsc, '--noEmit', '--project', project], { encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
