import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Entry } from './bundling.ts';
import { findModule, nearest } from './project-folder.ts';

export interface EntryFileOptions {
  /** The folder of the entry points. */
  readonly entries: string;
  /** The folder of tasks and hooks. Default: what the entry points import is theirs. */
  readonly folder?: string | undefined;
  readonly nodeModules?: readonly string[] | undefined;
}

/**
 * The file that a function is bundled from.
 *
 * CDK installs `nodeModules` in the versions that the package.json nearest to it names. That of Stint's package names none of an app's,
 * so there a file in the app passes the entry point on.
 * @throws Error where the folder has no such entry point
 */
export function entryFile(entry: Entry, { entries, folder, nodeModules = [] }: EntryFileOptions): string {
  const file = findModule(entries, entry);
  if (file === undefined) throw new Error(`${entries} has no ${entry}.ts, which exports the handler of a function.`);
  const packageFile = (of: string) => nearest(of, ['package.json']);
  const named = nodeModules.length > 0 && folder !== undefined ? packageFile(folder) : undefined;
  return named === undefined || named === packageFile(entries) ? file : passedOn(file, entry, dirname(named));
}

/** Of a name by the entry point's own place: CDK bundles a file once, though it has been written anew. */
function passedOn(file: string, entry: Entry, project: string): string {
  const place = createHash('sha256').update(file).digest('hex').slice(0, 8);
  const at = join(project, 'node_modules', '.cache', 'stint', `${entry}-${place}.mjs`);
  const code = `export { handler } from ${JSON.stringify(file)};\n`;
  if (existsSync(at) && readFileSync(at, 'utf8') === code) return at;
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, code);
  return at;
}
