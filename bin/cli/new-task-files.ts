import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The names of a new task: in the API, of its file, in code. */
export interface NewTask {
  readonly name: string;
  readonly file: string;
  readonly identifier: string;
}

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
export function sourceOf(template: 'task' | 'test', task: NewTask): string {
  const text = readFileSync(join(import.meta.dirname, 'new-task', `${template}.template`), 'utf8');
  return text.replace(/\{\{(name|file|identifier)\}\}/g, (_, key: keyof NewTask) => task[key]);
}

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
