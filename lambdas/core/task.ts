import type * as z from 'zod';
import type { TaskContext } from './context.ts';
import { StintError } from './errors.ts';
import { FIELD_PATH, type FieldPath, type Redact } from './redact.ts';

/** Waits between attempts: full jitter between 0 and `initialSeconds * 2^(attempt - 1)`, never above `maxSeconds`. */
export interface Backoff {
  readonly initialSeconds: number;
  readonly maxSeconds: number;
}

/** When a task runs by itself: one job for each tick of a cron pattern. */
export interface Schedule<Input = unknown> {
  /** Five fields, `minute hour day-of-month month day-of-week`, such as `0 9 * * MON-FRI`. */
  readonly cron: string;
  /** An IANA time zone, such as `Europe/Berlin`. Default `UTC`. */
  readonly timeZone?: string;
  /** The input of each job. */
  readonly input: Input;
}

/** What a task declares. Everything but `name`, `input`, `output` and `run` has a default. */
export interface TaskOptions<Input extends z.ZodType, Output extends z.ZodType, Returned> {
  /** Unique, `[a-z][a-z0-9_]*`. It is the task's identity on the wire and in records: a rename is a new task. */
  readonly name: string;
  /** One sentence for people; shown by `GET /tasks`. */
  readonly description?: string;
  /** Checked where the job is enqueued and again where it runs. An input that does not fit never retries. */
  readonly input: Input;
  /** Checked when `run` returns. A result that does not fit fails the job without a retry. */
  readonly output: Output;
  /** Attempts in all, the first included. Default 3, at most 50. */
  readonly maxAttempts?: number;
  /** Default `{ initialSeconds: 1, maxSeconds: 300 }`. */
  readonly backoff?: Backoff;
  /** How long one attempt may take. Default 30. The queue's function timeout must leave room for it. */
  readonly timeoutSeconds?: number;
  /** The queue that runs it: a name from `lambdas/queues.ts`. Default `default`. */
  readonly queue?: string;
  /** How long a finished job can be read, in days. Default 30. */
  readonly retentionDays?: number;
  /** When it runs by itself. A tick makes one job, however often the sweep looks. */
  readonly schedules?: readonly Schedule<z.input<Input>>[];
  /**
   * Fields that nobody is shown: in log lines, answers of the API and error texts `[redacted]` stands in their place; the task and
   * its hooks see them. Paths such as `card.number` or `people[].email`. Default: none.
   */
  readonly redact?: {
    readonly input?: readonly FieldPath<z.input<Input>>[];
    readonly output?: readonly FieldPath<z.output<Output>>[];
  };
  /** The work. It may run more than once (at-least-once delivery), one attempt at a time. */
  readonly run: (ctx: TaskContext, input: z.output<Input>) => Promise<Returned> | Returned;
}

/** A task with its defaults filled in. `run` stays the plain function that was given. */
export interface Task<
  Name extends string = string,
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> {
  readonly name: Name;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly timeoutSeconds: number;
  readonly queue: string;
  readonly retentionDays: number;
  readonly schedules: readonly Schedule[];
  readonly redact: Redact;
  readonly run: (ctx: TaskContext, input: z.output<Input>) => Promise<z.input<Output>> | z.input<Output>;
}

/** Any task, its schemas unknown: what registries and the engine hold. */
// biome-ignore lint/suspicious/noExplicitAny: `run` takes the schema's own output, which no supertype can name
export type AnyTask = Omit<Task, 'run'> & { readonly run: (ctx: TaskContext, input: any) => unknown };

/** What a caller passes to enqueue a task: defaults may be left out. */
export type InputOf<T extends { input: z.ZodType }> = z.input<T['input']>;
/** What a finished job of the task holds as its result. */
export type OutputOf<T extends { output: z.ZodType }> = z.output<T['output']>;

/**
 * A list of tasks as a map from name to types, for whoever enqueues by name. A map, for the compiler finds a name in it at once;
 * overloads it would try one by one.
 */
export type TypesByName<Tasks extends readonly AnyTask[]> = {
  readonly [T in Tasks[number] as T['name']]: { readonly input: InputOf<T>; readonly output: OutputOf<T> };
};

/** What a task may be called. */
export const TASK_NAME = /^[a-z][a-z0-9_]{0,63}$/;

const OPTION_NAMES = [
  'name',
  'description',
  'input',
  'output',
  'maxAttempts',
  'backoff',
  'timeoutSeconds',
  'queue',
  'retentionDays',
  'schedules',
  'redact',
  'run',
];
const BACKOFF_NAMES = ['initialSeconds', 'maxSeconds'] as const;
const SCHEDULE_NAMES = ['cron', 'timeZone', 'input'];

/** What stands for nothing in TypeScript has no JSON: such a task could be given nothing, or fail once its work is done. */
const NOTHING: readonly string[] = ['void', 'undefined'];
const INSTEAD = { input: 'z.strictObject({})', output: 'z.null(), and return null' };

