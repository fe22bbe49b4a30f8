import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'page');
const SCRIPT = join(FOLDER, 'app.js');

/** Files that are served as they are. */
export const STATIC = ['index.html', 'style.css'] as const;

export interface PageFile {
  readonly type: string;
  readonly text: string;
}

/** What a browser is given of the page, by path. Its script is made of `page/app.ts`: here, or when the package was built. */
export async function pageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const read = (name: (typeof STATIC)[number]) => readFileSync(join(FOLDER, name), 'utf8');
  const script = existsSync(SCRIPT) ? readFileSync(SCRIPT, 'utf8') : await bundled();
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', text: read('index.html') }],
    ['/style.css', { type: 'text/css; charset=utf-8', text: read('style.css') }],
    ['/app.js', { type: 'text/javascript; charset=utf-8', text: script }],
  ]);
}

/** The page's script as one file. */
export async function bundled(): Promise<string> {
  const { build } = await import('esbuild');
  const entry = join(FOLDER, 'app.ts');
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false });
  return outputFiles[0]?.text ?? '';
}
