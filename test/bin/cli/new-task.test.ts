import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identifierOf, withTask } from '../../../bin/cli/new-task-files.ts';
import { withoutStack } from './project.ts';
import { jsonLines, ROOT, stint } from './stint.ts';

const index = readFileSync(join(ROOT, 'lambdas/tasks/index.ts'), 'utf8');

function say(project: string, tool: string, ...args: string[]): string {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules', tool), ...args], { cwd: project, env, stdio: 'pipe' });
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer };
    return `${stdout}${stderr}`;
  }
}

test('what it writes compiles, is linted and formatted, and passes its own test', { timeout: 90_000 }, async () => {
  const project = withoutStack();

  const first = await stint(['new-task', 'send_invoice'], { project });
  const second = await stint(['new-task', 'a-very-long-name-of-a-task-that-makes-the-list-long', '--json'], {
    project,
  });

  const files = ['lambdas/tasks/send-invoice.ts', 'test/tasks/send-invoice.test.ts', 'lambdas/tasks/index.ts'];
  expect(first).toMatchObject({
    code: 0,
    out: `${files.join('\n')}\n`,
    err: expect.stringContaining('npm test -- test/tasks/send-invoice'),
  });
  expect(jsonLines(second.out)).toMatchObject([{ task_name: expect.stringMatching(/^a_very_long/) }]);
  const tsconfig = { extends: './tsconfig.json', include: ['lambdas/tasks', 'test/tasks'], exclude: [] };
  writeFileSync(join(project, 'tsconfig.check.json'), JSON.stringify(tsconfig));
  expect(say(project, 'typescript/bin/tsc', '--noEmit', '--project', 'tsconfig.check.json')).toBe('');
  expect(say(project, '@biomejs/biome/bin/biome', 'check', '--vcs-enabled=false', 'lambdas/tasks', 'test/tasks')).toBe(
    '',
  );
  expect(say(project, 'vitest/vitest.mjs', 'run', '--project', 'unit', 'test/tasks')).toBe('');
});

test('it overwrites nothing, and leaves nothing half done', async () => {
  const project = withoutStack();
  const mine = join(project, 'test/tasks/mine.test.ts');
  writeFileSync(mine, 'mine');

  const ended = await stint(['new-task', 'mine'], { project });

  expect(ended).toMatchObject({
    code: 4,
    out: '',
    err: expect.stringContaining('test/tasks/mine.test.ts is there already'),
  });
  expect(readFileSync(mine, 'utf8')).toBe('mine');
  expect(existsSync(join(project, 'lambdas/tasks/mine.ts'))).toBe(false);
  expect(readFileSync(join(project, 'lambdas/tasks/index.ts'), 'utf8')).toBe(index);
});

test.each(['Send', '1st', 'a.b', '../x', 'a'.repeat(65)])('%s is no name of a task', async (name) => {
  expect(await stint(['new-task', name])).toMatchObject({
    code: 2,
    err: expect.stringContaining('is no name of a task'),
  });
});

test('a name that code cannot use gets another in code', () => {
  expect(['send_invoice', 'delete', 'a__b', 'define_task', 'x_1'].map(identifierOf)).toEqual([
    'sendInvoice',
    'deleteTask',
    'aB',
    'defineTaskTask',
    'x1',
  ]);
});

test('the index gets its import in order and its entry last; one that it cannot read stays', () => {
  const task = { name: 'mail', file: 'mail', identifier: 'mail' };
  const changed = withTask(index, task) ?? '';
  expect(changed).toMatch(/create-subtitles\.ts';\nimport \{ mail \} from '\.\/mail\.ts';\nimport \{ pocTestTask/);
  expect(changed).toContain('export const tasks = [pocTestTask, createSubtitles, mail] as const;');
  expect(withTask(changed, task)).toBeUndefined();
  expect(withTask('export const tasks = list();', task)).toBeUndefined();
});
