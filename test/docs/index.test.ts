import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { pages, root } from './pages.ts';

test('the index names every page', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  for (const page of globSync('*.md', { cwd: join(root, 'docs') }).filter((name) => name !== 'README.md'))
    expect(index, page).toContain(`](${page})`);
});

test.each(pages)('the links of %s lead somewhere', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  for (const [, path = '', , anchor] of text.matchAll(/\]\((?!https?:)([^)#\s]*)(#([^)\s]+))?\)/g)) {
    const file = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(root, file)), file).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(file), `${path}#${anchor}`).toContain(anchor);
  }
});

/** A heading's anchor, as GitHub makes it. */
const anchorsOf = (page: string): string[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
