import * as z from 'zod';

/** The emulator's own lines around each invocation. Stint's functions are told to leave them out on AWS. */
const PLATFORM = /^(START|END|REPORT) RequestId: /;
const TOLD_IN_WORDS = ['timestamp', 'level', 'message', 'task_name', 'job_id', 'attempt'];
/** The stack is that of minified code; ids beside the job's lead from a raw line to others. */
const LEFT_OUT = new Set([...TOLD_IN_WORDS, 'stack', 'request_id', 'trace_id']);
const COLOURS: Record<string, string> = { DEBUG: '\x1b[2m', WARN: '\x1b[33m', ERROR: '\x1b[31m' };
const PLAIN = '\x1b[0m';

const entrySchema = z.looseObject({
  timestamp: z.iso.datetime(),
  level: z.string(),
  message: z.string(),
  task_name: z.string().optional(),
  job_id: z.string().optional(),
  attempt: z.number().optional(),
});

/** What a function wrote. */
export interface LogEvent {
  /** When it was written, in milliseconds; where that is not known, when its invocation ended. */
  timestamp: number;
  message: string;
  /** The function's entry point. */
  from: string;
}

export interface LogLineOptions {
  /** Whether warnings and errors stand out by their colour, and debug lines step back. */
  colour: boolean;
  /** IANA name; the machine's own if not given. */
  timeZone?: string;
}

/**
 * One readable line: `12:00:03  poc_test_task 019a…  attempt 1  job complete  ms=12`. A line without a job starts with
 * its function; what is no JSON (`console.log`) is shown as it is. Undefined for the emulator's own lines.
 */
export function readableLine(event: LogEvent, { colour, timeZone }: LogLineOptions): string | undefined {
  if (PLATFORM.test(event.message)) return undefined;
  const entry = parse(event.message);
  const time = timeOf(entry?.timestamp ?? event.timestamp, timeZone);
  if (entry === undefined) return [time, event.from, event.message].join('  ');
  const { level, message, task_name, job_id, attempt } = entry;
  const line = [
    time,
    ...(level === 'WARN' || level === 'ERROR' ? [level] : []),
    task_name === undefined && job_id === undefined ? event.from : [task_name, job_id].filter(Boolean).join(' '),
    ...(attempt === undefined ? [] : [`attempt ${attempt}`]),
    onOneLine(message),
    ...Object.entries(entry).flatMap(([key, value]) => (LEFT_OUT.has(key) ? [] : [`${key}=${show(value)}`])),
  ].join('  ');
  const mark = colour ? COLOURS[level] : undefined;
  return mark === undefined ? line : `${mark}${line}${PLAIN}`;
}

/**
 * The line as the function wrote it. What is no JSON becomes the object that Lambda would make of it, so that every
 * line can be piped to a program. Undefined for the emulator's own lines.
 */
export function rawLine({ message, timestamp }: LogEvent): string | undefined {
  if (PLATFORM.test(message)) return undefined;
  if (parseJson(message) !== undefined) return message;
  return JSON.stringify({ timestamp: new Date(timestamp).toISOString(), level: 'INFO', message });
}

const parse = (text: string): z.infer<typeof entrySchema> | undefined => entrySchema.safeParse(parseJson(text)).data;

function parseJson(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Text that begins with a brace.
  }
}

function timeOf(when: string | number, timeZone: string | undefined): string {
  const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', ...(timeZone && { timeZone }) });
  return time.format(new Date(when));
}

/** A string that needs no quotes has none. */
const show = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);

const onOneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ⏎ ');