/** Most attempts a task may declare; `maxReceiveCount` of every queue stays above it. */
export const MAX_ATTEMPTS_LIMIT = 50;

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

/**
 * Nothing more to ask of `run` when what it returns fits the output schema; else its right type, so that the compiler says
 * what is wrong. `run` alone says what it returns: inferred from the schema as well, a missing field would pass unseen.
 * `const` keeps its literals (`status: 'success'`), and `Mutable` takes back the `readonly` that comes with it.
 */
type Fits<Returned, Output extends z.ZodType> = [Returned] extends [z.input<Output>]
  ? unknown
  : [Mutable<Returned>] extends [z.input<Output>]
    ? unknown
    : { readonly run: (...given: never) => Promise<z.input<Output>> | z.input<Output> };

/**
 * Declares a task: a named function whose input and output are zod schemas.
 *
 * Types flow from the schemas; both are checked again at run time.
 * @throws StintError `invalid_definition` for an unknown option, a bad name or a number out of range; it says what to do.
 */
export function defineTask<
  const Name extends string,
  Input extends z.ZodType,
  Output extends z.ZodType,
  const Returned,
>(
  options: TaskOptions<Input, Output, Returned> & { readonly name: Name } & Fits<Returned, Output>,
): Task<Name, Input, Output> {
  checkOptions(options);
  return {
    name: options.name,
    description: options.description ?? '',
    input: options.input,
    output: options.output,
    maxAttempts: options.maxAttempts ?? 3,
    backoff: options.backoff ?? { initialSeconds: 1, maxSeconds: 300 },
    timeoutSeconds: options.timeoutSeconds ?? 30,
    queue: options.queue ?? 'default',
    retentionDays: options.retentionDays ?? 30,
    schedules: options.schedules ?? [],
    redact: { input: options.redact?.input ?? [], output: options.redact?.output ?? [] },
    run: options.run as Task<Name, Input, Output>['run'], // `Fits` has checked it
  };
}

function checkOptions(options: TaskOptions<z.ZodType, z.ZodType, unknown>): void {
  const name = typeof options.name === 'string' ? options.name : '?';
  const refuse = (problem: string): never => {
    throw new StintError('invalid_definition', `Task '${name}': ${problem}`);
  };
  if (!TASK_NAME.test(name))
    refuse('a name starts with a letter and holds only a-z, 0-9 and _ (64 characters at most).');
  const onlyKnown = (value: object, names: readonly string[], of = '') => {
    for (const option of Object.keys(value))
      if (!names.includes(option)) refuse(`unknown option '${of}${option}'. It takes: ${names.join(', ')}.`);
  };
  onlyKnown(options, OPTION_NAMES);
  for (const schema of ['input', 'output'] as const) {
    if (typeof options[schema]?.safeParse !== 'function')
      refuse(`'${schema}' must be a zod schema, such as z.strictObject({ … }).`);
    const { type } = options[schema];
    if (NOTHING.includes(type))
      refuse(`'${schema}' is z.${type}(), which JSON cannot hold. Make it ${INSTEAD[schema]}.`);
  }
  for (const [of, paths] of Object.entries(options.redact ?? {})) {
    if (of !== 'input' && of !== 'output') refuse(`'redact' takes paths of 'input' and of 'output', not of '${of}'.`);
    for (const path of [paths].flat())
      if (typeof path !== 'string' || !FIELD_PATH.test(path))
        refuse(
          `'redact.${of}' holds ${JSON.stringify(path)}, which is no path such as 'card.number' or 'people[].email'.`,
        );
  }
  if (typeof options.run !== 'function') refuse("'run' must be a function (ctx, input) => result.");
  const range = (option: string, value: number | undefined, min: number, max: number, whole: boolean) => {
    if (value === undefined) return;
    if (!(value >= min && value <= max) || (whole && !Number.isInteger(value)))
      refuse(`'${option}' must be ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}, not ${value}.`);
  };
  range('maxAttempts', options.maxAttempts, 1, MAX_ATTEMPTS_LIMIT, true);
  range('timeoutSeconds', options.timeoutSeconds, 1, 895, false);
  range('retentionDays', options.retentionDays, 1, 3650, false);
  const { backoff, schedules = [] } = options;
  if (!Array.isArray(schedules)) refuse("'schedules' must be a list.");
  for (const [i, schedule] of schedules.entries()) onlyKnown(schedule, SCHEDULE_NAMES, `schedules[${i}].`);
  if (backoff === undefined) return;
  onlyKnown(backoff, BACKOFF_NAMES, 'backoff.');
  for (const part of BACKOFF_NAMES) range(`backoff.${part}`, backoff[part] ?? Number.NaN, 0, 86_400, false);
}
