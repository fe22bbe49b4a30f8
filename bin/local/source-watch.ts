import { statSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf } from './sources-hash.ts';

export interface SourceWatch {
  /**
   * Looks at the files. True once after they changed, when two looks in a row saw the same: an editor that is still
   * saving, or a checkout of a branch, is one change. The first two looks count as one, too.
   */
  hasSettled(): boolean;
}

/**
 * Watches by looking at times and sizes, some 200 files in 3 ms: file system events do not come from mounts (WSL, a
 * virtual machine), are limited in number by Linux, and say less than they seem to.
 */
export function watchSources(root: string, paths: readonly string[]): SourceWatch {
  let last = look(root, paths);
  let isMoving = true;
  return {
    hasSettled: () => {
      const now = look(root, paths);
      if (now !== last) {
        last = now;
        isMoving = true;
        return false;
      }
      const settled = isMoving;
      isMoving = false;
      return settled;
    },
  };
}

function look(root: string, paths: readonly string[]): string {
  return filesOf(root, paths)
    .map((path) => {
      const stat = statSync(join(root, path), { throwIfNoEntry: false });
      return `${path} ${stat?.mtimeMs} ${stat?.size}`;
    })
    .join('\n');
}
