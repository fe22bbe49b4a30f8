import type { Hooks } from '../../core/hooks.ts';

/** Stands in for the hooks of a project that has none (`lib/project-folder.ts`). */
export const hooks: Hooks = {};
