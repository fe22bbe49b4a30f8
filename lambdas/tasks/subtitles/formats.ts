import type { Cue } from './cues.ts';

/** SubRip, as players have agreed on it: numbered cues, a comma before the milliseconds, `\n` at the end of a line. */
export function toSrt(cues: readonly Cue[]): string {
  return cues
    .map((cue, index) => `${index + 1}\n${timing(cue, ',')}\n${cue.lines.map(plainInSrt).join('\n')}\n`)
    .join('\n');
}

/** WebVTT: https://www.w3.org/TR/webvtt1/ */
export function toWebVtt(cues: readonly Cue[]): string {
  return ['WEBVTT\n', ...cues.map((cue) => `${timing(cue, '.')}\n${cue.lines.map(escapeVtt).join('\n')}\n`)].join('\n');
}

function timing({ startMs, endMs }: Cue, point: ',' | '.'): string {
  return `${timestamp(startMs, point)} --> ${timestamp(endMs, point)}`;
}

function timestamp(ms: number, point: ',' | '.'): string {
  const digits = (value: number, length: number) => String(Math.floor(value)).padStart(length, '0');
  return `${digits(ms / 3_600_000, 2)}:${digits((ms / 60_000) % 60, 2)}:${digits((ms / 1000) % 60, 2)}${point}${digits(ms % 1000, 3)}`;
}

/** Also makes `-->`, which would pass for a timing, `--&gt;`. */
function escapeVtt(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * SRT has no escapes, but players take `<i>`, `{\an8}` and `-->` for markup wherever they stand. An invisible WORD JOINER
 * within keeps them text, and they look as they were written.
 */
function plainInSrt(line: string): string {
  return line.replace(/--(?=>)|<(?=[a-z/])|\{(?=[a-z\\])/gi, '$&\u2060');
}
