import { StintError } from './errors.ts';
import type { AnyTask } from './task.ts';

/** The tasks of a project, by name. */
export interface Registry {
  readonly all: readonly AnyTask[];
  find(name: string): AnyTask | undefined;
  /** Whether a name is that of a task of the system itself: found, but not among `all`, and not for callers. */
  isSystem(name: string): boolean;
}

/**
 * @param system the system's own tasks
 * @throws StintError `invalid_definition` for two tasks of one name
 */
export function createRegistry(tasks: readonly AnyTask[], system: readonly AnyTask[] = []): Registry {
  const byName = new Map<string, AnyTask>();
  for (const task of [...system, ...tasks]) {
    if (byName.has(task.name))
      throw new StintError(
        'invalid_definition',
        `Two tasks are named '${task.name}'. Names are unique: rename one in lambdas/tasks/.`,
      );
    byName.set(task.name, task);
  }
  const systemNames = new Set(system.map((task) => task.name));
  return { all: tasks, find: (name) => byName.get(name), isSystem: (name) => systemNames.has(name) };
}
