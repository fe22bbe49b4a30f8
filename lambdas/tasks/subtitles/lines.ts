import { MAX_LINE } from './limits.ts';

/** Text that stays on one line, and whether a space goes before it when it does not begin the line. */
export interface Word {
  readonly text: string;
  readonly spaced: boolean;
}

/** Spaces and control characters, but not the no-break spaces: "10 000" and "Bonjour !" stay whole. */
const SPACES = /(?:(?![\u00a0\u202f])[\s\p{Cc}])+/u;
const VISIBLE = /[^\s\p{Cf}]/u;
/** Scripts that put no spaces between words. */
export const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const OPENING = /^[\p{Ps}\p{Pi}]$/u;

/** Made for the first word that is too long: at import it took a tenth of the start of every function (6 to 10 ms). */
let graphemes: Intl.Segmenter | undefined;

/**
 * The words of a text, in order. Where a script has no spaces, dictionary words; a word longer than a line is cut
 * into pieces that fit, never within a character as a reader sees it (an emoji of several code points, say).
 * @param dictionary a segmenter of granularity `word`
 */
export function wordsOf(text: string, dictionary: Intl.Segmenter): Word[] {
  const words: Word[] = [];
  for (const token of text.toWellFormed().split(SPACES)) {
    if (!VISIBLE.test(token)) continue;
    const unspaced = UNSPACED.test(token);
    // Whatever text this one is joined to: はい。いいえ。 needs no space there, "Yes. No." does.
    let spaced = words.length > 0 || !unspaced;
    for (const part of unspaced ? dictionaryWords(token, dictionary) : [token])
      for (const piece of widthOf(part) > MAX_LINE ? cutLong(part) : [part]) {
        words.push({ text: piece, spaced });
        spaced = false;
      }
  }
  return words;
}

/** Fills lines from the first on. No way of breaking needs fewer. */
export function wrap(words: readonly Word[], width = MAX_LINE): string[] {
  const lines: string[] = [];
  let line = '';
  let room = 0;
  for (const word of words) {
    const addition = word.spaced ? ` ${word.text}` : word.text;
    if (line !== '' && widthOf(addition) <= room) {
      line += addition;
      room -= widthOf(addition);
    } else {
      if (line !== '') lines.push(line);
      line = word.text;
      room = width - widthOf(word.text);
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Breaks into at most `count` lines that are as even as the words allow: those of the narrowest width that needs no more. */
export function balance(words: readonly Word[], count: number): string[] {
  let low = 1;
  let high = MAX_LINE;
  while (low < high) {
    const width = Math.floor((low + high) / 2);
    if (wrap(words, width).length <= count) high = width;
    else low = width + 1;
  }
  return wrap(words, high);
}

/** Code points: what a reader counts in most scripts, and never fewer than that. */
export function widthOf(text: string): number {
  let width = 0;
  for (const _ of text) width += 1;
  return width;
}

/** Punctuation stays with its word: closing marks with the one before, opening ones with the one after. */
function dictionaryWords(token: string, dictionary: Intl.Segmenter): string[] {
  const words: string[] = [];
  let open = false;
  for (const { segment, isWordLike } of dictionary.segment(token)) {
    const opens = OPENING.test(segment);
    if (words.length > 0 && (open || !(isWordLike || opens))) words[words.length - 1] += segment;
    else words.push(segment);
    open = opens;
  }
  return words;
}

function* cutLong(word: string): Generator<string> {
  let piece = '';
  let width = 0;
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  // A letter under 42 accents has no line to fit on: that one is cut between code points.
  for (const { segment } of graphemes.segment(word))
    for (const part of widthOf(segment) > MAX_LINE ? segment : [segment]) {
      if (width + widthOf(part) > MAX_LINE) {
        yield piece;
        piece = '';
        width = 0;
      }
      piece += part;
      width += widthOf(part);
    }
  yield piece;
}
