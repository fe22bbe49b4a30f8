import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One hash over the names and contents of the files and folders, and over `also` (context flags and the like). A
 * path that does not exist counts as that, so its appearing is a change.
 */
export function hashOfSources(root: string, paths: readonly string[], also: unknown = null): string {
  const hash = createHash('sha256').update(JSON.stringify(also));
  for (const path of paths.flatMap((path) => filesUnder(root, path))) {
    const content = existsSync(join(root, path)) ? readFileSync(join(root, path)) : undefined;
    hash.update(`\0${path}\0${content?.length ?? 'missing'}\0`).update(content ?? '');
  }
  return hash.digest('hex');
}

function filesUnder(root: string, path: string): string[] {
  if (!existsSync(join(root, path)) || statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesUnder(root, join(path, name)));
}
