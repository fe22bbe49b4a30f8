import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../temp-dir.ts';
import { ROOT } from './stint.ts';

/** A copy of this project, in which a test may change tasks, and in which no local stack has ever run. */
export function withoutStack(): string {
  const project = join(tempDir(), 'project');
  mkdirSync(join(project, 'lambdas'), { recursive: true });
  mkdirSync(join(project, 'test/tasks'), { recursive: true });
  for (const copied of [
    'bin',
    'client',
    'lambdas/tasks',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'biome.json',
    'vitest.config.ts',
  ])
    cpSync(join(ROOT, copied), join(project, copied), { recursive: true });
  for (const linked of [
    'node_modules',
    'testing',
    'lambdas/core',
    'lambdas/adapters',
    'lambdas/http',
    'lambdas/hooks.ts',
    'lambdas/queues.ts',
  ])
    symlinkSync(join(ROOT, linked), join(project, linked));
  return project;
}
