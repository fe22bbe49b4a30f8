import { fileURLToPath } from 'node:url';

export interface Place {
  file: string;
  line: number;
  column: number;
}

/** The innermost place of an error's stack in a file that is wanted. Where a module cannot be read, its first line names it. */
export function placeIn(stack: string, isWanted: (file: string) => boolean): Place | undefined {
  for (const [, url = '', line, column = '1'] of stack.matchAll(/(file:\/\/[^\s)]+?):(\d+)(?::(\d+))?/g)) {
    const file = fileURLToPath(url);
    if (isWanted(file)) return { file, line: Number(line), column: Number(column) };
  }
  return undefined;
}
