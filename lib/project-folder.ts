import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lambdasFile } from './bundling.ts';

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
