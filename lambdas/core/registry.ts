import { StintError } from './errors.ts';
import type { AnyTask } from './task.ts';

/** The tasks of a project, by name. */
export interface Registry {
  readonly all: readonly AnyTask[];
  find(name: string): AnyTask | undefined;
}

/** @throws StintError `invalid_definition` for two tasks of one name */
export function createRegistry(tasks: readonly AnyTask[]): Registry {
  const byName = new Map<string, AnyTask>();
  for (const task of tasks) {
    if (byName.has(task.name))
      throw new StintError(
        'invalid_definition',
        `Two tasks are named '${task.name}'. Names are unique: rename one in lambdas/tasks/.`,
      );
    byName.set(task.name, task);
  }
  return { all: tasks, find: (name) => byName.get(name) };
}
