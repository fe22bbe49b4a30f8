import { toError } from '../core/errors.ts';
import type { Log, LogFields } from '../core/ports.ts';

const LEVELS = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3 } as const;
type Level = keyof typeof LEVELS;

/**
 * JSON lines on standard output, one object a line, in the form that Lambda's JSON log format takes over as it is.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 * @param least the lowest level that is written: LOG_LEVEL, INFO by default
 */
export function jsonLog(
  least: string | undefined = process.env.LOG_LEVEL,
  common: LogFields = {},
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Log {
  const threshold = LEVELS[(least ?? 'INFO') as Level] ?? LEVELS.INFO;
  const at = (level: Level) => (message: string, fields?: LogFields) => {
    if (LEVELS[level] < threshold) return;
    const head = { timestamp: new Date().toISOString(), level, message };
    write(`${toLine(head, common, fields)}\n`);
  };
  return {
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
    with: (fields) => jsonLog(least, { ...common, ...fields }, write),
  };
}

/** The line of an entry. No field takes the place of its time, level and message. */
function toLine(head: LogFields, common: LogFields, fields: LogFields | undefined): string {
  try {
    return JSON.stringify({ ...head, ...common, ...fields, ...head }, readable);
  } catch (error) {
    // A task may log what has no JSON: the line loses those fields, not its message nor whose it is.
    const kept = { ...withJson(common), ...withJson(fields) };
    return JSON.stringify({ ...head, ...kept, ...head, log_error: toError(error).message }, readable);
  }
}

/** The fields that have JSON. */
function withJson(fields: LogFields = {}): LogFields {
  const has = (name: string) => {
    try {
      JSON.stringify(fields[name], readable);
      return true;
    } catch {
      return false; // the line says what was wrong
    }
  };
  return Object.fromEntries(
    Object.keys(fields)
      .filter(has)
      .map((name) => [name, fields[name]]),
  );
}

/** What JSON would refuse, or leave empty. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}`;
  if (!(value instanceof Error)) return value;
  const { name, message, stack } = toError(value);
  return { name, message, stack };
}
