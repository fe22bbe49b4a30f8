import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cue, cutCues } from '../../lambdas/tasks/subtitles/cues.ts';
import { toSrt, toWebVtt } from '../../lambdas/tasks/subtitles/formats.ts';
import { balance, wordsOf, wrap } from '../../lambdas/tasks/subtitles/lines.ts';
import { spokenSegments, type TimedText, timedSegments } from '../../lambdas/tasks/subtitles/segments.ts';

const words = (text: string) => wordsOf(text, new Intl.Segmenter('en', { granularity: 'word' }));
const cuesOf = (...segments: [start: number, end: number, text: string][]) => [
  ...cutCues(
    timedSegments(segments.map(([start_seconds, end_seconds, text]) => ({ start_seconds, end_seconds, text }))),
  ),
];
/** A cue as one line: "0.5-2.25 first line | second line". */
const shown = (cues: readonly Cue[]) =>
  cues.map(({ startMs, endMs, lines }) => `${startMs / 1000}-${endMs / 1000} ${lines.join(' | ')}`);

describe('lines', () => {
  test('break between words, as late as they can', () => {
    expect(wrap(words(`${'a'.repeat(20)} ${'b'.repeat(21)} c`))).toEqual([`${'a'.repeat(20)} ${'b'.repeat(21)}`, 'c']);
    expect(wrap(words(`${'a'.repeat(20)} ${'b'.repeat(22)} c`))).toEqual(['a'.repeat(20), `${'b'.repeat(22)} c`]);
  });

  test('are evened out without becoming more', () => {
    expect(balance(words('one two three four five six seven eight nine ten'), 2)).toEqual([
      'one two three four five',
      'six seven eight nine ten',
    ]);
    expect(balance(words('short'), 2)).toEqual(['short']);
  });

  test('hold a word over 42 characters in pieces that fit', () => {
    expect(wrap(words(`see ${'x'.repeat(50)} now`))).toEqual(['see', 'x'.repeat(42), `${'x'.repeat(8)} now`]);
  });

  test.each([
    ['a surrogate pair', '𝒳', 41],
    ['a family of emoji', '👨‍👩‍👧‍👦', 5], // 7 code points each
    ['a letter with its accent', 'e\u0301', 20],
  ])('never cut %s in two', (_, character, perLine) => {
    expect(wrap(words(`1${character.repeat(50)}`))[0]).toBe(`1${character.repeat(perLine)}`);
  });

  test('cut between code points only where one character alone is longer than a line', () => {
    const stacked = `a${'\u0301'.repeat(60)}`;

    expect(wrap(words(stacked))).toEqual([`a${'\u0301'.repeat(41)}`, '\u0301'.repeat(19)]);
  });

  test('keep CJK words and their punctuation whole', () => {
    const text = '何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している、「はい」と言った。';

    expect(wrap(words(text), 20)).toEqual([
      '何でも薄暗いじめじめした所でニャーニャー',
      '泣いていた事だけは記憶している、「はい」',
      'と言った。',
    ]);
  });

  test('leave no opening bracket at their end', () => {
    expect(wrap(words('彼は「はい」と'), 4)).toEqual(['彼は', '「はい」', 'と']);
  });

  test('break at white space of any kind, but not at a no-break space', () => {
    expect(words('a\r\nb\u2028c\td\u3000e\u0000f 10\u00a0000').map(({ text }) => text)).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
      '10\u00a0000',
    ]);
  });
});

