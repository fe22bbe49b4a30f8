import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The tests that a text names: `file`: “title”, “another of that file”. A title may be the beginning of one. */
export function testsNamedIn(text: string): readonly (readonly [file: string, title: string])[] {
  return [...text.matchAll(/`(test\/[^`]+)`: ((?:“[^”]+”(?:, )?)+)/g)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => [file, title] as const),
  );
}

/** Those of them that are not there. */
export function missingTests(text: string): readonly string[] {
  return testsNamedIn(text)
    .filter(([file, title]) => {
      const code = readFileSync(join(root, file), 'utf8');
      return !["'", '"', '`'].some((quote) => code.includes(`(${quote}${title}`));
    })
    .map(([file, title]) => `${file}: ${title}`);
}
