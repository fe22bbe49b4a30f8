import { setImmediate as onNextTurn } from 'node:timers';
import { describe, expect, test } from 'vitest';
import { InterruptedError, NonRetryableError } from '../../lambdas/core/errors.ts';
import type { InputOf } from '../../lambdas/core/task.ts';
import { createSubtitles } from '../../lambdas/tasks/create-subtitles.ts';
import { everyFault, type RunOptions, testJobs } from '../../testing/index.ts';

const run = (input: InputOf<typeof createSubtitles>, options?: RunOptions) =>
  testJobs({ tasks: [createSubtitles] }).run('create_subtitles', input, options);

/** Fills a cue. */
const FULL_CUE = `${'x'.repeat(42)} ${'y'.repeat(42)}`;

describe('a transcript of timed segments', () => {
  const segments = [
    { start_seconds: 0.5, end_seconds: 2.25, text: 'Hello, world.' },
    {
      start_seconds: 2.25,
      end_seconds: 5.001,
      text: 'Jobs run in your own account,\r\nand cost nothing while nothing runs.',
    },
    { start_seconds: 3725.04, end_seconds: 3727.999, text: 'Tom & Jerry: <b>1 < 2</b> --> true' },
  ];

  test('becomes SRT and WebVTT with the times of the segments', async () => {
    const { result } = await run({ segments, language: 'en' });

    expect(result).toStrictEqual({
      cue_count: 3,
      duration_seconds: 3727.999,
      language: 'en',
      srt: `1
00:00:00,500 --> 00:00:02,250
Hello, world.

2
00:00:02,250 --> 00:00:05,001
Jobs run in your own account, and
cost nothing while nothing runs.

3
01:02:05,040 --> 01:02:07,999
Tom & Jerry: <\u2060b>1 < 2<\u2060/b> --\u2060> true
`,
      vtt: `WEBVTT

00:00:00.500 --> 00:00:02.250
Hello, world.

00:00:02.250 --> 00:00:05.001
Jobs run in your own account, and
cost nothing while nothing runs.

01:02:05.040 --> 01:02:07.999
Tom &amp; Jerry: &lt;b&gt;1 &lt; 2&lt;/b&gt; --&gt; true
`,
    });
  });

  test('may come in any order, with empty ones among them', async () => {
    const shuffled = [segments[2], segments[0], { start_seconds: 1, end_seconds: 9, text: ' \r\n\t' }, segments[1]];

    const { result } = await run({ segments: shuffled.map((segment) => segment as NonNullable<typeof segment>) });

    expect(result.srt).toBe((await run({ segments })).result.srt);
  });

  test('warns when the text is too dense to keep up with the speech', async () => {
    const dense = Array.from({ length: 5 }, (_, i) => ({ start_seconds: i / 4, end_seconds: i / 4, text: FULL_CUE }));

    const { result, logs } = await run({ segments: dense });

    expect(result.duration_seconds).toBe(5);
    expect(logs).toMatchObject([
      { level: 'warn', message: 'subtitles fall behind the speech', fields: { late_seconds: 3 } },
    ]);
  });
});

describe('a transcript of plain text', () => {
  test('is timed by the speaking rate, sentence by sentence', async () => {
    const text =
      'This is the first sentence of them all. The second one follows it and is quite a bit longer.\n\nThe end.';

    const { result, logs } = await run({ text, words_per_minute: 120 });

    expect(result).toStrictEqual({
      cue_count: 2,
      duration_seconds: 10.5,
      language: null,
      srt: `1
00:00:00,000 --> 00:00:04,000
This is the first sentence of them all.

2
00:00:04,000 --> 00:00:10,500
The second one follows it and
is quite a bit longer. The end.
`,
      vtt: `WEBVTT

00:00:00.000 --> 00:00:04.000
This is the first sentence of them all.

00:00:04.000 --> 00:00:10.500
The second one follows it and
is quite a bit longer. The end.
`,
    });
    expect(logs).toEqual([]);
  });

  test('is spoken at 150 words per minute by default', async () => {
    const { result } = await run({ text: 'word '.repeat(150) });

    expect(result.duration_seconds).toBe(60);
  });

  test('in a script without spaces is broken between words', async () => {
    const { result } = await run({
      text: '吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。',
      language: 'ja',
    });

    expect(result.vtt).toBe(`WEBVTT

00:00:00.000 --> 00:00:03.600
吾輩は猫である。名前はまだ無い。

00:00:03.600 --> 00:00:07.600
どこで生れたかとんと見当がつかぬ。
`);
  });
});

