import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { wantsJson } from '../cli/connect.ts';
import { CommandError, EXIT } from '../cli/exit-code.ts';
import { identifierOf, sourceOf, withTask } from '../cli/new-task-files.ts';
import { PROJECT } from '../cli/target.ts';
import { err, out, outJson } from '../cli/terminal.ts';

const EXAMPLES = `
Writes lambdas/tasks/NAME.ts and test/tasks/NAME.test.ts, and names the task in lambdas/tasks/index.ts. It overwrites nothing.

Examples:
  $ stint new-task send_invoice
  $ npm test -- test/tasks/send-invoice.test.ts
  $ npm start    deploys it; then: stint enqueue send_invoice --input '{"name": "Ada"}'`;

export function define(command: Command): void {
  command.argument('<name>', 'lower case: letters, digits, underscores').addHelpText('after', EXAMPLES).action(newTask);
}

const INDEX = 'lambdas/tasks/index.ts';

async function newTask(given: string, _options: object, command: Command): Promise<void> {
  const name = given.replaceAll('-', '_');
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name))
    throw new CommandError(
      EXIT.usage,
      `'${given}' is no name of a task: a lower-case letter, then letters, digits and underscores: send_invoice.`,
    );
  const file = name.replaceAll('_', '-');
  const task = { name, file, identifier: identifierOf(name) };
  const written = [
    [`lambdas/tasks/${file}.ts`, sourceOf('task', task)],
    [`test/tasks/${file}.test.ts`, sourceOf('test', task)],
  ] as const;
  for (const [path] of written)
    if (existsSync(join(PROJECT, path)))
      throw new CommandError(EXIT.refused, `${path} is there already, and stays as it is: choose another name.`);
  const index = withTask(readFileSync(join(PROJECT, INDEX), 'utf8'), task);
  if (index === undefined)
    throw new CommandError(
      EXIT.refused,
      `${INDEX} has no list \`export const tasks = [ … ] as const;\`, or names ${task.identifier} already: nothing is written.`,
    );
  for (const [path, source] of [...written, [INDEX, index] as const]) {
    mkdirSync(dirname(join(PROJECT, path)), { recursive: true });
    writeFileSync(join(PROJECT, path), source);
  }
  const files = [...written.map(([path]) => path), INDEX];
  if (wantsJson(command)) return outJson({ task_name: name, files });
  files.forEach(out);
  err(
    `Its test: npm test -- test/tasks/${file}.test.ts. To run it: npm start, then stint enqueue ${name} --input '{"name": "Ada"}'`,
  );
}
