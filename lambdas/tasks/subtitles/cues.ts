import { MAX_CUE_LINES, MAX_CUE_MS, MIN_CUE_MS } from './limits.ts';
import { balance, type Word, widthOf, wrap } from './lines.ts';
import type { Segment } from './segments.ts';

/** What stands on the screen at a time. */
export interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  readonly lines: readonly string[];
  /** How long after its speech the segment of this cue comes on screen: 0 unless the text before it is too dense. */
  readonly lateMs: number;
}

/**
 * Cuts segments (sorted by start) into cues: one or two lines, 1 to 7 seconds, in order, never two at a time, every word in one.
 *
 * Where the speech does not fit these limits, the limits win:
 * - a segment too **short** for its text (less than a second, or than a second for every two lines) keeps the screen
 *   as long as the text needs. What follows starts late, and shorter cues or a pause make up for it;
 * - a segment too **long** for its text (over 7 seconds for every two lines) becomes cues of one line each; where even those
 *   are too few, a cue goes after its 7 seconds and the screen stays empty;
 * - a segment that is still going on when the next one starts gives way to it.
 */
export function* cutCues(segments: readonly Segment[]): Generator<Cue> {
  let free = 0;
  for (const [index, segment] of segments.entries()) {
    const startMs = Math.max(segment.startMs, free);
    const endMs = Math.min(segment.endMs, segments[index + 1]?.startMs ?? Number.POSITIVE_INFINITY);
    for (const cue of cuesBetween(startMs, endMs, segment.words)) {
      yield { ...cue, lateMs: startMs - segment.startMs };
      free = cue.endMs;
    }
  }
}

/** As few cues as the text needs, or up to one a line where they would stay too long; all as even as words allow. */
function cuesBetween(startMs: number, endMs: number, words: readonly Word[]): Omit<Cue, 'lateMs'>[] {
  const lineCount = wrap(words).length;
  const fewest = Math.ceil(lineCount / MAX_CUE_LINES);
  const spanMs = Math.max(endMs - startMs, fewest * MIN_CUE_MS);
  const cueCount = Math.max(fewest, Math.min(Math.ceil(spanMs / MAX_CUE_MS), lineCount));
  const linesPerCue = lineCount <= cueCount ? 1 : MAX_CUE_LINES;
  const lines = balance(words, cueCount * linesPerCue);
  return shareTime(startMs, spanMs, inGroupsOf(linesPerCue, lines));
}

/** To each text as much time as it has of the characters, within the limits of a cue. */
function shareTime(startMs: number, spanMs: number, texts: readonly string[][]): Omit<Cue, 'lateMs'>[] {
  const endMs = startMs + spanMs;
  const total = widthOf(texts.flat().join(''));
  // Longer than a cue may stay only where there is more time than text: then the rest of the slot stays empty.
  const longestMs = Math.max(MAX_CUE_MS, Math.ceil(spanMs / texts.length));
  let shown = 0;
  let from = startMs;
  return texts.map((lines, index) => {
    const after = texts.length - index - 1;
    shown += widthOf(lines.join(''));
    const ideal = startMs + Math.round((spanMs * shown) / total);
    const earliest = Math.max(from + MIN_CUE_MS, endMs - after * longestMs);
    const latest = Math.min(from + longestMs, endMs - after * MIN_CUE_MS);
    const to = Math.min(Math.max(ideal, earliest), latest);
    const cue = { startMs: from, endMs: Math.min(to, from + MAX_CUE_MS), lines };
    from = to;
    return cue;
  });
}

function inGroupsOf<T>(size: number, items: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (let at = 0; at < items.length; at += size) groups.push(items.slice(at, at + size));
  return groups;
}
