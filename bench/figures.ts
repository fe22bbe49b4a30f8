import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Bars, drawBars } from './bars.ts';

const DOCS = join(import.meta.dirname, '..', 'docs');

/** Before anything of this process: what else the machine had to do. */
const load = loadavg()[0] ?? 0;

/** What a figure was measured on: it means nothing without. */
export function machine(): string {
  const cores = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'}), ${memory} GiB of memory, Node ${process.versions.node}; load before it ${load.toFixed(1)}`;
}

/**
 * Shows figures; with `--write` also puts them into a page of docs/, between the marks of their name, and their plot, if there is one, above them.
 */
export function publish(
  page: 'costs' | 'endurance' | 'performance' | 'scale',
  name: string,
  figures: string,
  plot?: Bars,
): void {
  console.log(figures);
  if (!process.argv.includes('--write')) return;
  const image = plot === undefined ? '' : `![${plot.title}](plots/${name}.svg)\n\n`;
  if (plot !== undefined) {
    mkdirSync(join(DOCS, 'plots'), { recursive: true });
    writeFileSync(join(DOCS, 'plots', `${name}.svg`), drawBars(plot));
  }
  const path = join(DOCS, `${page}.md`);
  const text = readFileSync(path, 'utf8');
  const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end of ${name} -->)`);
  if (!marked.test(text)) throw new Error(`docs/${page}.md has no marks for ${name}.`);
  writeFileSync(
    path,
    text.replace(marked, (_all, begin: string, end: string) => `${begin}${image}${figures}\n${end}`),
  );
}

/** A Markdown table, its columns padded to be read as text, too: the first to the left where it holds words. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  first: 'left' | 'right' = 'right',
): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0), 3));
  const pad = (cell: string, i: number) =>
    i === 0 && first === 'left' ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  const line = (cells: readonly string[]) => `| ${cells.map(pad).join(' | ')} |`;
  const rule = widths.map((width, i) =>
    i === 0 && first === 'left' ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
