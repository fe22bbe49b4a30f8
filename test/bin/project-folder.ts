import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempDir } from './temp-dir.ts';

/** The smallest project: two functions run tasks, two do not. */
const FILES = {
  'package.json': '{ "type": "module" }',
  'lambdas/api.ts': "import { tasks } from './tasks.ts';\nexport const handler = () => tasks.length;\n",
  'lambdas/worker.ts': "import { tasks } from './tasks.ts';\nexport const handler = () => tasks;\n",
  'lambdas/bury.ts': "export const handler = () => 'bury';\n",
  'lambdas/sweep.ts': "export const handler = () => 'sweep';\n",
  'lambdas/tasks.ts': 'export const tasks = [1, 2];\n',
  'lambdas/queues.ts': 'export const queues = {};\n',
  // Stands in for the real one: a project that says "refuse" does not load.
  'bin/local/load-project.ts':
    "import { readFileSync } from 'node:fs';\n" +
    "if (readFileSync('lambdas/tasks.ts', 'utf8').includes('refuse')) throw new Error('lambdas/tasks.ts:1:1: refused');\n",
};

export function projectFolder() {
  const root = tempDir();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(FILES)) write(path, text);
  return { root, write };
}
