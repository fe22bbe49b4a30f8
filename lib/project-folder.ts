import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { lambdasFile } from './bundling.ts';
import type { Wiring } from './job-function.ts';

/** As a module may be written, in the order in which they are looked for. */
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

/** The file of the module `name` in a folder, whatever its extension, or `name/index` in its place; undefined where there is neither. */
export function findModule(folder: string, name: string): string | undefined {
  const files = [name, join(name, 'index')].flatMap((file) =>
    EXTENSIONS.map((extension) => join(folder, file + extension)),
  );
  return files.find((file) => existsSync(file));
}

/**
 * What stands for a project's tasks and hooks in the bundles of its functions: `tasks/index.ts` (or `tasks.ts`) and `hooks.ts` of its folder.
 * Hooks may be missing.
 * @throws Error where there are no tasks
 */
export function projectModules(folder: string): Record<'#tasks' | '#hooks', string> {
  const tasks = findModule(resolve(folder), 'tasks');
  if (tasks === undefined)
    throw new Error(
      `${resolve(folder)} has no tasks/index.ts, nor a tasks.ts: write one that exports \`tasks\`, or let folder name the folder that has it.`,
    );
  return { '#tasks': tasks, '#hooks': findModule(resolve(folder), 'hooks') ?? lambdasFile('adapters/lambda/no-hooks') };
}

/** What npm, pnpm, yarn and bun leave beside a project's package.json. */
const LOCK_FILES = ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb'];

/**
 * The lock file of the project of tasks and hooks, whatever folder `cdk` was called in.
 * @throws Error where there is none, and where Stint is installed outside of that project: its own copy there could be another version
 */
export function projectLockFile({ folder, entries }: Pick<Wiring, 'folder' | 'entries'>): string {
  const lockFile = findLockFile(folder ?? entries);
  const root = dirname(lockFile);
  if (folder === undefined || !relative(root, resolve(entries)).startsWith('..')) return lockFile;
  throw new Error(
    `folder: ${resolve(folder)} is of the project in ${root}, and Stint's package, ${resolve(entries)}, is outside of it. Make both one ` +
      'workspace, with one lock file above them, or move the folder.',
  );
}

function findLockFile(folder: string): string {
  const lockFile = nearest(folder, LOCK_FILES);
  if (lockFile !== undefined) return lockFile;
  throw new Error(`No package-lock.json in or above ${folder}: run \`npm install\` in the project it is of.`);
}

/** The first of these files that is in a folder, or else in the nearest one above it that has any. */
export function nearest(folder: string, names: readonly string[]): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = names.map((name) => join(at, name)).find((each) => existsSync(each));
    if (file !== undefined || at === dirname(at)) return file;
  }
}
