import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const TASKS = 200;

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'stint-types-'));
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'));
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['*.ts'], exclude: [] }),
  );
  await writeFile(join(project, 'tasks.ts'), tasksFile());
});

afterAll(() => rm(project, { recursive: true }));

const numbers = Array.from({ length: TASKS }, (_, i) => i);

/** Tasks whose schemas all differ. */
const tasksFile = () => `
import * as z from 'zod';
import { defineTask } from '${root}/lambdas/core/task.ts';
${numbers
  .map(
    (i) => `const t${i} = defineTask({
  name: 'task_${i}',
  input: z.strictObject({ id_${i}: z.string(), count: z.number().default(1), tags: z.array(z.string()).optional() }),
  output: z.object({ out_${i}: z.number(), list: z.array(z.object({ a: z.string() })) }),
  run: (_ctx, input) => ({ out_${i}: input.count, list: [] }),
});`,
  )
  .join('\n')}
export const tasks = [${numbers.map((i) => `t${i}`).join(', ')}] as const;
`;

/** A caller of every task, whose every result is used by its type. */
const caller = (types: string) => `
import { createClient, type TypesByName } from '${root}/client/index.ts';
import type { tasks } from './tasks.ts';
export interface Named extends TypesByName<typeof tasks> {}
const client = createClient<${types}>({ url: 'http://127.0.0.1' });
${numbers
  .map(
    (i) => `export const result${i}: Promise<number> = client
  .enqueue('task_${i}', { id_${i}: 'x' }, { delaySeconds: 1 })
  .then((job) => job.result())
  .then((result) => result.out_${i} + result.list.length);`,
  )
  .join('\n')}
`;

/** How often the compiler made a type from a generic one: unlike seconds, the same on every machine. */
async function instantiations(use: string): Promise<number> {
  await writeFile(join(project, 'caller.ts'), use);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const flags = ['--noEmit', '--extendedDiagnostics', '--singleThreaded', '--project', project];
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, ...flags]).catch((error) => error);
  expect(stdout).not.toContain('error TS');
  return Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1]);
}

/**
 * Measured with TypeScript 7.0.2: 1,540,000 and 691,000, of which 250,000 are the tasks themselves. By `typeof tasks` a call costs
 * a little for each task (the compiler walks the tuple), by an interface the same however many there are.
 */
test.each([
  ['typeof tasks', 1_700_000],
  ['Named', 760_000],
])(
  `${TASKS} tasks by createClient<%s> stay within the budget of the compiler`,
  { timeout: 60_000 },
  async (types, budget) => {
    const count = await instantiations(caller(types));

    expect(count).toBeGreaterThan(TASKS);
    expect(count).toBeLessThan(budget);
  },
);
