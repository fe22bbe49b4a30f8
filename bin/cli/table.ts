import { stripVTControlCharacters } from 'node:util';
import { paint } from './terminal.ts';

const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/**
 * Rows under a heading, in columns as wide as their widest cell. The last column is cut at the terminal's edge; where there
 * is no terminal nothing is.
 */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((title, i) => Math.max(title.length, ...rows.map((row) => widthOf(row[i] ?? ''))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === cells.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - widthOf(cell))))
      .join('  ');
  return [paint('bold', line(heading)), ...rows.map((row) => cut(line(row), process.stdout.columns))];
}

/** Only what has no colours in its tail is cut: a colour would not end. */
function cut(line: string, columns: number | undefined): string {
  const over = widthOf(line) - (columns || Infinity);
  const tail = line.slice(-over - 1);
  return over <= 0 || widthOf(tail) < tail.length ? line : `${line.slice(0, -over - 1)}…`;
}
