import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'endurance.md');

/** Before anything of this process: what else the machine had to do. */
const load = loadavg()[0] ?? 0;

/** What a figure was measured on: it means nothing without. */
export function machine(): string {
  const cores = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'}), ${memory} GiB of memory, Node ${process.versions.node}; load before it ${load.toFixed(1)}`;
}

/** Shows figures; with `--write` also puts them into docs/endurance.md, between the marks of their name. */
export function publish(name: 'burst' | 'memory', figures: string): void {
  console.log(figures);
  if (!process.argv.includes('--write')) return;
  const page = readFileSync(PAGE, 'utf8');
  const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end of ${name} -->)`);
  if (!marked.test(page)) throw new Error(`docs/endurance.md has no marks for ${name}.`);
  writeFileSync(
    PAGE,
    page.replace(marked, (_all, begin: string, end: string) => `${begin}${figures}\n${end}`),
  );
}

/** A Markdown table, its columns padded to be read as text, too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => `${'-'.repeat(Math.max(width - 1, 2))}:`)), ...rows.map(line)].join(
    '\n',
  );
}