describe('cues of timed segments', () => {
  test('keep the times of segments that fit', () => {
    expect(shown(cuesOf([0.001, 1.001, 'One.'], [1.5, 8.5, 'Two.']))).toEqual(['0.001-1.001 One.', '1.5-8.5 Two.']);
  });

  test('of a long segment share its time by their characters', () => {
    const text =
      'He told me a very long story about how he once crossed the whole of Iceland on foot in winter, with nothing but a tent.';

    expect(shown(cuesOf([10, 20, text]))).toEqual([
      '10-14.914 He told me a very long story | about how he once crossed the',
      '14.914-20 whole of Iceland on foot in | winter, with nothing but a tent.',
    ]);
  });

  test('are one line each where two would stay over 7 seconds', () => {
    expect(shown(cuesOf([0, 12, 'A slow speaker says these words, and takes his time']))).toEqual([
      '0-6 A slow speaker says these',
      '6-12 words, and takes his time',
    ]);
  });

  test('of uneven texts share the time within 1 and 7 seconds each', () => {
    const [x, y] = ['x'.repeat(42), 'y'.repeat(42)];

    expect(shown(cuesOf([0, 2, `${x} ${y} short`]))).toEqual([`0-1 ${x} | ${y}`, '1-2 short']);
    expect(shown(cuesOf([0, 14, `short ${x}`]))).toEqual(['0-7 short', `7-14 ${x}`]);
    expect(shown(cuesOf([0, 20, `short ${x}`]))).toEqual(['0-7 short', `10-17 ${x}`]);
  });

  test('go after 7 seconds where a segment has more time than text', () => {
    expect(shown(cuesOf([0, 20, 'Thank you'], [20, 22, 'Bye']))).toEqual(['0-7 Thank you', '20-22 Bye']);
  });

  test('stay for a second where a segment is shorter and nothing follows', () => {
    expect(shown(cuesOf([3, 3.2, 'Yes.'], [6, 6, 'No.']))).toEqual(['3-4 Yes.', '6-7 No.']);
  });

  test('hold words that are too brief to be read alone together', () => {
    const spoken = 'so this is what a word by word transcript looks like'.split(' ');

    const cues = cuesOf(...spoken.map((word, i): [number, number, string] => [i * 0.25, i * 0.25 + 0.2, word]), [
      5,
      7,
      'New.',
    ]);

    expect(shown(cues)).toEqual(['0-2.7 so this is what a word by | word transcript looks like', '5-7 New.']);
  });

  test('join a brief segment to the next, not over a pause and not to a long one before it', () => {
    expect(shown(cuesOf([0, 3, 'A long one.'], [3, 3.4, 'Yes?'], [3.4, 5, 'No.'], [9, 9.3, 'Well.']))).toEqual([
      '0-3 A long one.',
      '3-5 Yes? No.',
      '9-10 Well.',
    ]);
  });

  test('of segments that start together end with the last of them', () => {
    expect(shown(cuesOf([0, 3, 'Hello!'], [0, 1, 'Hi!']))).toEqual(['0-3 Hello! Hi!']);
  });

  test('start late behind text that is too dense, and make up for it', () => {
    const full = `${'x'.repeat(42)} ${'y'.repeat(42)}`;

    const cues = cuesOf([0, 0.5, full], [0.5, 1, full], [1, 4, full], [4, 6, 'On time.']);

    expect(cues.map(({ startMs, endMs, lateMs }) => [startMs, endMs, lateMs])).toEqual([
      [0, 1000, 0],
      [1000, 2000, 500],
      [2000, 4000, 1000],
      [4000, 6000, 0],
    ]);
  });

  test('give way to a segment that starts before they end', () => {
    expect(shown(cuesOf([0, 6, 'I was saying'], [2, 4, 'No!'], [8, 9, 'Well']))).toEqual([
      '0-2 I was saying',
      '2-4 No!',
      '8-9 Well',
    ]);
  });
});

describe('plain text', () => {
  const spoken = (text: string, rate = 150) => shown([...cutCues(spokenSegments(text, rate))]);

  test('is cut at the ends of sentences, brief ones together', () => {
    expect(
      spoken('Yes. Really? I met Mr. Smith yesterday, and he had nothing whatever to say about any of it.'),
    ).toEqual([
      '0-1 Yes. Really?',
      '1-7.2 I met Mr. Smith yesterday, and he had | nothing whatever to say about any of it.',
    ]);
  });

  test('flows over line ends, CRLF too; an empty line ends a sentence', () => {
    const wrapped =
      'This one sentence was wrapped\r\nby an editor, so that it has line\nends where no one would pause to\r\ntake a breath.';

    expect(spoken(wrapped)).toEqual([
      '0-4.856 This one sentence was wrapped | by an editor, so that it has',
      '4.856-9.2 line ends where no one would | pause to take a breath.',
    ]);
    expect(
      spoken(`${'A heading without a full stop '.repeat(2)}\r\n\r\n${'and a paragraph below it '.repeat(3)}`),
    ).toEqual([
      '0-4.8 A heading without a full stop | A heading without a full stop',
      '4.8-10.8 and a paragraph below it and a paragraph | below it and a paragraph below it',
    ]);
  });

  test('keeps an address with a question mark in one piece', () => {
    expect(spoken('See https://example.com/?q=1 now.')).toEqual(['0-1.2 See https://example.com/?q=1 now.']);
  });

  test('takes as long as its words at the rate, however they are rounded', () => {
    const text = 'Seven words make up this short sentence. '.repeat(1000);

    const cues = [...cutCues(spokenSegments(text, 170))];

    expect(cues.at(-1)?.endMs).toBe(Math.round((7_000 * 60_000) / 170));
  });
});

