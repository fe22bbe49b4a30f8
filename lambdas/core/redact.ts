import { toError } from './errors.ts';
import type { Log, LogFields } from './ports.ts';
import type { AnyTask } from './task.ts';

/** What stands in the place of a value that nobody is shown. */
export const REDACTED = '[redacted]';

/** The fields of a task's input and output that nobody is shown, as paths. */
export interface Redact {
  readonly input: readonly string[];
  readonly output: readonly string[];
}

/** How a path is written: names with dots between them, `[]` for each item of an array. `card.number`, `people[].email`. */
export const FIELD_PATH = /^(\[\]|[^.[\]]+)(\[\]|\.[^.[\]]+)*$/;

/** The paths of a value's fields, for the compiler: four levels deep, and free below. */
export type FieldPath<T, Levels extends readonly unknown[] = [1, 2, 3, 4]> = unknown extends T
  ? string
  : T extends readonly (infer Item)[]
    ? '[]' | `[]${Below<Item, Levels>}`
    : T extends object
      ? { [Name in keyof T & string]: Name | `${Name}${Below<T[Name], Levels>}` }[keyof T & string]
      : never;

/** What may follow the path of a field: `.name`, `[]`. */
type Below<T, Levels extends readonly unknown[]> = unknown extends T
  ? string
  : Levels extends readonly [unknown, ...infer Left]
    ? T extends readonly unknown[]
      ? FieldPath<T, Left>
      : T extends object
        ? `.${FieldPath<T, Left>}`
        : never
    : string;

/** The steps of a path: names, and `[]` for each item. */
export const stepsOf = (path: string): readonly string[] => path.match(/\[\]|[^.[\]]+/g) ?? [];

/**
 * A JSON value without what its paths lead to: `REDACTED` stands there instead; null stays null.
 *
 * A value of another shape than a path expects is hidden from there on as a whole: what was sent to a wrong place may be just what is
 * not to be seen.
 * @param hide is told each value that is hidden
 */
export function redacted(value: unknown, paths: readonly string[], hide?: (value: unknown) => void): unknown {
  return paths.reduce((seen, path) => without(seen, stepsOf(path), hide), value);
}

function without(value: unknown, [step, ...rest]: readonly string[], hide?: (value: unknown) => void): unknown {
  if (value === undefined || value === null || value === REDACTED) return value;
  if (step === '[]' && Array.isArray(value)) return value.map((item) => without(item, rest, hide));
  if (step !== undefined && step !== '[]' && typeof value === 'object' && !Array.isArray(value)) {
    const fields = value as Readonly<Record<string, unknown>>;
    return Object.hasOwn(fields, step) ? { ...fields, [step]: without(fields[step], rest, hide) } : fields;
  }
  hide?.(value);
  return REDACTED;
}

/** What one job must not say: it learns the redacted values as they come along, and takes them out of texts and log lines. */
export interface Redaction {
  /** Takes note of the redacted values of an input or output. */
  learn(of: keyof Redact, value: unknown): void;
  /** A text without the values: those of four characters or more wherever they stand in it, shorter ones where they are all of it. */
  text(text: string): string;
  /** A log whose lines are without the values, and without fields that are named as a path ends. */
  log(log: Log): Log;
}

const NOTHING: Redaction = { learn: () => undefined, text: (text) => text, log: (log) => log };

/** Shorter values would be found in every other text. */
const LEAST_CHARS = 4;

/** The redaction of one job of a task. A task that redacts nothing costs nothing. */
export function redactionOf(task: Pick<AnyTask, 'redact'> | undefined): Redaction {
  if (task === undefined || task.redact.input.length + task.redact.output.length === 0) return NOTHING;
  const { redact } = task;
  const names = new Set([...redact.input, ...redact.output].flatMap((path) => lastName(path) ?? []));
  const values = new Set<string>();
  let pattern: RegExp | undefined;

  const text = (plain: string): string => {
    if (values.has(plain)) return REDACTED;
    pattern ??= patternOf(values);
    return plain.replace(pattern, REDACTED);
  };
  const shown = (value: unknown, within: readonly object[] = []): unknown => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number' || typeof value === 'bigint')
      return text(`${value}`) === `${value}` ? value : REDACTED;
    if (typeof value !== 'object' || value === null) return value;
    if (within.includes(value)) return '[circular]';
    const inner = [...within, value];
    if (value instanceof Error) {
      const { name, message, stack } = toError(value);
      return { name, message: text(message), stack: stack && text(stack) };
    }
    if ('toJSON' in value && typeof value.toJSON === 'function') return shown(value.toJSON(), inner);
    if (Array.isArray(value)) return value.map((item) => shown(item, inner));
    const hidden = ([name, each]: [string, unknown]) => [name, names.has(name) ? REDACTED : shown(each, inner)];
    return Object.fromEntries(Object.entries(value).map(hidden));
  };
  const fieldsShown = (fields: LogFields): LogFields => {
    try {
      return shown(fields) as LogFields;
    } catch (error) {
      return { log_error: text(toError(error).message) }; // a task may log what cannot be walked
    }
  };
  const logOf = (log: Log): Log => {
    const at = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) =>
      log[level](text(message), fields && fieldsShown(fields));
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => logOf(log.with(fieldsShown(fields))),
    };
  };
  return {
    learn: (of, value) => {
      redacted(value, redact[of], (hidden) => addTexts(hidden, values));
      pattern = undefined;
    },
    text,
    log: logOf,
  };
}

const lastName = (path: string) => stepsOf(path).findLast((step) => step !== '[]');

/** All texts and numbers within a value, as texts. */
function addTexts(value: unknown, texts: Set<string>, seen = new Set<object>()): void {
  if (typeof value === 'string' && value !== '') texts.add(value);
  if ((typeof value === 'number' || typeof value === 'bigint') && `${value}`.length >= LEAST_CHARS)
    texts.add(`${value}`);
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  for (const each of Object.values(value)) addTexts(each, texts, seen);
}

/** Finds the values as they are, in JSON and in a URL; the longest first, so that nothing of one is left over. */
function patternOf(values: ReadonlySet<string>): RegExp {
  const forms = [...values]
    .filter(({ length }) => length >= LEAST_CHARS)
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())]);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return longestFirst.length === 0 ? /(?!)/ : new RegExp(longestFirst.map(escaped).join('|'), 'g');
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
