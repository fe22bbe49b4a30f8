import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { wantsJson } from '../cli/connect.ts';
import { CommandError, EXIT } from '../cli/exit-code.ts';
import { EMPTY_INDEX, IN_CLONE, identifierOf, inApp, sourceOf, withTask } from '../cli/new-task-files.ts';
import { IS_PACKAGE, PROJECT } from '../cli/target.ts';
import { err, out, outJson } from '../cli/terminal.ts';

const EXAMPLES = `
Writes lambdas/tasks/NAME.ts and test/tasks/NAME.test.ts, and names the task in lambdas/tasks/index.ts. It overwrites nothing.
In an app that uses the package: FOLDER/tasks/NAME.ts, test/FOLDER/NAME.test.ts and FOLDER/tasks/index.ts, which it makes where there is none.

Examples:
  $ stint new-task send_invoice
  $ npm test -- test/tasks/send-invoice.test.ts
  $ npm start    deploys it; then: stint enqueue send_invoice --input '{"name": "Ada"}'`;

export function define(command: Command): void {
  command
    .argument('<name>', 'lower case: letters, digits, underscores')
    .option('--folder <folder>', 'in an app that uses the package: as `folder` of BackgroundJobs', 'jobs')
    .addHelpText('after', EXAMPLES)
    .action(newTask);
}

async function newTask(given: string, { folder }: { readonly folder: string }, command: Command): Promise<void> {
  const places = IS_PACKAGE ? inApp(folder.replace(/\/+$/, '')) : IN_CLONE;
  const indexFile = `${places.tasks}/index.ts`;
  const name = given.replaceAll('-', '_');
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(name))
    throw new CommandError(
      EXIT.usage,
      `'${given}' is no name of a task: a lower-case letter, then letters, digits and underscores: send_invoice.`,
    );
  const file = name.replaceAll('_', '-');
  const task = { name, file, identifier: identifierOf(name) };
  const written = [
    [`${places.tasks}/${file}.ts`, sourceOf('task', task, places)],
    [`${places.tests}/${file}.test.ts`, sourceOf('test', task, places)],
  ] as const;
  for (const [path] of written)
    if (existsSync(join(PROJECT, path)))
      throw new CommandError(EXIT.refused, `${path} is there already, and stays as it is: choose another name.`);
  const before = existsSync(join(PROJECT, indexFile)) ? readFileSync(join(PROJECT, indexFile), 'utf8') : EMPTY_INDEX;
  const index = withTask(before, task);
  if (index === undefined)
    throw new CommandError(
      EXIT.refused,
      `${indexFile} has no list \`export const tasks = [ … ] as const;\`, or names ${task.identifier} already: nothing is written.`,
    );
  for (const [path, source] of [...written, [indexFile, index] as const]) {
    mkdirSync(dirname(join(PROJECT, path)), { recursive: true });
    writeFileSync(join(PROJECT, path), source);
  }
  const files = [...written.map(([path]) => path), indexFile];
  if (wantsJson(command)) return outJson({ task_name: name, files });
  files.forEach(out);
  err(
    IS_PACKAGE
      ? `Its test: npx vitest run ${places.tests}/${file}.test.ts. To run it: deploy, then stint enqueue ${name} --input '{"name": "Ada"}'`
      : `Its test: npm test -- ${places.tests}/${file}.test.ts. To run it: npm start, then stint enqueue ${name} --input '{"name": "Ada"}'`,
  );
}
