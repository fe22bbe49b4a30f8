import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { CommandError, EXIT } from './exit-code.ts';

/** The value of `--input`: JSON itself, `@FILE` of it, or `-` for standard input. @throws CommandError */
export async function jsonInput(given: string): Promise<unknown> {
  const source = given === '-' ? 'standard input' : given.startsWith('@') ? given.slice(1) : '--input';
  const json = given === '-' ? await text(process.stdin) : given.startsWith('@') ? contentOf(given.slice(1)) : given;
  try {
    return JSON.parse(json);
  } catch (cause) {
    const hint =
      source === '--input' ? ` Quote it for the shell: --input '{"message": "Hi"}', or name a file: @FILE.` : '';
    throw new CommandError(EXIT.usage, `${source} is no JSON: ${(cause as Error).message}.${hint}`, { cause });
  }
}

export function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandError(EXIT.usage, `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
