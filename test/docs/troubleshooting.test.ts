import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const rows = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [^-]/.test(line))
  .slice(1);
const code = globSync('{bin,lambdas,lib}/**/*.{ts,mjs}', { cwd: root })
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n');

/** What a program says, as far as it is the same each time: values stand as `…`, or are numbers. */
const messages = rows.flatMap((row) =>
  [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+ [^`]+)`/g)].flatMap(([, message = '']) =>
    message
      .split(/'?…'?|\d+/)
      .map((part) => part.trim())
      .filter((part) => part.includes(' ')),
  ),
);

test('it tells of messages', () => {
  expect(messages.length).toBeGreaterThan(8);
});

test.each(messages)('something says “%s”', (message) => {
  expect(code.includes(message)).toBe(true);
});