describe('formats', () => {
  const cue = (startMs: number, endMs: number, ...lines: string[]): Cue => ({ startMs, endMs, lines, lateMs: 0 });

  test.each([
    [0, '00:00:00,000'],
    [59_999, '00:00:59,999'],
    [3_599_999, '00:59:59,999'],
    [86_400_000, '24:00:00,000'],
    [360_000_001, '100:00:00,001'],
  ])('%i ms is %s', (ms, time) => {
    expect(toSrt([cue(ms, ms, 'x')])).toBe(`1\n${time} --> ${time}\nx\n`);
    expect(toWebVtt([cue(ms, ms, 'x')])).toBe(`WEBVTT\n\n${time.replace(',', '.')} --> ${time.replace(',', '.')}\nx\n`);
  });

  test('SRT keeps markup from being taken for markup, and leaves the rest as it is', () => {
    expect(toSrt([cue(0, 1, '<i> </I> {\\an8} {y:i} -->', 'a < b > c && {1} - - > <3')])).toBe(
      '1\n00:00:00,000 --> 00:00:00,001\n<\u2060i> <\u2060/I> {\u2060\\an8} {\u2060y:i} --\u2060>\na < b > c && {1} - - > <3\n',
    );
  });
});

describe('whatever the transcript', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.string({
      unit: fc.constantFrom('a', ' ', '.', '\r\n', '猫', 'は', '。', '「', '👩‍🚀', '\ud800', '<b>', '-->', '&'),
      maxLength: 300,
    }),
    fc.lorem({ maxCount: 60 }),
  );
  const anySegments = fc.array(
    fc
      .record({
        start: fc.integer({ max: 60_000, min: 0 }),
        length: fc.integer({ max: 30_000, min: 0 }),
        text: anyText,
      })
      .map(
        ({ start, length, text }): TimedText => ({
          start_seconds: start / 1000,
          end_seconds: (start + length) / 1000,
          text,
        }),
      ),
    { maxLength: 20 },
  );
  /** What can be seen, without where it was broken. */
  const visible = (text: string) => text.toWellFormed().replace(/[\s\p{Cc}\p{Cf}]/gu, '');
  const textOf = (cues: readonly Cue[]) => visible(cues.flatMap(({ lines }) => lines).join(''));

  function expectWellCut(cues: readonly Cue[]) {
    for (const [index, { startMs, endMs, lines }] of cues.entries()) {
      expect(lines.length === 1 || lines.length === 2).toBe(true);
      for (const line of lines) {
        expect([...line].length).toBeLessThanOrEqual(42);
        expect(line).not.toMatch(/^$|[\r\n]/);
        expect(line.isWellFormed()).toBe(true);
      }
      expect(Number.isInteger(startMs) && Number.isInteger(endMs)).toBe(true);
      expect(endMs - startMs).toBeGreaterThanOrEqual(1_000);
      expect(endMs - startMs).toBeLessThanOrEqual(7_000);
      expect(startMs).toBeGreaterThanOrEqual(cues[index - 1]?.endMs ?? 0);
    }
  }

  test('timed segments give well-cut cues that hold all of the text in order', () => {
    fc.assert(
      fc.property(anySegments, (segments) => {
        const cues = [...cutCues(timedSegments(segments))];

        expectWellCut(cues);
        const inOrder = segments.toSorted((a, b) => a.start_seconds - b.start_seconds);
        expect(textOf(cues)).toBe(visible(inOrder.map(({ text }) => text.toWellFormed()).join('')));
        for (const cue of cues) expect(cue.lateMs).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  test('plain text gives well-cut cues that hold all of the text in order', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 30, max: 600 }), (text, rate) => {
        const cues = [...cutCues(spokenSegments(text, rate))];

        expectWellCut(cues);
        expect(textOf(cues)).toBe(visible(text));
      }),
      { numRuns: 500 },
    );
  });

  test('words of up to 42 characters stay whole', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'é', '.', '-', '🙂', '?', '한'), minLength: 1, maxLength: 42 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 80 }), fc.boolean(), (list, timed) => {
        const text = list.join(' ');
        const segments = timed
          ? timedSegments([{ start_seconds: 0, end_seconds: 60, text }])
          : spokenSegments(text, 150);

        const cues = [...cutCues(segments)];

        expect(cues.flatMap(({ lines }) => lines).join(' ')).toBe(text);
      }),
    );
  });

  test('segments that fit the limits keep their times to the millisecond', () => {
    const fitting = fc.array(
      fc.record({
        pause: fc.nat(5_000),
        length: fc.integer({ min: 1_000, max: 7_000 }),
        text: fc.constantFrom('Yes.', 'A line of words.', '猫'),
      }),
    );
    fc.assert(
      fc.property(fitting, (pieces) => {
        let at = 0;
        const times = pieces.map(({ pause, length }) => {
          const start = at + pause;
          at = start + length;
          return [start, at] as const;
        });
        const segments = times.map(([start, end], i) => ({
          start_seconds: start / 1000,
          end_seconds: end / 1000,
          text: pieces[i]?.text ?? '',
        }));

        const cues = [...cutCues(timedSegments(segments))];

        expect(cues.map(({ startMs, endMs }) => [startMs, endMs])).toEqual(times);
      }),
    );
  });

  test('both formats can be read back', () => {
    fc.assert(
      fc.property(anySegments, (segments) => {
        const cues = [...cutCues(timedSegments(segments))];
        const expected = cues.map(({ startMs, endMs, lines }) => ({
          startMs,
          endMs,
          lines: lines.map((line) => line.replaceAll('\u2060', '')),
        }));

        expect(
          readBlocks(toSrt(cues)).map(({ lines: [, ...rest], ...cue }) => readCue({ ...cue, lines: rest })),
        ).toEqual(expected);
        const [header, ...blocks] = readBlocks(toWebVtt(cues));
        expect(header?.lines).toEqual(['WEBVTT']);
        expect(blocks.map(readCue).map((cue) => ({ ...cue, lines: cue.lines.map(unescapeVtt) }))).toEqual(expected);
      }),
    );
  });
});

