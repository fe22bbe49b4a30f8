import { MAX_CUE_LINES, MAX_CUE_MS, MIN_CUE_MS } from './limits.ts';
import { UNSPACED, type Word, wordsOf, wrap } from './lines.ts';

/** Words that are spoken between two times: whole milliseconds from the start of the video. */
export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly words: readonly Word[];
}

/** A piece of a transcript as speech recognition gives it. */
export interface TimedText {
  readonly start_seconds: number;
  readonly end_seconds: number;
  readonly text: string;
}

/** What a full stop follows without ending a sentence: an initial, a title. */
const TITLE = /(?:^|\s)(?:\p{Lu}|Dr|Mr|Mrs|Ms|Prof|St)\.\s*$/u;

/**
 * Segments from text with times: sorted by their start, the empty ones left out. Runs of segments too brief to be read by
 * themselves (a segment for each word, say) are joined as far as they fit one cue.
 */
export function timedSegments(transcript: readonly TimedText[], language?: string): Segment[] {
  const dictionary = segmenter(language, 'word');
  const segments = transcript
    .map(({ start_seconds, end_seconds, text }) => ({
      startMs: Math.round(start_seconds * 1000),
      endMs: Math.round(end_seconds * 1000),
      words: wordsOf(text, dictionary),
    }))
    .filter(({ words }) => words.length > 0)
    .sort((a, b) => a.startMs - b.startMs);
  return join(segments, MIN_CUE_MS);
}

/**
 * Segments from text without times, as if it were read out without a pause at `wordsPerMinute`: its sentences, joined as far as
 * they fit one cue. A line break within a paragraph is a space; an empty line ends a sentence.
 */
export function spokenSegments(text: string, wordsPerMinute: number, language?: string): Segment[] {
  const dictionary = segmenter(language, 'word');
  const timeOf = (wordCount: number) => Math.round((wordCount * 60_000) / wordsPerMinute);
  const sentences: Segment[] = [];
  let spoken = 0;
  for (const sentence of sentencesOf(text, language)) {
    const words = wordsOf(sentence, dictionary);
    if (words.length === 0) continue;
    sentences.push({ startMs: timeOf(spoken), endMs: timeOf(spoken + words.length), words });
    spoken += words.length;
  }
  return join(sentences, MAX_CUE_MS);
}

/** Whether anything in it can be said: "♪ …" alone makes no transcript. */
export function hasLetters(segment: Segment): boolean {
  return segment.words.some(({ text }) => /[\p{L}\p{N}]/u.test(text));
}

/**
 * Joins neighbours that fit one cue together, if the next begins before the first could be read, or if both are shorter
 * than `briefMs` with no pause between them.
 */
function join(segments: readonly Segment[], briefMs: number): Segment[] {
  const joined: Segment[] = [];
  let previous: Segment | undefined;
  for (const segment of segments) {
    const group = joined.at(-1);
    const both = group && previous && attracted(group, previous, segment, briefMs) && oneCue(group, segment);
    if (both) joined[joined.length - 1] = both;
    else joined.push(segment);
    previous = segment;
  }
  return joined;
}

function attracted(group: Segment, previous: Segment, next: Segment, briefMs: number): boolean {
  if (next.startMs - group.startMs < MIN_CUE_MS) return true;
  const isBrief = ({ startMs, endMs }: Segment) => endMs - startMs < briefMs;
  return isBrief(previous) && isBrief(next) && next.startMs - previous.endMs < MIN_CUE_MS;
}

function oneCue(a: Segment, b: Segment): Segment | undefined {
  const endMs = Math.max(a.endMs, b.endMs);
  if (endMs - a.startMs > MAX_CUE_MS) return undefined;
  const words = [...a.words, ...b.words];
  return wrap(words).length <= MAX_CUE_LINES ? { startMs: a.startMs, endMs, words } : undefined;
}

function* sentencesOf(text: string, language?: string): Generator<string> {
  const sentences = segmenter(language, 'sentence');
  for (const paragraph of text.split(/\n\s*\n/)) {
    let sentence = '';
    for (const { segment } of sentences.segment(paragraph.replace(/[\r\n]+/g, ' '))) {
      sentence += segment;
      // Unicode's rules also end a sentence within "https://example.com?x=1" and after "I met Mr. ".
      const cutsWord = segment === segment.trimEnd() && !UNSPACED.test(segment);
      if (cutsWord || TITLE.test(segment)) continue;
      yield sentence;
      sentence = '';
    }
    yield sentence;
  }
}

/** English when no language is given, never the machine's own: the same input must give the same result everywhere. */
function segmenter(language = 'en', granularity: 'word' | 'sentence'): Intl.Segmenter {
  return new Intl.Segmenter(language, { granularity });
}
