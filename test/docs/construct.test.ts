import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { constructReference, DECLARATIONS, REFERENCE } from '../../bin/docs/construct-reference.ts';
import { membersOf } from '../../bin/docs/members.ts';
import { BackgroundJobs } from '../../lib/background-jobs.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const page = read('docs/construct.md');

test('it has the comments of the source, word for word: else run npm run docs:construct', () => {
  expect(REFERENCE.exec(page)?.[0]).toBe(constructReference());
});

test.each(DECLARATIONS)('%s: each member of %s has its comment, and each optional one its default', (file, name) => {
  const members = membersOf(read(file), name);
  expect(members.length).toBeGreaterThan(1);
  for (const { signature, comment, isOptional } of members) {
    expect(comment, signature).not.toBe('');
    if (isOptional) expect(comment, signature).toMatch(/\bdefault\b/i);
  }
});

test('it names every public method', () => {
  const methods = Object.getOwnPropertyNames(BackgroundJobs.prototype).filter((name) => name !== 'constructor');
  const told = membersOf(read('lib/background-jobs.ts'), 'BackgroundJobs').map(({ name }) => name);
  expect(told).toEqual(expect.arrayContaining(methods));
});

test('a member is read with its comment, its type and whether it may be left out', () => {
  const source =
    'export interface Colour {\n  /**\n   * Of the\n   * hat. Default red.\n   */\n  readonly hat?: string;\n  readonly coat:\n    | string\n    | number;\n}\n';
  expect(membersOf(source, 'Colour')).toEqual([
    { name: 'hat', signature: 'hat?: string', isOptional: true, comment: 'Of the hat. Default red.' },
    { name: 'coat', signature: 'coat: | string | number', isOptional: false, comment: '' },
  ]);
  expect(() => membersOf(source, 'Color')).toThrow('There is no Color.');
});
