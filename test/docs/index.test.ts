import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const pages = globSync('{*.md,docs/*.md}', { cwd: root });

test('the index names every page', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  for (const page of globSync('*.md', { cwd: join(root, 'docs') }).filter((name) => name !== 'README.md'))
    expect(index, page).toContain(`](${page})`);
});

test.each(pages)('the links of %s lead somewhere', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  for (const [, path = ''] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g))
    expect(existsSync(join(root, dirname(page), path)), path).toBe(true);
});
