import { createReadStream, type Stats, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { NewJob, TaskTypes } from '../../client/index.ts';
import { CommandError, EXIT } from './exit-code.ts';

/** A line of a file of jobs: its job, or what is wrong with it. */
export interface JobLine {
  readonly number: number;
  /** Bytes up to its end. */
  readonly bytes: number;
  readonly job: NewJob<TaskTypes> | string;
}

/** The options that all jobs of a file share; what a line says itself wins. */
type Defaults = Partial<NewJob<TaskTypes>>;

/** The size of a file in bytes; undefined for standard input and pipes, whose end is not known. @throws CommandError */
export function sizeOfLines(file: string): number | undefined {
  if (file === '-') return undefined;
  const stat = statOf(file);
  if (stat.isDirectory()) throw new CommandError(EXIT.usage, `${file} is a folder: name a file of JSON lines.`);
  return stat.isFile() ? stat.size : undefined;
}

function statOf(file: string): Stats {
  try {
    return statSync(file);
  } catch (cause) {
    throw new CommandError(EXIT.usage, `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/**
 * The jobs of a file of JSON lines, or of standard input (`-`), as they are read: each line the input of `task`, or, without a task, an
 * entry of `POST /jobs/batch`: `{"task_name": …, "input": …, "user_id": …}`. Empty lines are passed over.
 */
export async function* jobLines(file: string, task: string | undefined, defaults: Defaults): AsyncGenerator<JobLine> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  let [number, bytes] = [0, 0];
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++;
    bytes += Buffer.byteLength(line) + 1;
    if (line.trim() !== '') yield { number, bytes, job: jobOf(line, task, defaults) };
  }
}

function jobOf(line: string, task: string | undefined, defaults: Defaults): NewJob<TaskTypes> | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `no JSON: ${(error as Error).message}`;
  }
  if (task !== undefined) return { ...defaults, taskName: task, input: value } as NewJob<TaskTypes>;
  if (typeof value !== 'object' || value === null || !('task_name' in value))
    return `no job: say {"task_name": …, "input": …}, or name the task of all lines: stint enqueue TASK --lines …`;
  const job = { ...defaults, ...camelCased(value) };
  if (job.scheduledAt === undefined || job.scheduledAt instanceof Date) return job as NewJob<TaskTypes>;
  const scheduledAt = new Date(String(job.scheduledAt));
  if (Number.isNaN(scheduledAt.getTime())) return `no time: ${JSON.stringify(job.scheduledAt)}`;
  return { ...job, scheduledAt } as NewJob<TaskTypes>;
}

const camelCased = (entry: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()), value]),
  );
