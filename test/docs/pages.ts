import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** A code block, and where it stands. */
export interface PageBlock {
  readonly page: string;
  /** Of its first line of code, from 1. */
  readonly line: number;
  /** As the fence names it; empty: a drawing, or what a program prints. */
  readonly language: string;
  readonly code: string;
}

/** Every page that people read, from the project's root. */
export const pages: readonly string[] = globSync('{*.md,docs/**/*.md,examples/*/README.md}', { cwd: root }).toSorted();

/** All code blocks of a page, whatever their language. @throws Error for a block that does not end */
export function blocksOn(page: string): readonly PageBlock[] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n');
  const blocks: PageBlock[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [, indent, language] = /^( *)```(\S*)/.exec(lines[i] ?? '') ?? [];
    if (indent === undefined || language === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, i + 1);
    if (end < 0) throw new Error(`${page}:${i + 1}: a block that does not end.`);
    const code = lines.slice(i + 1, end).map((line) => line.slice(indent.length));
    blocks.push({ page, line: i + 2, language, code: `${code.join('\n')}\n` });
    i = end;
  }
  return blocks;
}
