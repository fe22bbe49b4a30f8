import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findModule, projectModules } from '../../lib/project-folder.ts';
import { tempDir } from '../bin/temp-dir.ts';
import { synth } from './synth.ts';

/** A folder with these files, all empty. */
function folderWith(...files: string[]): string {
  const folder = tempDir();
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

test('tasks and hooks are found in the folder, as TypeScript or as JavaScript, as a file or as a folder of their own', () => {
  const typescript = folderWith('tasks/index.ts', 'hooks.ts');
  const javascript = folderWith('tasks.mjs', 'hooks/index.js');

  expect(projectModules(typescript)).toEqual({
    '#tasks': join(typescript, 'tasks/index.ts'),
    '#hooks': join(typescript, 'hooks.ts'),
  });
  expect(projectModules(javascript)).toEqual({
    '#tasks': join(javascript, 'tasks.mjs'),
    '#hooks': join(javascript, 'hooks/index.js'),
  });
});

test('a project without hooks has none: not those of Stint’s own project', async () => {
  const { '#hooks': file } = projectModules(folderWith('tasks/index.ts'));
  expect(((await import(file)) as { hooks: object }).hooks).toEqual({});
});

test('a folder without tasks is refused at synth, and says what is missing', () => {
  const folder = folderWith('hooks.ts');
  expect(() => projectModules(folder)).toThrow(`${folder} has no tasks/index.ts, nor a tasks.ts`);
  expect(() => synth({ folder })).toThrow(/package-lock\.json|has no tasks/);
});

test('a TypeScript file wins over the JavaScript that was made of it', () => {
  const folder = folderWith('worker.js', 'worker.ts', 'worker.d.ts');
  expect(findModule(folder, 'worker')).toBe(join(folder, 'worker.ts'));
  expect(findModule(folder, 'api')).toBeUndefined();
});

test('a folder of entry points that lacks one is refused at synth', () => {
  expect(() => synth({ entries: import.meta.dirname })).toThrow(`${import.meta.dirname} has no api.ts`);
});

test('a folder of another project than the one that has the package is refused at synth, and says what to do', () => {
  const folder = folderWith('package-lock.json', 'jobs/tasks.ts');
  expect(() => synth({ folder: join(folder, 'jobs') })).toThrow(
    new RegExp(`the project in ${folder}, and Stint's package, .* one workspace, with one lock file`),
  );
});
