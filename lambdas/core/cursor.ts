import { StintError } from './errors.ts';
import { fingerprint, ID } from './ids.ts';
import type { Position, Range } from './newest-first.ts';

/** The longest that is written: a user's name of 128 characters, of four bytes each. */
const MOST_CHARACTERS = 2_000;

/**
 * A place in a list as callers hand it back. It holds no secret and grants nothing: a list shows only what its own query
 * may show. The check binds it to its query, so one that was cut, changed or meant for another list is refused.
 */
export function writeCursor(position: Position, query: unknown): string {
  const { at, key, jobId } = position;
  const place = Buffer.from(JSON.stringify([at, key, jobId])).toString('base64url');
  return `${place}.${check(position, query)}`;
}

/**
 * @param range of the list: no place is outside it, whoever wrote the cursor
 * @throws StintError `invalid_cursor`
 */
export function readCursor(cursor: string, query: unknown, range: Range): Position {
  const [place = '', claimed] = cursor.length <= MOST_CHARACTERS ? cursor.split('.') : [];
  const position = positionOf(place, range);
  // Written again it must be the same: base64 has several spellings, of which we write one.
  if (position === undefined || claimed === undefined || writeCursor(position, query) !== cursor)
    throw new StintError(
      'invalid_cursor',
      'This cursor is of another query, or was changed. Pass next_cursor as it was answered, with the same filters; or leave it out to begin anew.',
    );
  return position;
}

function positionOf(place: string, { from, to }: Range): Position | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(place, 'base64url').toString('utf8'));
    if (!Array.isArray(parsed)) return undefined;
    const [at, key, jobId] = parsed as unknown[];
    if (typeof at !== 'number' || typeof key !== 'string' || typeof jobId !== 'string') return undefined;
    return Number.isInteger(at) && at >= from && at <= to && ID.test(jobId) ? { at, key, jobId } : undefined;
  } catch {
    return undefined; // not JSON: not a cursor
  }
}

function check({ at, key, jobId }: Position, query: unknown): string {
  return fingerprint(['cursor', 1, query, at, key, jobId]);
}
