import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import { NonRetryableError } from '../core/errors.ts';
import { defineTask } from '../core/task.ts';
import { type Cue, cutCues } from './subtitles/cues.ts';
import { toSrt, toWebVtt } from './subtitles/formats.ts';
import { hasLetters, spokenSegments, timedSegments } from './subtitles/segments.ts';

/** About an hour of speech. A result holds at most 256 KB, and both formats repeat the text and add a time to each cue. */
const MAX_TRANSCRIPT_BYTES = 64 * 1024;
const DAY_SECONDS = 86_400;

/** A language, a script and a region, as BCP 47 writes them. */
const LANGUAGE_TAG = /^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$/;

// What JSON Schema can say is checked when a job is enqueued, so that the published schema promises neither more nor less; the rest
// is for the task itself.
const segment = z.strictObject({
  start_seconds: z.number().min(0).max(DAY_SECONDS),
  end_seconds: z.number().min(0).max(DAY_SECONDS),
  text: z.string().max(5_000),
});

const input = z
  .strictObject({
    text: z.string().max(MAX_TRANSCRIPT_BYTES).optional().describe('The transcript as plain text; it starts at 0:00.'),
    words_per_minute: z.number().min(30).max(600).default(150).describe('How fast `text` is spoken.'),
    segments: z.array(segment).max(4_000).optional().describe('The transcript with its times, instead of `text`.'),
    language: z
      .string()
      .regex(LANGUAGE_TAG, 'Not a language tag: write it as "en", "pt-BR" or "ja".')
      .optional()
      .describe('BCP 47. Words are told apart by its rules.'),
  })
  .refine(({ text, segments }) => (text === undefined) !== (segments === undefined), {
    path: ['text'],
    error: 'Give the transcript either as text or as segments.',
  })
  .refine((transcript) => bytesOf(transcript) <= MAX_TRANSCRIPT_BYTES, {
    error: `The transcript is over ${MAX_TRANSCRIPT_BYTES / 1024} KB: split it and enqueue a job for each part.`,
  })
  .meta({ oneOf: [{ required: ['text'] }, { required: ['segments'] }] });

const output = z.object({
  cue_count: z.int().positive(),
  duration_seconds: z.number().positive().describe('When the last cue ends.'),
  language: z.string().nullable(),
  srt: z.string(),
  vtt: z.string(),
});

/**
 * Turns a transcript into subtitles: at most two lines of 42 characters, each cue on screen for 1 to 7 seconds, in order, none
 * over another. `subtitles/cues.ts` says what happens where the text is too dense for that.
 *
 * A pure function of its input: it may run twice without harm.
 */
export const createSubtitles = defineTask({
  name: 'create_subtitles',
  description: 'Turns a transcript, plain text or timed segments, into subtitles as SRT and WebVTT.',
  input,
  output,
  run: async (ctx, { text = '', words_per_minute, segments, language }) => {
    checkTimes(segments ?? []);
    const transcript = segments ? timedSegments(segments, language) : spokenSegments(text, words_per_minute, language);
    if (!transcript.some(hasLetters))
      throw new NonRetryableError('The transcript has no words. Check what wrote it, and enqueue a new job.');

    const endMs = Math.max(...transcript.map((each) => each.endMs));
    const cues: Cue[] = [];
    for (const cue of cutCues(transcript)) {
      ctx.signal.throwIfAborted();
      cues.push(cue);
      if (cues.length % 50 === 0) {
        await ctx.progress(Math.min(1, cue.endMs / endMs), `cues: ${cues.length}`);
        await setImmediate(); // lets the event loop turn: without it no abort could reach the signal
      }
    }

    const lateSeconds = Math.max(...cues.map((cue) => cue.lateMs)) / 1000;
    if (lateSeconds > 1) ctx.log.warn('subtitles fall behind the speech', { late_seconds: lateSeconds });
    await ctx.progress(1, `cues: ${cues.length}`);
    return {
      cue_count: cues.length,
      duration_seconds: (cues.at(-1)?.endMs ?? 0) / 1000,
      language: language ?? null,
      srt: toSrt(cues),
      vtt: toWebVtt(cues),
    };
  },
});

function bytesOf({
  text = '',
  segments = [],
}: {
  text?: string | undefined;
  segments?: { text: string }[] | undefined;
}) {
  return Buffer.byteLength(text) + segments.reduce((sum, each) => sum + Buffer.byteLength(each.text), 0);
}

function checkTimes(segments: readonly z.output<typeof segment>[]): void {
  const turned = segments.findIndex(({ start_seconds, end_seconds }) => end_seconds < start_seconds);
  if (turned >= 0)
    throw new NonRetryableError(
      `segments[${turned}] ends before it starts: its end_seconds must be at least its start_seconds. Correct it, and enqueue a new job.`,
    );
}
