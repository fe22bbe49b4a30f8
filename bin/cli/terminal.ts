import { styleText } from 'node:util';

/** What a command answers: standard output, so that it can be piped on. */
export const out = (line: string): void => void process.stdout.write(`${line}\n`);

/** What is said to whoever watches: standard error. */
export const err = (line: string): void => void process.stderr.write(`${line}\n`);

/** One JSON value a line, as scripts read it. */
export const outJson = (value: unknown): void => out(JSON.stringify(value));

type Style = Parameters<typeof styleText>[0];

/** Coloured where standard output is a terminal; NO_COLOR and FORCE_COLOR are heeded. */
export const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

/** The same, for standard error. */
export const paintErr = (style: Style, text: string): string => styleText(style, text, { stream: process.stderr });

/** Text of others, without the control characters by which it could steer the terminal. Line breaks and tabs stay. */
export const printable = (text: string): string => text.replace(/(?![\n\t])\p{Cc}/gu, '\ufffd');

/** The same in one line. */
export const inOneLine = (text: string): string => printable(text.replace(/\s+/g, ' '));

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