describe('progress and interruption', () => {
  const long = { text: 'This sentence is here to be one cue. '.repeat(400) };

  test('reports how far it is, never backwards, and ends at 1', async () => {
    const { result, progress } = await run(long);

    const fractions = progress.map(({ fraction }) => fraction);
    expect(fractions.length).toBeGreaterThan(3);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(progress[0]?.note).toBe('cues: 50');
    expect(progress.at(-1)).toEqual({ fraction: 1, note: `cues: ${result.cue_count}` });
  });

  test('never reports more than all, however late the cues are', async () => {
    const dense = Array.from({ length: 60 }, (_, i) => ({ start_seconds: i / 4, end_seconds: i / 4, text: FULL_CUE }));

    const { progress } = await run({ segments: dense });

    expect(progress.map(({ fraction }) => fraction)).toEqual([1, 1]);
  });

  test('a short transcript reports once', async () => {
    const { progress } = await run({ text: 'Hello.' });

    expect(progress).toEqual([{ fraction: 1, note: 'cues: 1' }]);
  });

  test('stops with the reason of its signal', async () => {
    const reason = new InterruptedError('abort', 'aborted by request');

    await expect(run(long, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('lets the event loop turn, so that an abort is seen while it works', async () => {
    const abort = new AbortController();
    const reason = new InterruptedError('timeout', 'timed out after 30 s');
    const notes: (string | undefined)[] = [];
    onNextTurn(() => abort.abort(reason));

    const running = run(long, { signal: abort.signal, onProgress: (_, note) => notes.push(note) });

    await expect(running).rejects.toBe(reason);
    expect(notes).toEqual(['cues: 50']);
  });
});

describe('as a job', () => {
  test('shows in its record how far it has come, and its result whole', async () => {
    const kit = testJobs({ tasks: [createSubtitles] });
    const { jobId } = await kit.enqueue('create_subtitles', {
      text: 'This sentence is here to be one cue. '.repeat(400),
    });
    await kit.drain();

    const { status, progress, result } = kit.job(jobId);
    expect([status, progress?.fraction]).toEqual(['complete', 1]);
    expect(createSubtitles.output.parse(result).cue_count).toBe(200);
  });

  test('without words is buried at once', async () => {
    const kit = testJobs({ tasks: [createSubtitles] });
    const { jobId } = await kit.enqueue('create_subtitles', { text: '…' });
    await kit.drain();
    expect(kit.job(jobId)).toMatchObject({ status: 'failed', attempt: 1 });
    expect(kit.deadLetters()).toMatchObject([{ error: expect.stringContaining('no words') }]);
  });

  test('has the same result whatever happens to its worker', () =>
    everyFault(async (jobsOf) => {
      const kit = jobsOf({ tasks: [createSubtitles] });
      const { jobId } = await kit.enqueue('create_subtitles', { text: 'Hello there. This is Stint.' });
      await kit.drain();
      expect(kit.job(jobId)).toMatchObject({ status: 'complete', result: { cue_count: 1, language: null } });
    }));
});

describe('a transcript with no words fails without a retry', () => {
  test.each<[string, InputOf<typeof createSubtitles>]>([
    ['empty text', { text: '' }],
    ['blank text', { text: ' \r\n\u3000\u200b\u0000' }],
    ['punctuation alone', { text: '♪ … — ♪' }],
    ['no segments', { segments: [] }],
    ['empty segments', { segments: [{ start_seconds: 0, end_seconds: 3, text: ' ' }] }],
  ])('%s', async (_, input) => {
    const failure = await run(input).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(NonRetryableError);
    expect(failure).toMatchObject({ message: expect.stringContaining('no words') });
  });
});

test('a segment that ends before it starts fails without a retry, and is named', async () => {
  const piece = { start_seconds: 1, end_seconds: 1, text: 'x' };
  const failure = await run({ segments: [piece, { ...piece, end_seconds: 0.5 }] }).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(NonRetryableError);
  expect(failure).toMatchObject({ message: expect.stringContaining('segments[1] ends before it starts') });
});

describe('the input', () => {
  const piece = { start_seconds: 0, end_seconds: 1, text: 'x' };
  const either = 'Give the transcript either as text or as segments.';
  const tooLong = 'The transcript is over 64 KB: split it and enqueue a job for each part.';

  test.each<[string, unknown, string, string | RegExp]>([
    ['neither text nor segments', {}, 'text', either],
    ['text and segments', { text: 'x', segments: [piece] }, 'text', either],
    ['an unknown field', { text: 'x', wpm: 150 }, '', /wpm/],
    ['a rate of zero', { text: 'x', words_per_minute: 0 }, 'words_per_minute', /30/],
    ['a language that is none', { text: 'x', language: 'no language' }, 'language', /language tag/],
    ['a negative time', { segments: [{ ...piece, start_seconds: -1 }] }, 'segments.0.start_seconds', /0/],
    [
      'an endless time',
      { segments: [{ ...piece, end_seconds: Number.POSITIVE_INFINITY }] },
      'segments.0.end_seconds',
      /./,
    ],
    ['text over 64 KB', { text: 'é'.repeat(33_000) }, '', tooLong],
    ['segments over 64 KB', { segments: Array(20).fill({ ...piece, text: 'x'.repeat(4_000) }) }, '', tooLong],
  ])('refuses %s, and says where and why', (_, input, path, message) => {
    const issues = createSubtitles.input.safeParse(input).error?.issues.map((issue) => ({
      path: issue.path.join('.'),
      message: issue.message,
    }));

    expect(issues).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  test('of an hour of speech gives a result that can be stored', async () => {
    const hour = Array.from({ length: 1_200 }, (_, i) => ({
      start_seconds: i * 3,
      end_seconds: i * 3 + 3,
      text: 'Three seconds hold about so many characters.',
    }));

    const { result } = await run({ segments: hour });

    expect(result).toMatchObject({ cue_count: 1_200, duration_seconds: 3_600 });
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(256 * 1024);
  });
});
