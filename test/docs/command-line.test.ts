import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../../bin/cli/exit-code.ts';
import { wholeCommandLine } from '../../bin/cli/program.ts';
import { REFERENCE, referenceOf } from '../../bin/cli/reference.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/command-line.md'), 'utf8');

test('it has the help of each command, word for word: else run npm run docs:command-line', async () => {
  expect(REFERENCE.exec(page)?.[0]).toBe(referenceOf(await wholeCommandLine()));
});

test('its table has every exit code, as --help tells it', () => {
  const rows = [...page.matchAll(/^\| (\d) \| (.*) \|$/gm)].map(([, code, means]) => [
    Number(code),
    means?.replaceAll('`', ''),
  ]);
  expect(rows).toEqual(EXIT_CODES);
});

test('it names every option that all commands take', async () => {
  const program = await wholeCommandLine();
  for (const { long } of program.options) if (long !== '--version') expect(page).toContain(`\`${long}`);
});

test('the pages that it links to exist', () => {
  for (const [, path = ''] of page.matchAll(/\]\((?!https?:)([^)#]+)/g))
    expect(existsSync(join(root, 'docs', path)), path).toBe(true);
});