/** A file of cues as a strict player reads it: blocks between empty lines, a timing wherever there is an arrow. */
function readBlocks(file: string): { lines: string[] }[] {
  return file === ''
    ? []
    : file
        .replace(/\n$/, '')
        .split('\n\n')
        .map((block) => ({ lines: block.replace(/\n$/, '').split('\n') }));
}

function readCue({ lines: [timing = '', ...lines] }: { lines: string[] }) {
  const times =
    /^(\d+):(\d\d):(\d\d)[,.](\d{3}) --> (\d+):(\d\d):(\d\d)[,.](\d{3})$/.exec(timing)?.slice(1).map(Number) ?? [];
  const [h1 = 0, m1 = 0, s1 = 0, ms1 = 0, h2 = 0, m2 = 0, s2 = 0, ms2 = 0] = times;
  expect(times).toHaveLength(8);
  for (const line of lines) expect(line).not.toContain('-->');
  return {
    startMs: ((h1 * 60 + m1) * 60 + s1) * 1000 + ms1,
    endMs: ((h2 * 60 + m2) * 60 + s2) * 1000 + ms2,
    lines: lines.map((line) => line.replaceAll('\u2060', '')),
  };
}

function unescapeVtt(line: string): string {
  expect(line).not.toMatch(/[<>]/);
  return line.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
