import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The files that something is made of: path, relative to the project → hash of its content. */
export type Sources = ReadonlyMap<string, string>;

/** The named files, and those under the named folders. A path that does not exist counts as that: its appearing is a change. */
export function readSources(root: string, paths: readonly string[]): Sources {
  return new Map(
    filesOf(root, paths).map((path) => {
      const file = join(root, path);
      return [path, existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'missing'];
    }),
  );
}

/** One hash over the names and contents of the sources, and over `also` (context flags and the like). */
export function hashOf(sources: Sources, also: unknown = null): string {
  return createHash('sha256')
    .update(JSON.stringify([also, ...sources]))
    .digest('hex');
}

/** The files that came, went, or have another content, in order of their names. */
export function changedFiles(before: Sources, after: Sources): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

/** The paths, folders replaced by all files under them, without what editors put there while they save. */
export function filesOf(root: string, paths: readonly string[]): string[] {
  return paths.flatMap((path) => filesUnder(root, path));
}

function filesUnder(root: string, path: string): string[] {
  if (!statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(join(root, path))
    .filter((name) => !/^\.|~$|^4913$/.test(name))
    .sort()
    .flatMap((name) => filesUnder(root, join(path, name)));
}
