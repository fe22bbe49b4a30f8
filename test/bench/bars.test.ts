import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bars, drawBars } from '../../bench/bars.ts';

const root = join(import.meta.dirname, '../..');

/** Throws unless tags are closed in the order they were opened, and every sign that XML reserves is escaped. */
function elementsOf(svg: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?:\s+[a-z0-9:-]+="[^"<]*")*)\s*(\/?)>/gi,
    (_all, end, name, _attributes, closed) => {
      if (end === '/') expect(open.pop()).toBe(name);
      else {
        names.push(name);
        if (closed !== '/') open.push(name);
      }
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot);)/);
  return names;
}

const bars: Bars = {
  title: 'A <job> & more',
  unit: 'ms',
  rows: [
    { label: 'ours', values: [10, 20] },
    { label: 'theirs', values: [40, Number.NaN] },
  ],
  series: ['p50', 'p95'],
  goal: 30,
  digits: 1,
};

test('a bar is drawn for each value that was measured, its length by the largest', () => {
  const svg = drawBars(bars);
  const lengths = [...svg.matchAll(/<rect class="s\d" x="420" y="\d+" width="([\d.]+)" height="14"/g)].map(
    ([, width]) => Number(width),
  );

  expect(elementsOf(svg).slice(0, 3)).toEqual(['svg', 'title', 'style']);
  expect(svg).toContain('A &lt;job&gt; &amp; more (ms; dashed: goal 30)');
  expect(lengths).toEqual([380 / 4, 380 / 2, 380]);
  expect(svg).toContain('prefers-color-scheme: dark');
});

const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');

test('every plot of docs is shown on a page and can be parsed', () => {
  const shown = [...page.matchAll(/\]\((plots\/[^)]+\.svg)\)/g)].map(([, path = '']) => path);
  const drawn = globSync('plots/*.svg', { cwd: join(root, 'docs') });

  expect(drawn.length).toBeGreaterThan(0);
  expect([...shown].sort()).toEqual(drawn.sort());
  for (const path of drawn) expect(elementsOf(readFileSync(join(root, 'docs', path), 'utf8'))).toContain('rect');
});

test('every script that the page names is there, and every benchmark of the page is in npm run bench', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...page.matchAll(/npm run (bench[\w:-]*)/g)].map(([, name = '']) => name);
  const all = readFileSync(join(root, 'bench/all.ts'), 'utf8');

  expect(named).toContain('bench:e2e');
  for (const name of new Set(named)) {
    const [, file = ''] = /(bench\/\S+\.ts)/.exec(scripts[name] ?? '') ?? [];
    expect(existsSync(join(root, file)), name).toBe(true);
    if (name !== 'bench') expect(all, name).toContain(`'${file.replace('bench/', '')}'`);
  }
});
