import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

/** The names of a new task: in the API, of its file, in code. */
export interface NewTask {
  readonly name: string;
  readonly file: string;
  readonly identifier: string;
}

/** Where the files of a task are, relative to the project, and what they import of Stint. */
export interface Places {
  readonly tasks: string;
  readonly tests: string;
  readonly core: string;
  readonly kit: string;
}

/** In a clone of Stint: its own files. */
export const IN_CLONE: Places = {
  tasks: 'lambdas/tasks',
  tests: 'test/tasks',
  core: '../core/task.ts',
  kit: '../../testing/index.ts',
};

/** In an app that uses the package: what `folder` of `BackgroundJobs` names. */
export const inApp = (folder: string): Places => ({
  tasks: `${folder}/tasks`,
  tests: `test/${basename(folder)}`,
  core: 'stint',
  kit: 'stint/testing',
});

/** What cannot be the name of a constant, or is taken in the files that are written. */
const TAKEN = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for
  function if implements import in instanceof interface let new null package private protected public return static super switch this
  throw true try typeof undefined var void while with yield async of z tasks test expect`.split(/\s+/),
);

export function identifierOf(name: string): string {
  const camel = name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()).replaceAll('_', '');
  return TAKEN.has(camel) || camel === 'defineTask' || camel === 'testJobs' || camel === 'everyFault'
    ? `${camel}Task`
    : camel;
}

/** A file of a new task, from its template beside this one: `task` or `test`. */
export function sourceOf(template: 'task' | 'test', task: NewTask, { tasks, tests, core, kit }: Places): string {
  const text = readFileSync(join(import.meta.dirname, 'new-task', `${template}.template`), 'utf8');
  const words: Readonly<Record<string, string>> = { ...task, core, kit, tasks: relative(tests, tasks) };
  return text.replace(/\{\{(\w+)\}\}/g, (placeholder, word: string) => words[word] ?? placeholder);
}

/** An index that names no task yet. */
export const EMPTY_INDEX = '\nexport const tasks = [] as const;\n';

const LIST = /^export const tasks = \[([^\]]*)\] as const;$/m;
const IMPORT = /^import .* from '(\.\/[^']+)';$/gm;
/** Of the formatter. */
const LINE_WIDTH = 120;

/** The index with the task named in it; undefined where it has no list to name it in, or names it already. */
export function withTask(index: string, { file, identifier }: NewTask): string | undefined {
  const [, list] = LIST.exec(index) ?? [];
  const names = new RegExp(`\\b${identifier}\\b`);
  const isTaken = names.test(list ?? '') || [...index.matchAll(IMPORT)].some(([line]) => names.test(line));
  if (list === undefined || isTaken) return undefined;
  const tasks = [
    ...list
      .split(',')
      .map((task) => task.trim())
      .filter(Boolean),
    identifier,
  ];
  const oneLine = `export const tasks = [${tasks.join(', ')}] as const;`;
  const lines = ['export const tasks = [', ...tasks.map((task) => `  ${task},`), '] as const;'].join('\n');
  return withImport(index, `./${file}.ts`, identifier).replace(LIST, () =>
    oneLine.length > LINE_WIDTH ? lines : oneLine,
  );
}

/** Imports stand in the order of their paths. */
function withImport(index: string, path: string, identifier: string): string {
  const line = `import { ${identifier} } from '${path}';\n`;
  const next = [...index.matchAll(IMPORT)].find(([, other = '']) => other > path);
  const last = [...index.matchAll(IMPORT)].at(-1);
  const at = next?.index ?? (last === undefined ? 0 : last.index + last[0].length + 1);
  return index.slice(0, at) + line + index.slice(at);
}
