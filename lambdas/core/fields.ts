import type * as z from 'zod';
import type { FieldError } from './errors.ts';

/** A path in an input as people write it: `$.segments[0].text`. */
export function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`),
    '$',
  );
}

const MOST_IN_WORDS = 5;

/** The first of some problems, in one line. */
export const fieldsInWords = (fields: readonly FieldError[]): string =>
  fields
    .slice(0, MOST_IN_WORDS)
    .map(({ path, message }) => `${path}: ${message}`)
    .join('; ');

/** What a schema refused, one entry per field; each unknown field has its own. */
export function fieldErrors(error: z.ZodError, pathOf: (path: readonly PropertyKey[]) => string): FieldError[] {
  return error.issues.flatMap((issue): FieldError[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: pathOf([...issue.path, key]),
          message: 'unknown: remove it, or check its spelling',
        }))
      : [{ path: pathOf(issue.path), message: issue.message }],
  );
}
